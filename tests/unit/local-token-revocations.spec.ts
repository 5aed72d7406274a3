import { expect } from 'chai';
import type { Recorded } from '#application/ports/tokens/revocation-store';
import { RevocationsUnavailable } from '#application/ports/tokens/token-revocations';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import { LocalTokenRevocations } from '#infrastructure/security/local-token-revocations';
import { SOME_DAY } from '../support/an-opportunity.ts';
import { FixedClock } from '../support/fixed-clock.ts';
import { InMemoryDatabase } from '../support/in-memory-database.ts';
import { InMemoryRevocationStore } from '../support/in-memory-revocation-store.ts';
import { rejection } from '../support/rejection.ts';
import { thrownBy } from '../support/thrown-by.ts';

const DAY_MS = 86_400_000;
const ago = (milliseconds: number) => new Date(SOME_DAY.getTime() - milliseconds);

describe('LocalTokenRevocations', () => {
  let database: InMemoryDatabase;
  let clock: FixedClock;
  let register: InMemoryRevocationStore;

  const copy = (whenStale: 'open' | 'closed' = 'open') =>
    new LocalTokenRevocations(register, clock, { whenStale, lifetimeSeconds: DAY_MS / 1000 });
  const record = (userId: string, milliseconds: number) =>
    register.record({ userId, validAfter: ago(milliseconds), reason: null });

  beforeEach(() => {
    database = new InMemoryDatabase();
    clock = new FixedClock(SOME_DAY);
    register = new InMemoryRevocationStore(database, clock);
  });

  it('knows what it was told, and after a refresh what others recorded', async () => {
    await record('ada', 5);
    const revocations = copy();
    expect(revocations.validAfter('ada')).to.equal(undefined);
    await revocations.refresh();
    await record('grace', 4);
    await record('ada', 3);
    expect([revocations.validAfter('ada'), revocations.validAfter('grace')]).to.deep.equal([ago(5), undefined]);
    await revocations.refresh();
    expect([revocations.validAfter('ada'), revocations.validAfter('grace')]).to.deep.equal([ago(3), ago(4)]);
    expect(revocations.validAfter('toString')).to.equal(undefined);
  });

  it('never moves back, whatever comes first', async () => {
    const revocations = copy();
    revocations.learn({ userId: 'ada', validAfter: ago(1) });
    revocations.learn({ userId: 'ada', validAfter: ago(2) });
    await record('ada', 3);
    await revocations.refresh();
    expect(revocations.validAfter('ada')).to.deep.equal(ago(1));
  });

  it('does not forget what it learned while a refresh was under way', async () => {
    const answer = Promise.withResolvers<Recorded>();
    const slow = new LocalTokenRevocations(
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

  it('goes on from where it was when the storage is back', async () => {
    const revocations = copy();
    await record('ada', 5);
    await revocations.refresh();
    database.away = true;
    expect(await rejection(revocations.refresh())).to.be.instanceOf(StorageUnavailable);
    expect(revocations.validAfter('ada')).to.deep.equal(ago(5));
    database.away = false;
    await record('grace', 4);
    await revocations.refresh();
    expect(revocations.validAfter('grace')).to.deep.equal(ago(4));
  });

  for (const [whenStale, state] of [
    ['open', 'stale'],
    ['closed', 'unavailable'],
  ] as const)
    it(`is ${state} half a minute after the last refresh, when it is to fail ${whenStale}`, async () => {
      const revocations = copy(whenStale);
      await record('ada', 5);
      expect(revocations.state(), 'before the first').to.equal(state);
      await revocations.refresh();
      clock.advance(30_000);
      expect([revocations.state(), revocations.validAfter('ada')]).to.deep.equal(['up to date', ago(5)]);
      clock.advance(1);
      expect(revocations.state()).to.equal(state);
      for (const userId of ['ada', 'grace'])
        if (whenStale === 'open') expect(revocations.validAfter(userId)).to.deep.equal({ ada: ago(5) }[userId]);
        else expect(thrownBy(() => revocations.validAfter(userId))).to.be.instanceOf(RevocationsUnavailable);
      await revocations.refresh();
      expect([revocations.state(), revocations.validAfter('ada')]).to.deep.equal(['up to date', ago(5)]);
    });

  it('forgets within hours what no token can be left for, and nothing else', async () => {
    const revocations = copy();
    await revocations.refresh();
    revocations.learn({ userId: 'ada', validAfter: SOME_DAY });
    revocations.learn({ userId: 'grace', validAfter: new Date(SOME_DAY.getTime() + 2 * 3_600_000) });
    clock.advance(DAY_MS + 3_600_000);
    await revocations.refresh();
    expect(revocations.validAfter('ada')).to.deep.equal(SOME_DAY);
    // All that is known is looked through once an hour.
    clock.advance(3_599_999);
    await revocations.refresh();
    expect(revocations.validAfter('ada')).to.deep.equal(SOME_DAY);
    clock.advance(1);
    await revocations.refresh();
    expect(revocations.validAfter('ada')).to.equal(undefined);
    expect(revocations.validAfter('grace')).to.not.equal(undefined);
  });
});
