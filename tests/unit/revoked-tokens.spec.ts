import { expect } from 'chai';
import { RevocationsUnavailable } from '#application/ports/tokens/token-revocations';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { signDjangoToken } from '../../tools/local/django-token.ts';
import { SOME_DAY } from '../support/an-opportunity.ts';
import { FixedClock } from '../support/fixed-clock.ts';
import { NOTHING_REVOKED } from '../support/nothing-revoked.ts';
import { rejection } from '../support/rejection.ts';
import { TEST_SECRET } from '../support/start-app.ts';
import { tokenSettings } from '../support/token-settings.ts';

/** A whole second. */
const NOW = SOME_DAY.getTime() / 1000;

describe('SimpleJwtTokenVerifier, asked about tokens that are revoked', () => {
  let asked: string[];

  const verify = (claims: Record<string, unknown>, validAfter: () => Date | undefined) => {
    asked = [];
    const revocations = {
      ...NOTHING_REVOKED,
      validAfter: (userId: string) => {
        asked.push(userId);
        return userId === '42' ? validAfter() : undefined;
      },
    };
    const verifier = new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY), revocations);
    return verifier.verify(signDjangoToken({ secret: TEST_SECRET, userId: '42', now: SOME_DAY, ...claims }));
  };
  const codeOf = async (claims: Record<string, unknown>, validAfter: Date) => {
    const error = await rejection(verify(claims, () => validAfter));
    expect(error).to.be.instanceOf(TokenRejected);
    const { code, message } = error as TokenRejected;
    expect(message).to.match(/^The token [a-z ]+\.$/);
    return code;
  };
  const second = (milliseconds: number) => new Date(NOW * 1000 + milliseconds);

  it('takes those that were issued in the very second, or later', async () => {
    for (const validAfter of [second(0), second(-1), second(-1000)])
      expect((await verify({ iat: NOW }, () => validAfter)).id).to.equal('42');
  });

  it('refuses those that were issued before', async () => {
    for (const iat of [NOW - 1, 0, NOW - 0.5]) expect(await codeOf({ iat }, second(0))).to.equal('token_revoked');
  });

  it('refuses all of the second within which they were revoked: iat does not tell them apart', async () => {
    for (const milliseconds of [1, 500, 999])
      expect(await codeOf({ iat: NOW }, second(milliseconds))).to.equal('token_revoked');
  });

  it('refuses those that do not say when they were issued', async () => {
    expect(await codeOf({ iat: undefined }, second(-86_400_000))).to.equal('token_revoked');
  });

  it('knows integers and strings as the same user, and leaves others alone', async () => {
    expect(await codeOf({ user_id: 42 }, second(1))).to.equal('token_revoked');
    for (const user of ['43', 'ada']) expect((await verify({ user_id: user }, () => second(1))).id).to.equal(user);
    expect((await verify({ iat: undefined }, () => undefined)).id).to.equal('42');
  });

  it('asks last: what is wrong in another way is told so, and asks nobody', async () => {
    for (const [claims, code] of [
      [{ exp: NOW }, 'token_expired'],
      [{ token_type: 'refresh' }, 'token_wrong_type'],
      [{ jti: '' }, 'token_invalid'],
    ] as const) {
      expect(await codeOf({ ...claims, iat: NOW - 9 }, second(0))).to.equal(code);
      expect(asked).to.deep.equal([]);
    }
  });

  it('does not take a token when nobody can say whether it is revoked', async () => {
    const unknown = () => {
      throw new RevocationsUnavailable();
    };
    expect(await rejection(verify({}, unknown))).to.be.instanceOf(RevocationsUnavailable);
  });
});
