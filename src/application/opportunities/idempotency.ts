import type { Actor } from '#domain/actor';
import { type OpportunityView, viewFromJson } from './opportunity-view.ts';
import type { IdempotencyKeys, Retry } from '../ports/opportunities/idempotency-keys.ts';

/**
 * Does the work, unless this actor's key says that it was done before: then it gives the answer of that time, whatever
 * has happened since. To be called inside of the transaction that does the work, so that work and answer are one.
 * @param retry undefined for a request that the client did not name.
 * @throws IdempotencyKeyInUse, IdempotencyKeyReused
 */
export async function once(
  idempotencyKeys: IdempotencyKeys,
  actor: Actor,
  retry: Retry | undefined,
  work: () => Promise<OpportunityView>,
): Promise<OpportunityView> {
  if (!retry) return work();
  const earlier = await idempotencyKeys.claim(actor.id, retry);
  if (earlier !== undefined) return { ...viewFromJson(earlier), replayed: true };
  const view = await work();
  await idempotencyKeys.remember(actor.id, retry, JSON.stringify(view));
  return view;
}
