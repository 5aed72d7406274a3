import { expect } from 'chai';
import { TokenRejected, type TokenVerifier } from '#application/ports/tokens/token-verifier';
import { rejection } from '../support/rejection.ts';

export type IssueOptions = { userId: string; role?: string; type?: string; lifetimeSeconds?: number };

export type TokenVerifierHarness = {
  readonly verifier: TokenVerifier;
  issue(options: IssueOptions): string;
  /** The same token with another content, and without the issuer's help. */
  forge(token: string): string;
};

/** What every TokenVerifier must do. */
export function tokenVerifierContract(start: () => TokenVerifierHarness): void {
  let harness: TokenVerifierHarness;

  beforeEach(() => {
    harness = start();
  });

  const codeOf = async (token: string) => {
    const error = await rejection(harness.verifier.verify(token));
    expect(error).to.be.instanceOf(TokenRejected);
    return (error as TokenRejected).code;
  };

  it('gives the actor that an access token stands for', async () => {
    const token = harness.issue({ userId: '42', role: 'moderator' });
    expect(await harness.verifier.verify(token)).to.deep.equal({ id: '42', role: 'moderator' });
  });

  it('takes an unknown role, or none, for a plain user', async () => {
    for (const role of ['Admin', 'superuser', ''])
      expect((await harness.verifier.verify(harness.issue({ userId: '42', role }))).role).to.equal('user');
    expect((await harness.verifier.verify(harness.issue({ userId: '42' }))).role).to.equal('user');
  });

  it('refuses a token from the very second in which it expires', async () => {
    expect(await codeOf(harness.issue({ userId: '42', lifetimeSeconds: 0 }))).to.equal('token_expired');
    expect(await codeOf(harness.issue({ userId: '42', lifetimeSeconds: -1 }))).to.equal('token_expired');
    await harness.verifier.verify(harness.issue({ userId: '42', lifetimeSeconds: 1 }));
  });

  it('refuses a refresh token', async () => {
    expect(await codeOf(harness.issue({ userId: '42', type: 'refresh' }))).to.equal('token_wrong_type');
  });

  it('refuses what the issuer did not issue', async () => {
    const token = harness.issue({ userId: '42' });
    for (const wrong of [harness.forge(token), 'nonsense', '', 'null', `${token}x`])
      expect(await codeOf(wrong), wrong).to.equal('token_invalid');
  });

  it('names its keys', () => {
    expect(harness.verifier.keyFingerprints()).to.not.be.empty;
  });

  it('reveals neither the token nor a claim in a refusal', async () => {
    const token = harness.issue({ userId: 'ada-lovelace', lifetimeSeconds: -1 });
    const { message } = (await rejection(harness.verifier.verify(token))) as Error;
    expect(message).to.not.contain(token).and.not.contain('ada-lovelace');
  });
}
