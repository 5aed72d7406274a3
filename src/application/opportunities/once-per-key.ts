import type { Actor } from '#domain/actor';
import { type OpportunityView, viewFromJson } from './opportunity-view.ts';
import type { IdempotencyKeys, Retry } from '../ports/opportunities/idempotency-keys.ts';

/**
 * Does the work, unless this actor's idempotency key shows that the work was done before. In that case the function
 * returns the response of that time, whatever has happened since. It must be called inside the transaction of the work,
 * so that the work and the stored response are committed together.
 * @param retry undefined for a request without an idempotency key.
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
