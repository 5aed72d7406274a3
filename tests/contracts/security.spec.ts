import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { signDjangoToken } from '../../tools/local/django-token.ts';
import { SOME_DAY } from '../support/an-opportunity.ts';
import { FixedClock } from '../support/fixed-clock.ts';
import { TEST_SECRET } from '../support/start-app.ts';
import { tokenSettings } from '../support/token-settings.ts';
import { tokenVerifierContract } from './token-verifier.contract.ts';

describe('SimpleJwtTokenVerifier', () => {
  tokenVerifierContract(() => ({
    verifier: new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY)),
    now: SOME_DAY,
    // A missing role is left out, because a stock simplejwt has no such claim.
    issue: ({ type, role, ...options }) =>
      signDjangoToken({
        ...options,
        role,
        secret: TEST_SECRET,
        now: SOME_DAY,
        ...(type && { token_type: type }),
      }),
    forge: (token) => {
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const changed = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
      return [header, changed, signature].join('.');
    },
  }));
});
