import { createHmac, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Authenticate } from '#application/tokens/authenticate';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { TokenVerifierSettings } from '#infrastructure/security/token-verifier-settings';
import { findToken } from '#interfaces/cli/doctor/checks/pasted-token';
import type { Check } from '#interfaces/cli/doctor/report';
import { type TokenCheckSettings, tokenChecks } from '#interfaces/cli/doctor/checks/token-checks';
import { contentsOf, timeText, durationText } from '#interfaces/cli/doctor/checks/token-contents';
import { signDjangoToken } from '../../../../tools/local/django-token.ts';
import { SOME_DAY } from '../../../support/opportunities/an-opportunity.ts';
import { NOTHING_REVOKED } from '../../../support/tokens/nothing-revoked.ts';
import { FixedClock } from '../../../support/system/fixed-clock.ts';
import { propertyRuns } from '../../../support/system/property-runs.ts';

const SECRET = 'a-test-secret-that-is-long-enough-0123456789';
const NOW = SOME_DAY.getTime() / 1000;
const envFile = (text: string) => ({ path: '.env', text, isUtf8: true });
/** The use case with a verifier that has the settings of the integration guide. */
const authenticate = (secret: string, settings: Partial<TokenVerifierSettings> = {}) => {
  const verifier = new SimpleJwtTokenVerifier(
    {
      algorithm: 'HS256',
      keys: { secret, previousSecret: undefined },
      issuer: undefined,
      audience: undefined,
      leewaySeconds: 0,
      userIdClaim: 'user_id',
      tokenTypes: ['access'],
      maxLifetimeSeconds: 86_400,
      ...settings,
    },
    new FixedClock(SOME_DAY),
  );
  return new Authenticate(verifier, NOTHING_REVOKED);
};
const SETTINGS: TokenCheckSettings = {
  algorithm: 'HS256',
  userIdClaim: 'user_id',
  maxLifetimeSeconds: 86_400,
  authenticate: authenticate(SECRET),
  knownSecrets: { secret: SECRET, previous: undefined, ourFile: undefined, djangoFile: undefined },
};

const sign = (options: Record<string, unknown> = {}) =>
  signDjangoToken({ secret: SECRET, userId: '42', now: SOME_DAY, ...options });

async function checksOf(
  pasted: string | undefined,
  settings: Partial<TokenCheckSettings> = {},
): Promise<Map<string, Check>> {
  const { checks } = await tokenChecks(pasted, { ...SETTINGS, ...settings }, SOME_DAY);
  return new Map(checks.map((check) => [check.id.replace('token.', ''), check]));
}

async function acceptedOf(pasted: string, settings: Partial<TokenCheckSettings> = {}): Promise<Check> {
  return (await checksOf(pasted, settings)).get('accepted')!;
}
const causes = ({ reasons = [] }: Check) => reasons.map(({ code }) => code);

describe('the checks of a token', () => {
  it('show the contents of the token, and private claims by name only', async () => {
    const token = sign({ email: 'ada@example.org', hash_password: 'C0FFEE', jti: 'secret-jti', role: 'moderator' });
    const { says } = (await checksOf(token)).get('contents')!;
    expect(says).to.contain('alg "HS256"; typ "JWT"; token_type "access"; user_id "42"; role "moderator"');
    expect(says).to.contain('issued (iat) 2026-06-01T12:00:00Z (in 0 seconds)');
    expect(says).to.contain('expires (exp) 2026-06-02T12:00:00Z (in 24 hours)');
    expect(says).to.contain('by name only: jti, email, hash_password');
    for (const hidden of ['ada@example.org', 'C0FFEE', 'secret-jti']) expect(says).not.to.contain(hidden);
  });

  it('accept a token of Django', async () => {
    const checks = await checksOf(sign());
    expect(checks.get('form')?.status).to.equal('ok');
    expect(checks.get('accepted')).to.include({
      status: 'ok',
      says: 'The token is accepted: user "42" with the role user.',
    });
  });

  it('say that a token is signed with the previous secret', async () => {
    const previous = 'the-secret-before-this-one-0123456789-abc';
    const settings = {
      authenticate: authenticate(SECRET, { keys: { secret: SECRET, previousSecret: previous } }),
      knownSecrets: { ...SETTINGS.knownSecrets!, previous },
    };
    expect((await acceptedOf(sign({ secret: previous }), settings)).says).to.contain('JWT_SECRET_PREVIOUS');
    expect((await acceptedOf(sign(), settings)).says).not.to.contain('JWT_SECRET_PREVIOUS');
  });

  it('are skipped without a token', async () => {
    expect([...(await checksOf(undefined)).values()].map(({ status }) => status)).to.deep.equal(
      Array(5).fill('skipped'),
    );
  });

  describe('name the check that the token fails:', () => {
    for (const [code, options, cause] of [
      ['token_expired', { lifetimeSeconds: -60 }, 'token_expired'],
      ['token_wrong_type', { token_type: 'refresh' }, 'token_wrong_type'],
      ['token_invalid', { token_type: undefined }, 'claim_missing'],
      ['token_invalid', { user_id: undefined, sub: '42' }, 'claim_missing'],
      ['token_invalid', { user_id: { id: 42 } }, 'claim_refused'],
      ['token_not_yet_valid', { iat: NOW + 60 }, 'token_not_yet_valid'],
      ['token_invalid', { lifetimeSeconds: 604_800 }, 'lives_too_long'],
      ['token_invalid', { secret: 'another-secret-that-is-long-enough-0123' }, 'signed_with_another_secret'],
    ] as const)
      it(`${code}: ${cause}, for ${JSON.stringify(options)}`, async () => {
        const check = await acceptedOf(sign(options));
        expect(check.status).to.equal('failure');
        expect(check.says).to.contain(`401 ${code}`);
        expect(causes(check)).to.deep.equal([cause]);
        expect(check.fix).not.to.equal('');
      });

    it('another algorithm', async () => {
      const [, payload] = sign().split('.');
      const head = Buffer.from('{"alg":"HS512","typ":"JWT"}').toString('base64url');
      const mac = createHmac('sha512', SECRET).update(`${head}.${payload}`).digest('base64url');
      expect(causes(await acceptedOf(`${head}.${payload}.${mac}`))).to.deep.equal(['other_algorithm']);
    });

    it('a signature that is cut off', async () => {
      expect(causes(await acceptedOf(sign().slice(0, -5)))).to.deep.equal(['signature_cut_off']);
    });

    it('a wrong audience or issuer, in the words of the verifier', async () => {
      for (const settings of [{ audience: 'opportunities' }, { issuer: 'django' }]) {
        const check = await acceptedOf(sign(), { authenticate: authenticate(SECRET, settings) });
        expect(causes(check)).to.deep.equal(['claim_refused']);
        expect(check.reasons?.[0]?.says).to.match(/is meant for another audience|has an unexpected issuer/);
      }
    });

    it('a signature that does not match the public key', async () => {
      const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const algorithm = 'EdDSA';
      const withKey = {
        algorithm,
        authenticate: authenticate('', { algorithm, keys: { publicKey } }),
        knownSecrets: undefined,
      };
      expect(causes(await acceptedOf(sign(), withKey))).to.deep.equal(['other_algorithm']);
      const [, payload] = sign().split('.');
      const head = Buffer.from('{"alg":"EdDSA","typ":"JWT"}').toString('base64url');
      const forged = `${head}.${payload}.${Buffer.alloc(64, 1).toString('base64url')}`;
      expect(causes(await acceptedOf(forged, withKey))).to.deep.equal(['signature_or_claim']);
    });

    it('none, when the settings are not valid', async () => {
      expect((await acceptedOf(sign(), { authenticate: undefined })).status).to.equal('skipped');
    });

    it('none, when the verifier fails', async () => {
      const away = { execute: () => Promise.reject(new Error('away')) };
      expect((await acceptedOf(sign(), { authenticate: away })).says).to.contain('cannot be checked now');
    });
  });

  describe('find the mistaken secret that has signed the token:', () => {
    const other = 'another-secret-that-is-long-enough-01234';
    const hex = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
    for (const [cause, secret, keys] of [
      ['signed_with_django_file', `${other}  # c`, { djangoFile: envFile(`JWT_SECRET=${other}  # c`) }],
      [
        'signed_with_our_file_as_django_reads_it',
        `${SECRET}#x`,
        { ourFile: envFile(`JWT_SECRET=${SECRET}#x`), djangoFile: envFile('') },
      ],
      ['signed_with_django_file_as_node_reads_it', other, { djangoFile: envFile(`JWT_SECRET=${other} # c`) }],
      ['signed_with_secret_key', other, { djangoFile: envFile(`SECRET_KEY=${other}`) }],
      ['signed_with_secret_key', other, { djangoFile: envFile(`DJANGO_SECRET_KEY=${other}`) }],
      ['signed_with_placeholder', 'your-super-secret-key-change-this', {}],
      ['signed_with_line_break', `${SECRET}\n`, {}],
      ['signed_with_line_break', SECRET, { secret: ` ${SECRET}` }],
      ['signed_with_quotes', `"${SECRET}"`, {}],
      ['signed_with_quotes', SECRET, { secret: `'${SECRET}'` }],
      ['signed_with_decoded_secret', Buffer.from(hex, 'hex'), { secret: hex }],
    ] as const)
      it(cause, async () => {
        const [head, payload] = sign().split('.');
        const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
        const ours = 'secret' in keys ? keys.secret : SECRET;
        const settings = {
          authenticate: authenticate(ours),
          knownSecrets: { ...SETTINGS.knownSecrets!, secret: ours, ...keys },
        };
        expect(causes(await acceptedOf(`${head}.${payload}.${mac}`, settings))).to.deep.equal([cause]);
      });
  });

  describe('find the token in a pasted text:', () => {
    const token = sign();
    for (const [what, pasted, ...remarks] of [
      ['the token alone', token],
      ['the token and a line break', `${token}\n`],
      ['the login response', JSON.stringify({ refresh: 'x.y.z', access: token }), 'login_answer'],
      ['the token in a header', `Authorization: Bearer ${token}`, 'header_name', 'scheme'],
      ['the token after the scheme twice', `Bearer Bearer ${token}`, 'scheme'],
      ['the token in quotes', `"${token}"`, 'quotes'],
      ['the token as bytes of Python', `b'${token}'`, 'python_bytes'],
      ['the token broken over lines', `${token.slice(0, 40)}\n  ${token.slice(40)}`, 'line_breaks'],
    ] as const)
      it(what, async () => {
        const found = findToken(pasted);
        expect(found.token).to.equal(token);
        expect(found.remarks.map(({ code }) => code)).to.deep.equal(remarks);
        const checks = await checksOf(pasted);
        expect(checks.get('form')?.status).to.equal(remarks.length > 0 ? 'warning' : 'ok');
        expect(checks.get('accepted')?.status).to.equal('ok');
      });

    it('the refresh token, when a response has no other', () => {
      expect(findToken(JSON.stringify({ refresh: token })).token).to.equal(token);
      expect(findToken('{"detail":"No active account"}').token).to.equal('{"detail":"Noactiveaccount"}');
    });

    for (const [pasted, words] of [
      ['', 'The text is empty'],
      ['eyJ0eXAiOiJKV1QiLCJhbGc...', 'cut off'],
      ['null', 'the word null'],
      ['abc', '1 of 3 parts'],
      ['a.b', '2 of 3 parts'],
      ['a.b.c', 'not JSON objects'],
      ['W10.W10.c', 'not JSON objects'],
      ['a.b.c.d', '4 parts and not 3'],
      ['a.b.c.d.e', 'encrypted'],
    ] as const)
      it(`none in ${JSON.stringify(pasted)}: ${words}`, async () => {
        const checks = await checksOf(pasted);
        expect(checks.get('form')).to.include({ status: 'failure' });
        expect(checks.get('form')?.says).to.contain(words);
        expect(checks.get('accepted')?.status).to.equal('skipped');
      });
  });

  describe('check the lifetime:', () => {
    for (const [seconds, status] of [
      [300, 'ok'],
      [3600, 'ok'],
      [3601, 'warning'],
      [86_400, 'warning'],
      [604_800, 'warning'],
    ] as const)
      it(`${seconds} seconds: ${status}`, async () => {
        expect((await checksOf(sign({ lifetimeSeconds: seconds }))).get('lifetime')?.status).to.equal(status);
      });

    it('unknown without iat, which simplejwt before 5.0 did not write', async () => {
      expect((await checksOf(sign({ iat: undefined }))).get('lifetime')?.status).to.equal('skipped');
    });

    it('and how often the app has to refresh', async () => {
      const check = (await checksOf(sign({ lifetimeSeconds: 600 }))).get('refresh')!;
      expect(check.status).to.equal('skipped');
      expect(check.says).to.contain('10 minutes');
    });
  });

  it('print no control characters', async () => {
    const { says } = (await checksOf(sign({ user_id: '\u001b[31m\u202e\n', role: '\u009b0m' }))).get('contents')!;
    expect(says).to.match(/^[\x20-\x7e�]+$/);
  });

  it('print times and durations for people', () => {
    expect(timeText(NOW - 10_800, SOME_DAY)).to.equal('2026-06-01T09:00:00Z (3 hours ago)');
    expect(timeText('x', SOME_DAY)).to.equal('"x"');
    expect(timeText(1e300, SOME_DAY)).to.contain('not a time');
    expect([1, 119, 120, 7200, 172_800].map(durationText)).to.deep.equal([
      '1 second',
      '119 seconds',
      '2 minutes',
      '2 hours',
      '2 days',
    ]);
  });

  it('print neither the token nor its signature, whatever is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9]{16,40}$/), fc.nat(3), async (secret, kind) => {
        const token = sign({ secret, jti: `jti-${secret}` });
        const pasted = [token, `Bearer ${token}`, `${token}.x`, `x${token}`][kind] ?? token;
        const text = JSON.stringify([...(await checksOf(pasted)).values()]);
        for (const part of token.split('.')) expect(text).not.to.contain(part);
        expect(text).not.to.contain(secret);
      }),
      { numRuns: propertyRuns(50) },
    );
  });

  it('see contents only in a compact JWT', () => {
    expect(contentsOf('bnVsbA.e30.x')).to.equal(undefined);
    expect(contentsOf('e30.e30.x')).to.deep.include({ header: {}, claims: {}, signature: 'x' });
  });
});
