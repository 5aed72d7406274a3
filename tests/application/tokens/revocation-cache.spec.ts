import { expect } from 'chai';
import type { RecordedRevocations } from '#application/ports/tokens/revocation-store';
import { StorageUnavailable } from '#application/ports/application-error';
import { RevocationCache, RevocationsUnavailable } from '#application/tokens/revocation-cache';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { InMemoryDatabase } from '../../support/in-memory/in-memory-database.ts';
import { InMemoryRevocationStore } from '../../support/in-memory/in-memory-revocation-store.ts';
import { rejection } from '../../support/system/rejection.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const DAY_MS = 86_400_000;
const ago = (milliseconds: number) => new Date(SOME_DAY.getTime() - milliseconds);

describe('RevocationCache', () => {
  let database: InMemoryDatabase;
  let clock: FixedClock;
  let store: InMemoryRevocationStore;

  const cacheOf = (whenStale: 'open' | 'closed' = 'open') =>
    new RevocationCache(store, clock, { whenStale, lifetimeSeconds: DAY_MS / 1000 });
  const record = (userId: string, milliseconds: number) =>
    store.record({ userId, validAfter: ago(milliseconds), reason: null });

  beforeEach(() => {
    database = new InMemoryDatabase();
    clock = new FixedClock(SOME_DAY);
    store = new InMemoryRevocationStore(database, clock);
  });

  it('knows after a refresh the revocations that other processes recorded', async () => {
    await record('ada', 5);
    const cache = cacheOf();
    expect(cache.validAfter('ada')).to.equal(undefined);
    await cache.refresh();
    await record('grace', 4);
    await record('ada', 3);
    expect([cache.validAfter('ada'), cache.validAfter('grace')]).to.deep.equal([ago(5), undefined]);
    await cache.refresh();
    expect([cache.validAfter('ada'), cache.validAfter('grace')]).to.deep.equal([ago(3), ago(4)]);
    expect(cache.validAfter('toString')).to.equal(undefined);
  });

  it('never moves the instant of a user back, in whatever order it learns revocations', async () => {
    const cache = cacheOf();
    cache.learn({ userId: 'ada', validAfter: ago(1) });
    cache.learn({ userId: 'ada', validAfter: ago(2) });
    await record('ada', 3);
    await cache.refresh();
    expect(cache.validAfter('ada')).to.deep.equal(ago(1));
  });

  it('does not forget a revocation that it learns during a refresh', async () => {
    const answer = Promise.withResolvers<RecordedRevocations>();
    const slow = new RevocationCache(
      { record: () => Promise.reject(new Error()), find: async () => undefined, since: () => answer.promise },
      clock,
      { whenStale: 'open', lifetimeSeconds: 60 },
    );
    const refreshed = slow.refresh();
    slow.learn({ userId: 'ada', validAfter: SOME_DAY });
    answer.resolve({ revocations: [{ userId: 'ada', validAfter: ago(9) }], position: '1' });
    await refreshed;
    expect(slow.validAfter('ada')).to.deep.equal(SOME_DAY);
  });

  it('asks only for what was recorded since the previous refresh', async () => {
    const positions: (string | undefined)[] = [];
    const counting = {
      record: () => Promise.reject(new Error()),
      find: async () => undefined,
      since: async (position: string | undefined) => {
        positions.push(position);
        return { revocations: [], position: `after ${positions.length}` };
      },
    };
    const cache = new RevocationCache(counting, clock, { whenStale: 'open', lifetimeSeconds: 60 });
    for (let refresh = 0; refresh < 3; refresh += 1) await cache.refresh();
    expect(positions).to.deep.equal([undefined, 'after 1', 'after 2']);
  });

  it('is as old as the begin of its refresh, because a revocation may be recorded while the store answers', async () => {
    const slow = {
      record: () => Promise.reject(new Error()),
      find: async () => undefined,
      since: async () => {
        clock.advance(20_000);
        return { revocations: [], position: '1' };
      },
    };
    const cache = new RevocationCache(slow, clock, { whenStale: 'open', lifetimeSeconds: 60 });
    await cache.refresh();
    clock.advance(10_000);
    expect(cache.state()).to.equal('up to date');
    clock.advance(1);
    expect(cache.state()).to.equal('stale');
  });

  it('keeps its revocations while the storage is away, and refreshes from its old position afterwards', async () => {
    const cache = cacheOf();
    await record('ada', 5);
    await cache.refresh();
    database.away = true;
    clock.advance(30_001);
    expect(await rejection(cache.refresh())).to.be.instanceOf(StorageUnavailable);
    expect(cache.state(), 'after a refresh that failed').to.equal('stale');
    expect(cache.validAfter('ada')).to.deep.equal(ago(5));
    database.away = false;
    await record('grace', 4);
    await cache.refresh();
    expect(cache.validAfter('grace')).to.deep.equal(ago(4));
  });

  for (const [whenStale, state] of [
    ['open', 'stale'],
    ['closed', 'unavailable'],
  ] as const)
    it(`is ${state} half a minute after the last refresh when the setting is ${whenStale}`, async () => {
      const cache = cacheOf(whenStale);
      await record('ada', 5);
      expect(cache.state(), 'before the first refresh').to.equal(state);
      await cache.refresh();
      clock.advance(30_000);
      expect([cache.state(), cache.validAfter('ada')]).to.deep.equal(['up to date', ago(5)]);
      clock.advance(1);
      expect(cache.state()).to.equal(state);
      for (const userId of ['ada', 'grace'])
        if (whenStale === 'open') expect(cache.validAfter(userId)).to.deep.equal({ ada: ago(5) }[userId]);
        else expect(thrownBy(() => cache.validAfter(userId))).to.be.instanceOf(RevocationsUnavailable);
      await cache.refresh();
      expect([cache.state(), cache.validAfter('ada')]).to.deep.equal(['up to date', ago(5)]);
    });

  it('forgets a revocation within hours after every token that it refuses has expired', async () => {
    const cache = cacheOf();
    await cache.refresh();
    cache.learn({ userId: 'ada', validAfter: SOME_DAY });
    cache.learn({ userId: 'grace', validAfter: new Date(SOME_DAY.getTime() + 2 * 3_600_000) });
    clock.advance(DAY_MS + 3_600_000);
    await cache.refresh();
    expect(cache.validAfter('ada')).to.deep.equal(SOME_DAY);
    // The cache removes expired revocations once an hour.
    clock.advance(3_599_999);
    await cache.refresh();
    expect(cache.validAfter('ada')).to.deep.equal(SOME_DAY);
    clock.advance(1);
    await cache.refresh();
    expect(cache.validAfter('ada')).to.equal(undefined);
    expect(cache.validAfter('grace')).to.not.equal(undefined);
  });
});
