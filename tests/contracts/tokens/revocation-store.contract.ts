import { expect } from 'chai';
import type { RevocationStore } from '#application/ports/tokens/revocation-store';
import { StorageUnavailable } from '#application/ports/application-error';
import type { TokenRevocation } from '#domain/token-revocation';
import { rejection } from '../../support/system/rejection.ts';

export type RevocationStoreHarness = {
  /** A store for tokens that are valid for a day at most. */
  readonly store: RevocationStore;
  /** Records a revocation in a transaction, which the returned function commits. */
  recordAndHold(revocation: TokenRevocation): Promise<() => Promise<void>>;
  /** A store with another history, like the one after a restored backup. */
  readonly other: RevocationStore;
  readonly breakStorage: () => Promise<void>;
  readonly healStorage: () => Promise<void>;
};

/** The contract of every RevocationStore. */
export function revocationStoreContract(harness: () => Promise<RevocationStoreHarness>): void {
  let subject: RevocationStoreHarness;
  let store: RevocationStore;
  let now: number;

  beforeEach(async () => {
    subject = await harness();
    store = subject.store;
    now = Math.floor(Date.now() / 1000) * 1000;
  });

  const revocation = (userId: string, ago = 0, reason: string | null = `${ago} ago`): TokenRevocation => ({
    userId,
    validAfter: new Date(now - ago),
    reason,
  });
  const readSince = async (position?: string) => {
    const { revocations, position: next } = await store.since(position);
    const instants = revocations.map(({ userId, validAfter }) => [userId, now - validAfter.getTime()] as const);
    return { instants: instants.toSorted(([one], [other]) => one.localeCompare(other)), position: next };
  };

  it('stores a revocation unchanged, and finds none for another user', async () => {
    for (const each of [revocation('ada', 1, null), revocation('42', 999, 'logged_out')]) {
      expect(await store.record(each)).to.deep.equal(each);
      expect(await store.find(each.userId)).to.deep.equal(each);
    }
    expect(await store.find('grace')).to.equal(undefined);
  });

  it('accepts any text as user id and reason', async () => {
    for (const odd of ["'; DROP TABLE token_revocation", 'a/b?c#d', 'ключ 🔑', 'x'.repeat(128), '%', '{}', 'NULL']) {
      await store.record(revocation(odd, 5, odd));
      expect(await store.find(odd)).to.deep.equal(revocation(odd, 5, odd));
    }
    expect((await readSince()).instants).to.have.length(7);
  });

  it('shares no object with its callers', async () => {
    const given = { ...revocation('ada', 5) };
    const recorded = await store.record(given);
    const found = await store.find('ada');
    const { revocations } = await store.since(undefined);
    for (const { validAfter } of [given, recorded, found!, revocations[0]!]) validAfter.setTime(0);
    expect(await store.find('ada')).to.deep.equal(revocation('ada', 5));
    expect((await readSince()).instants).to.deep.equal([['ada', 5]]);
  });

  it('tells users apart by every character', async () => {
    for (const [ago, userId] of ['ada', 'Ada', ' ada', 'ada '].entries()) await store.record(revocation(userId, ago));
    for (const [ago, userId] of ['ada', 'Ada', ' ada', 'ada '].entries())
      expect(await store.find(userId)).to.deep.equal(revocation(userId, ago));
    for (const unknown of ['ad', '', 'ADA', 'aDa']) expect(await store.find(unknown), unknown).to.equal(undefined);
  });

  it('moves the instant of a user forward, and never back', async () => {
    await store.record(revocation('ada', 5000));
    expect(await store.record(revocation('ada', 3000))).to.deep.equal(revocation('ada', 3000));
    expect(await store.record(revocation('ada', 4000))).to.deep.equal(revocation('ada', 3000));
    expect(await store.find('ada')).to.deep.equal(revocation('ada', 3000));
  });

  it('keeps the latest of many concurrent revocations, in whatever order they arrive', async () => {
    const ages = Array.from({ length: 40 }, (_, index) => 1 + ((index * 17) % 40));
    const answers = await Promise.all(ages.map((ago) => store.record(revocation('ada', ago))));
    expect(await store.find('ada')).to.deep.equal(revocation('ada', 1));
    for (const [index, { validAfter }] of answers.entries())
      expect(validAfter.getTime()).to.be.at.least(now - ages[index]!);
    expect((await readSince()).instants).to.deep.equal([['ada', 1]]);
  });

  it('returns all revocations first, and then the new ones', async () => {
    await store.record(revocation('ada', 5));
    await store.record(revocation('grace', 4));
    const all = await readSince();
    expect(all.instants).to.deep.equal([
      ['ada', 5],
      ['grace', 4],
    ]);
    const nothing = await readSince(all.position);
    expect(nothing.instants).to.deep.equal([]);
    await store.record(revocation('ada', 3));
    const changed = await readSince(nothing.position);
    expect(changed.instants).to.deep.equal([['ada', 3]]);
    expect((await readSince(changed.position)).instants).to.deep.equal([]);
    expect((await readSince(all.position)).instants, 'again').to.deep.equal([['ada', 3]]);
  });

  it('returns a revocation that was recorded first and committed last', async () => {
    const commit = await subject.recordAndHold(revocation('late', 9));
    await store.record(revocation('ada', 5));
    const first = await readSince();
    expect(first.instants).to.deep.equal([['ada', 5]]);
    await store.record(revocation('grace', 4));
    const second = await readSince(first.position);
    expect(second.instants).to.deep.equal([['grace', 4]]);
    await commit();
    const third = await readSince(second.position);
    expect(third.instants).to.deep.equal([['late', 9]]);
    expect((await readSince(third.position)).instants).to.deep.equal([]);
  });

  it('misses no revocation that is recorded while somebody reads', async () => {
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const recorded = Promise.all(users.map((userId) => store.record(revocation(userId))));
    const seen = new Set<string>();
    let position: string | undefined;
    const look = async () => {
      const { instants, position: next } = await readSince(position);
      position = next;
      for (const [userId] of instants) seen.add(userId);
    };
    for (let n = 0; n < 20; n += 1) await look();
    await recorded;
    await look();
    expect([...seen]).to.have.members(users);
  });

  it('returns all revocations after the storage was replaced', async () => {
    await subject.other.record(revocation('grace', 4));
    await store.record(revocation('ada', 5));
    const { position } = await readSince();
    store = subject.other;
    const all = await readSince(position);
    expect(all.instants).to.deep.equal([['grace', 4]]);
    expect((await readSince(all.position)).instants).to.deep.equal([]);
  });

  it('leaves out a revocation when every token that it refuses has expired', async () => {
    const day = 86_400_000;
    await store.record(revocation('old', day + 3_660_000));
    await store.record(revocation('young', day));
    expect(await store.find('old')).to.equal(undefined);
    expect((await readSince()).instants).to.deep.equal([['young', day]]);
  });

  it('throws StorageUnavailable while the storage is away, and works again afterwards', async () => {
    const { position } = await readSince();
    await subject.breakStorage();
    try {
      for (const attempt of [
        store.record(revocation('ada')),
        store.find('ada'),
        store.since(position),
        store.since(undefined),
      ])
        expect(await rejection(attempt)).to.be.instanceOf(StorageUnavailable);
    } finally {
      await subject.healStorage();
    }
    await store.record(revocation('ada', 7));
    expect((await readSince(position)).instants).to.deep.equal([['ada', 7]]);
  });
}
