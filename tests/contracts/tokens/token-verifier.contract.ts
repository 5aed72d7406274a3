import { expect } from 'chai';
import { TokenRejected, type TokenVerifier } from '#application/ports/tokens/token-verifier';
import { Authenticate } from '#application/tokens/authenticate';
import { NOTHING_REVOKED } from '../../support/tokens/nothing-revoked.ts';
import { rejection } from '../../support/system/rejection.ts';

export type IssueOptions = {
  userId: string;
  role?: string;
  type?: string;
  lifetimeSeconds?: number;
  /** Seconds until the token becomes valid. */
  startsInSeconds?: number;
  /** Whether the token says when it was issued. */
  isDated?: boolean;
};

export type TokenVerifierHarness = {
  readonly verifier: TokenVerifier;
  /** The time on the clock of the issuer and the verifier: a whole second. */
  readonly now: Date;
  issue(options: IssueOptions): string;
  /** Returns the same token with other claims, made without the issuer's key. */
  forge(token: string): string;
};

/** The contract of every TokenVerifier. */
export function tokenVerifierContract(start: () => TokenVerifierHarness): void {
  let harness: TokenVerifierHarness;

  beforeEach(() => {
    harness = start();
  });

  const actorOf = async (token: string) => (await harness.verifier.verify(token)).actor;
  const codeFrom = async (refused: Promise<unknown>) => {
    const error = await rejection(refused);
    expect(error).to.be.instanceOf(TokenRejected);
    return (error as TokenRejected).code;
  };
  const codeOf = (token: string) => codeFrom(harness.verifier.verify(token));

  it('returns the actor of an access token, and when the token was issued', async () => {
    const token = harness.issue({ userId: '42', role: 'moderator' });
    expect(await harness.verifier.verify(token)).to.deep.equal({
      actor: { id: '42', role: 'moderator' },
      issuedAt: harness.now.getTime() / 1000,
    });
  });

  it('returns the user and the role of each token', async () => {
    const actors = [
      { id: '42', role: 'user' },
      { id: 'ada', role: 'moderator' },
      { id: '42', role: 'admin' },
    ];
    const tokens = actors.map(({ id, role }) => harness.issue({ userId: id, role }));
    const verified = await Promise.all(tokens.map((token) => harness.verifier.verify(token)));
    expect(verified.map(({ actor }) => actor)).to.deep.equal(actors);
    // A second look at a token gives the same.
    expect(await actorOf(tokens[0]!)).to.deep.equal(actors[0]);
  });

  it('does not invent the time of issue', async () => {
    const { issuedAt } = await harness.verifier.verify(harness.issue({ userId: '42', isDated: false }));
    expect(issuedAt).to.equal(undefined);
  });

  it('takes an unknown or missing role for a plain user', async () => {
    for (const role of ['Admin', 'superuser', ''])
      expect((await actorOf(harness.issue({ userId: '42', role }))).role).to.equal('user');
    expect((await actorOf(harness.issue({ userId: '42' }))).role).to.equal('user');
  });

  it('refuses a token from the very second in which it expires', async () => {
    expect(await codeOf(harness.issue({ userId: '42', lifetimeSeconds: 0 }))).to.equal('token_expired');
    expect(await codeOf(harness.issue({ userId: '42', lifetimeSeconds: -1 }))).to.equal('token_expired');
    await harness.verifier.verify(harness.issue({ userId: '42', lifetimeSeconds: 1 }));
  });

  it('refuses a token before the second in which it becomes valid', async () => {
    expect(await codeOf(harness.issue({ userId: '42', startsInSeconds: 1 }))).to.equal('token_not_yet_valid');
    await harness.verifier.verify(harness.issue({ userId: '42', startsInSeconds: 0 }));
  });

  it('refuses a refresh token', async () => {
    expect(await codeOf(harness.issue({ userId: '42', type: 'refresh' }))).to.equal('token_wrong_type');
  });

  it('refuses a token that the issuer did not issue', async () => {
    const token = harness.issue({ userId: '42' });
    for (const wrong of [harness.forge(token), 'nonsense', '', 'null', `${token}x`, `${token} `, ` ${token}`])
      expect(await codeOf(wrong), wrong).to.equal('token_invalid');
  });

  it('names its keys', () => {
    expect(harness.verifier.keyFingerprints()).to.not.be.empty;
  });

  it('reveals neither the token nor a claim in a refusal', async () => {
    const userId = 'ada-lovelace';
    for (const token of [
      harness.issue({ userId, lifetimeSeconds: -1 }),
      harness.issue({ userId, type: 'refresh' }),
      harness.issue({ userId, startsInSeconds: 60 }),
      harness.forge(harness.issue({ userId })),
    ]) {
      const { message } = (await rejection(harness.verifier.verify(token))) as Error;
      expect(message).to.not.contain(token).and.not.contain(userId);
      expect(message).to.not.equal('');
    }
  });

  it('tells Authenticate enough to refuse exactly the revoked tokens', async () => {
    const revoke = (validAfter: Date) => ({
      ...NOTHING_REVOKED,
      validAfter: (userId: string) => (userId === '42' ? validAfter : undefined),
    });
    const token = harness.issue({ userId: '42' });
    const afterwards = new Authenticate(harness.verifier, revoke(new Date(harness.now.getTime() + 1)));
    expect(await codeFrom(afterwards.execute(token))).to.equal('token_revoked');
    expect((await afterwards.execute(harness.issue({ userId: '43' }))).id).to.equal('43');
    const before = new Authenticate(harness.verifier, revoke(harness.now));
    expect((await before.execute(token)).id).to.equal('42');
  });
}
