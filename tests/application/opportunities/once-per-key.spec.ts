import { expect } from 'chai';
import { once } from '#application/opportunities/once-per-key';
import { viewOf } from '#application/opportunities/opportunity-view';
import type { IdempotencyKeys, Retry } from '#application/ports/opportunities/idempotency-keys';
import { anOpportunity, fullDetails, SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { OWNER } from '../../support/opportunities/some-actors.ts';
import { rejection } from '../../support/system/rejection.ts';

const RETRY: Retry = { key: 'a-key', fingerprint: 'a-request' };

describe('once', () => {
  let claims: unknown[];
  let stored: unknown[];
  let earlier: string | undefined;
  let works: number;
  const view = viewOf(anOpportunity({ details: fullDetails() }).opportunity, SOME_DAY);
  const keys: IdempotencyKeys = {
    claim: async (...claim) => {
      claims.push(claim);
      return earlier;
    },
    remember: async (...answer) => void stored.push(answer),
  };
  const work = async () => {
    works += 1;
    return view;
  };

  beforeEach(() => {
    [claims, stored, earlier, works] = [[], [], undefined, 0];
  });

  it('does the work of a request without a key, and stores nothing', async () => {
    expect(await once(keys, OWNER, undefined, work)).to.equal(view);
    expect([claims, stored, works]).to.deep.equal([[], [], 1]);
  });

  it('does the work of the first request with a key, and stores the response under the actor and the key', async () => {
    expect(await once(keys, OWNER, RETRY, work)).to.equal(view);
    expect(claims).to.deep.equal([[OWNER.id, RETRY]]);
    expect(stored).to.deep.equal([[OWNER.id, RETRY, JSON.stringify(view)]]);
  });

  it('returns the stored response to every later request, marked, with the same values and types, and does no work', async () => {
    await once(keys, OWNER, RETRY, work);
    earlier = JSON.stringify(view);
    expect(await once(keys, OWNER, RETRY, work)).to.deep.equal({ ...view, replayed: true });
    expect([works, stored.length]).to.deep.equal([1, 1]);
  });

  it('stores nothing when the work fails', async () => {
    const failure = new Error('not today');
    expect(await rejection(once(keys, OWNER, RETRY, () => Promise.reject(failure)))).to.equal(failure);
    expect(stored).to.deep.equal([]);
  });

  it('ends only when the response is stored', async () => {
    const failure = new Error('the storage is away');
    const broken: IdempotencyKeys = { claim: async () => undefined, remember: () => Promise.reject(failure) };
    expect(await rejection(once(broken, OWNER, RETRY, work))).to.equal(failure);
  });
});
