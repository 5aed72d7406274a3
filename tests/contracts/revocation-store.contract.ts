import { expect } from 'chai';
import type { RevocationStore } from '#application/ports/tokens/revocation-store';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import type { TokenRevocation } from '#domain/token-revocation';
import { rejection } from '../support/rejection.ts';

export type RevocationRegisterHarness = {
  /** For tokens that live a day at most. */
  readonly register: RevocationStore;
  /** Records it, and commits when the function is called. */
  recordAndHold(revocation: TokenRevocation): Promise<() => Promise<void>>;
  /** One with another history, as it is after a restoration. */
  readonly other: RevocationStore;
  readonly breakStorage: () => Promise<void>;
  readonly healStorage: () => Promise<void>;
};

/** What every RevocationStore must do. */
export function revocationRegisterContract(harness: () => Promise<RevocationRegisterHarness>): void {
  let subject: RevocationRegisterHarness;
  let register: RevocationStore;
  let now: number;

  beforeEach(async () => {
    subject = await harness();
    register = subject.register;
    now = Math.floor(Date.now() / 1000) * 1000;
  });

  const revocation = (userId: string, ago = 0, reason: string | null = `${ago} ago`): TokenRevocation => ({
    userId,
    validAfter: new Date(now - ago),
    reason,
  });
  const told = async (position?: string) => {
    const { revocations, position: next } = await register.since(position);
    const instants = revocations.map(({ userId, validAfter }) => [userId, now - validAfter.getTime()] as const);
    return { instants: instants.toSorted(([one], [other]) => one.localeCompare(other)), position: next };
  };

  it('keeps a revocation as it is, and knows of no other', async () => {
    for (const each of [revocation('ada', 1, null), revocation('42', 999, 'logged_out')]) {
      expect(await register.record(each)).to.deep.equal(each);
      expect(await register.find(each.userId)).to.deep.equal(each);
    }
    expect(await register.find('grace')).to.equal(undefined);
  });

  it('takes any user and any reason', async () => {
    for (const odd of ["'; DROP TABLE token_revocation", 'a/b?c#d', 'ключ 🔑', 'x'.repeat(128), '%', '{}', 'NULL']) {
      await register.record(revocation(odd, 5, odd));
      expect(await register.find(odd)).to.deep.equal(revocation(odd, 5, odd));
    }
    expect((await told()).instants).to.have.length(7);
  });

  it('moves on, and never back', async () => {
    await register.record(revocation('ada', 5000));
    expect(await register.record(revocation('ada', 3000))).to.deep.equal(revocation('ada', 3000));
    expect(await register.record(revocation('ada', 4000))).to.deep.equal(revocation('ada', 3000));
    expect(await register.find('ada')).to.deep.equal(revocation('ada', 3000));
  });

  it('keeps the latest of many that come at once, whoever comes first', async () => {
    const ages = Array.from({ length: 40 }, (_, index) => 1 + ((index * 17) % 40));
    const answers = await Promise.all(ages.map((ago) => register.record(revocation('ada', ago))));
    expect(await register.find('ada')).to.deep.equal(revocation('ada', 1));
    for (const [index, { validAfter }] of answers.entries())
      expect(validAfter.getTime()).to.be.at.least(now - ages[index]!);
    expect((await told()).instants).to.deep.equal([['ada', 1]]);
  });

  it('tells all, and then what is new', async () => {
    await register.record(revocation('ada', 5));
    await register.record(revocation('grace', 4));
    const all = await told();
    expect(all.instants).to.deep.equal([
      ['ada', 5],
      ['grace', 4],
    ]);
    const nothing = await told(all.position);
    expect(nothing.instants).to.deep.equal([]);
    await register.record(revocation('ada', 3));
    const changed = await told(nothing.position);
    expect(changed.instants).to.deep.equal([['ada', 3]]);
    expect((await told(changed.position)).instants).to.deep.equal([]);
    expect((await told(all.position)).instants, 'again').to.deep.equal([['ada', 3]]);
  });

  it('tells of one that was recorded first and committed last', async () => {
    const commit = await subject.recordAndHold(revocation('late', 9));
    await register.record(revocation('ada', 5));
    const first = await told();
    expect(first.instants).to.deep.equal([['ada', 5]]);
    await register.record(revocation('grace', 4));
    const second = await told(first.position);
    expect(second.instants).to.deep.equal([['grace', 4]]);
    await commit();
    const third = await told(second.position);
    expect(third.instants).to.deep.equal([['late', 9]]);
    expect((await told(third.position)).instants).to.deep.equal([]);
  });

  it('misses none when many are recorded while somebody reads', async () => {
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const recorded = Promise.all(users.map((userId) => register.record(revocation(userId))));
    const seen = new Set<string>();
    let position: string | undefined;
    const look = async () => {
      const { instants, position: next } = await told(position);
      position = next;
      for (const [userId] of instants) seen.add(userId);
    };
    for (let n = 0; n < 20; n += 1) await look();
    await recorded;
    await look();
    expect([...seen]).to.have.members(users);
  });

  it('tells all when it is not what it was', async () => {
    await subject.other.record(revocation('grace', 4));
    await register.record(revocation('ada', 5));
    const { position } = await told();
    register = subject.other;
    const all = await told(position);
    expect(all.instants).to.deep.equal([['grace', 4]]);
    expect((await told(all.position)).instants).to.deep.equal([]);
  });

  it('forgets what no token can be left for', async () => {
    const day = 86_400_000;
    await register.record(revocation('old', day + 3_660_000));
    await register.record(revocation('young', day));
    expect(await register.find('old')).to.equal(undefined);
    expect((await told()).instants).to.deep.equal([['young', day]]);
  });

  it('says that the storage is unavailable, and goes on when it is back', async () => {
    const { position } = await told();
    await subject.breakStorage();
    try {
      for (const attempt of [
        register.record(revocation('ada')),
        register.find('ada'),
        register.since(position),
        register.since(undefined),
      ])
        expect(await rejection(attempt)).to.be.instanceOf(StorageUnavailable);
    } finally {
      await subject.healStorage();
    }
    await register.record(revocation('ada', 7));
    expect((await told(position)).instants).to.deep.equal([['ada', 7]]);
  });
}
