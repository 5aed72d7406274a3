import { expect } from 'chai';
import { TokenKeysUnavailable, TokenRejected } from '#application/ports/tokens/token-verifier';
import { Authenticate } from '#application/tokens/authenticate';
import { RevocationsUnavailable } from '#application/tokens/revocation-cache';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { InMemoryTokenVerifier } from '../../support/in-memory/in-memory-token-verifier.ts';
import { NOTHING_REVOKED } from '../../support/tokens/nothing-revoked.ts';
import { rejection } from '../../support/system/rejection.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

/** A whole second. */
const NOW = SOME_DAY.getTime() / 1000;

describe('Authenticate', () => {
  /** The users about whom the revocation cache was asked. */
  let asked: string[];

  const revoking = (validAfter: () => Date | undefined) => ({
    validAfter: (userId: string) => {
      asked.push(userId);
      return userId === '42' ? validAfter() : undefined;
    },
  });
  const authenticate = (claims: Record<string, unknown>, validAfter: () => Date | undefined) => {
    const verifier = new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY));
    return new Authenticate(verifier, revoking(validAfter)).execute(
      signDjangoToken({ secret: TEST_SECRET, userId: '42', now: SOME_DAY, ...claims }),
    );
  };
  const codeOf = async (claims: Record<string, unknown>, validAfter: Date) => {
    const error = await rejection(authenticate(claims, () => validAfter));
    expect(error).to.be.instanceOf(TokenRejected);
    const { code, message } = error as TokenRejected;
    expect(message).to.match(/^The token [a-z ]+\.$/);
    return code;
  };
  const second = (milliseconds: number) => new Date(NOW * 1000 + milliseconds);

  beforeEach(() => {
    asked = [];
  });

  it('returns the actor of a verified token that was not revoked', async () => {
    const actor = await authenticate({ role: 'moderator' }, () => undefined);
    expect(actor).to.deep.equal({ id: '42', role: 'moderator' });
    expect(asked).to.deep.equal(['42']);
  });

  it('names the keys that tokens are checked with', () => {
    const verifier = new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY));
    const names = new Authenticate(verifier, NOTHING_REVOKED).keyFingerprints();
    expect(names).to.deep.equal(verifier.keyFingerprints()).and.to.have.length.above(0);
  });

  it('accepts a token that was issued in the second of the revocation, or later', async () => {
    for (const validAfter of [second(0), second(-1), second(-1000)])
      expect((await authenticate({ iat: NOW }, () => validAfter)).id).to.equal('42');
  });

  it('refuses a token that was issued before the revocation', async () => {
    for (const iat of [NOW - 1, 0, NOW - 0.5, -1e300])
      expect(await codeOf({ iat }, second(0))).to.equal('token_revoked');
  });

  it('refuses every token from a second that a revocation splits: iat has whole seconds', async () => {
    for (const milliseconds of [1, 500, 999])
      expect(await codeOf({ iat: NOW }, second(milliseconds))).to.equal('token_revoked');
  });

  it('refuses a token without iat as soon as any token of its user is revoked', async () => {
    expect(await codeOf({ iat: undefined }, second(-86_400_000))).to.equal('token_revoked');
    expect((await authenticate({ iat: undefined }, () => undefined)).id).to.equal('42');
  });

  it('takes the integer 42 and the text "42" for the same user, and accepts the tokens of other users', async () => {
    expect(await codeOf({ user_id: 42 }, second(1))).to.equal('token_revoked');
    for (const user of ['43', 'ada'])
      expect((await authenticate({ user_id: user }, () => second(1))).id).to.equal(user);
  });

  it('asks the revocation cache last: any other defect is reported first, and the cache is not asked', async () => {
    for (const [claims, code] of [
      [{ exp: NOW }, 'token_expired'],
      [{ token_type: 'refresh' }, 'token_wrong_type'],
      [{ jti: '' }, 'token_invalid'],
    ] as const) {
      expect(await codeOf({ ...claims, iat: NOW - 9 }, second(0))).to.equal(code);
      expect(asked).to.deep.equal([]);
    }
  });

  it('accepts no token while the revocation cache cannot be used', async () => {
    const unavailable = () => {
      throw new RevocationsUnavailable();
    };
    expect(await rejection(authenticate({}, unavailable))).to.be.instanceOf(RevocationsUnavailable);
  });

  it('refuses revoked tokens whichever verifier it is given', async () => {
    const verifier = new InMemoryTokenVerifier(new FixedClock(SOME_DAY));
    const [revoked, other] = [verifier.issue('42'), verifier.issue('43')];
    const use = new Authenticate(
      verifier,
      revoking(() => second(1)),
    );
    expect(await rejection(use.execute(revoked)))
      .to.be.instanceOf(TokenRejected)
      .and.to.have.property('code', 'token_revoked');
    expect((await use.execute(other)).id).to.equal('43');
  });

  it('passes on that the keys of the issuer are unavailable', async () => {
    const unavailable = new TokenKeysUnavailable('The keys of the token issuer cannot be read.');
    const verifier = { verify: () => Promise.reject(unavailable), keyFingerprints: () => [] };
    expect(await rejection(new Authenticate(verifier, NOTHING_REVOKED).execute('any'))).to.equal(unavailable);
  });
});
