import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { TokenKeysUnavailable, TokenRejected } from '#application/ports/tokens/token-verifier';
import { JwksKeys, type JwksLimits } from '#infrastructure/security/jwks-keys';
import { signedPayload } from '#infrastructure/security/simple-jwt-token-verifier';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';
import { CLAIMS, keySignedToken } from '../../support/tokens/signed-token.ts';

type Pair = { publicKey: KeyObject; privateKey: KeyObject };

const rsaPair = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = ({ publicKey }: Pair, more: Record<string, unknown> = {}) => ({
  ...publicKey.export({ format: 'jwk' }),
  ...more,
});
const signedBy = ({ privateKey }: Pair, header: Record<string, unknown>) =>
  keySignedToken(CLAIMS, { alg: 'RS256', typ: 'JWT', ...header }, 'sha256', privateKey);

const causeOf = (error: unknown) => ((error as Error).cause as Error).message;

describe('JwksKeys', () => {
  const old = rsaPair();
  const fresh = rsaPair();
  const stranger = rsaPair();
  let server: Server;
  let url: string;
  /** The next response of the address, and the number of requests so far. */
  let answer: { status: number; body: string; headers?: Record<string, string> } | 'silence';
  let asked: number;

  const serves = (...keys: object[]) => {
    answer = { status: 200, body: JSON.stringify({ keys }) };
  };

  beforeEach(async () => {
    asked = 0;
    serves(jwk(old, { kid: 'old' }));
    server = createServer((request, response) => {
      asked += 1;
      request.resume();
      if (answer === 'silence') return;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const LIMITS: JwksLimits = { timeout: 200, pause: 60_000, maxAge: 60_000, largest: 4096, mostKeys: 3 };
  const keysWith = (limits: Partial<JwksLimits> = {}) => new JwksKeys(url, 'RS256', { ...LIMITS, ...limits });
  const verdict = async (keys: JwksKeys, token: string): Promise<string> => {
    try {
      const payload = await signedPayload(token, 'RS256', keys);
      return (JSON.parse(payload.toString()) as typeof CLAIMS).user_id;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  const becomes = (expected: string, keys: JwksKeys, token: string) =>
    eventually(async () => (await verdict(keys, token)) === expected || undefined);

  it('uses the key that the token names, and requests the keys once', async () => {
    serves(jwk(old, { kid: 'old' }), jwk(fresh, { kid: 'fresh', use: 'sig', alg: 'RS256' }));
    const keys = keysWith();
    const tokens = [signedBy(old, { kid: 'old' }), signedBy(fresh, { kid: 'fresh' }), signedBy(old, { kid: 'old' })];
    expect(await Promise.all(tokens.map((token) => verdict(keys, token)))).to.deep.equal(['42', '42', '42']);
    expect(asked).to.equal(1);
  });

  describe('simplejwt’s own cases', () => {
    it('test_decode_rsa_aud_iss_jwk_success', async () => {
      serves(jwk(old, { kid: 'old' }), jwk(fresh, { kid: 'fresh' }));
      expect(await verdict(keysWith(), signedBy(fresh, { kid: 'fresh' }))).to.equal(CLAIMS.user_id);
    });

    it('test_decode_jwk_missing_key_raises_tokenbackenderror', async () => {
      expect(await verdict(keysWith(), signedBy(fresh, { kid: 'fresh' }))).to.equal('token_invalid');
    });
  });

  it('refuses a token that another key signed under the name of a known key', async () => {
    expect(await verdict(keysWith(), signedBy(stranger, { kid: 'old' }))).to.equal('token_invalid');
  });

  it('refuses a token that names no key, without a request', async () => {
    const keys = keysWith();
    for (const header of [{}, { kid: null }, { kid: 1 }, { kid: ['old'] }])
      expect(await verdict(keys, signedBy(old, header))).to.equal('token_invalid');
    expect(asked).to.equal(0);
  });

  it('uses neither an address nor a key from the token', async () => {
    const keys = keysWith();
    const header = { kid: 'stranger', jku: url, x5u: url, jwk: jwk(stranger, { kid: 'stranger' }) };
    const error = await rejection(signedPayload(signedBy(stranger, header), 'RS256', keys));
    expect(error).to.be.instanceOf(TokenRejected);
    expect((error as Error).message).to.equal('The token names a key that the token issuer does not have.');
    expect(asked).to.equal(1);
  });

  it('requests the keys again for an unknown key, but not twice in a short time', async () => {
    const keys = keysWith({ pause: 100 });
    expect(await verdict(keys, signedBy(old, { kid: 'old' }))).to.equal('42');
    serves(jwk(fresh, { kid: 'fresh' }));
    const rotated = signedBy(fresh, { kid: 'fresh' });
    const flood = Array.from({ length: 20 }, (_, index) =>
      verdict(keys, signedBy(stranger, { kid: `made-up-${index}` })),
    );
    expect(new Set(await Promise.all(flood))).to.deep.equal(new Set(['token_invalid']));
    expect(asked).to.equal(1);
    await becomes('42', keys, rotated);
    expect(asked).to.equal(2);
    // The key that the issuer has withdrawn is no longer accepted.
    expect(await verdict(keys, signedBy(old, { kid: 'old' }))).to.equal('token_invalid');
  });

  it('reads the keys again from time to time, in the background', async () => {
    const keys = keysWith({ pause: 0, maxAge: 50 });
    const token = signedBy(old, { kid: 'old' });
    expect(await verdict(keys, token)).to.equal('42');
    serves(jwk(fresh, { kid: 'fresh' }));
    await becomes('token_invalid', keys, token);
  });

  it('still accepts the known keys while the address does not respond', async () => {
    const keys = keysWith({ pause: 0, maxAge: 10 });
    const token = signedBy(old, { kid: 'old' });
    expect(await verdict(keys, token)).to.equal('42');
    answer = { status: 500, body: 'no' };
    await eventually(async () => {
      expect(await verdict(keys, token)).to.equal('42');
      return asked > 3 || undefined;
    });
    expect(await verdict(keys, signedBy(fresh, { kid: 'fresh' }))).to.equal('token_keys_unavailable');
  });

  for (const [what, broken, cause] of [
    ['an error', { status: 500, body: '{"keys":[]}' }, /200 OK/],
    ['an error page', { status: 503, body: '<html>' }, /200 OK/],
    ['nothing', 'silence', /timed out/],
    ['no content', { status: 204, body: '' }, /end of JSON/],
    ['a redirect', { status: 302, body: '', headers: { Location: 'http://127.0.0.1/' } }, /200 OK/],
    ['no JSON', { status: 200, body: '<html>' }, /not valid JSON/],
    ['no keys', { status: 200, body: '{}' }, /malformed/],
    ['null', { status: 200, body: 'null' }, /malformed/],
    ['keys that are none', { status: 200, body: '{"keys":"none"}' }, /malformed/],
    ['too much', { status: 200, body: '{"keys":[]}'.padEnd(4097) }, /^the response is too large$/],
    [
      'too many keys',
      { status: 200, body: JSON.stringify({ keys: Array(4).fill({ kty: 'oct' }) }) },
      /^the response has too many keys$/,
    ],
  ] as const)
    it(`throws TokenKeysUnavailable when the address responds with ${what}, and requests the keys once`, async () => {
      answer = broken;
      const keys = keysWith();
      const token = signedBy(old, { kid: 'old' });
      const error = await rejection(signedPayload(token, 'RS256', keys));
      expect(error).to.be.instanceOf(TokenKeysUnavailable);
      expect((error as Error).message).to.equal('The keys of the token issuer cannot be read at the moment.');
      expect(causeOf(error)).to.match(cause);
      const again = await rejection(signedPayload(token, 'RS256', keys));
      expect(again).to.be.instanceOf(TokenKeysUnavailable);
      expect(causeOf(again)).to.equal('the keys were requested a moment ago');
      expect(asked).to.equal(1);
    });

  it('recovers when the address responds again', async () => {
    answer = { status: 503, body: '' };
    const keys = keysWith({ pause: 50 });
    const token = signedBy(old, { kid: 'old' });
    expect(await verdict(keys, token)).to.equal('token_keys_unavailable');
    serves(jwk(old, { kid: 'old' }));
    await becomes('42', keys, token);
  });

  for (const [what, key] of [
    ['for encryption', jwk(old, { kid: 'old', use: 'enc' })],
    ['for another algorithm', jwk(old, { kid: 'old', alg: 'RS512' })],
    ['of another kind', { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'old' }],
    ['that is a secret', { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url'), kid: 'old' }],
  ] as const)
    it(`does not use a key ${what}`, async () => {
      serves(key);
      expect(await verdict(keysWith(), signedBy(old, { kid: 'old' }))).to.equal('token_invalid');
    });

  it('does not use a private key', async () => {
    serves({ ...old.privateKey.export({ format: 'jwk' }), kid: 'old' });
    expect(await verdict(keysWith(), signedBy(old, { kid: 'old' }))).to.equal('token_keys_unavailable');
  });

  it('tries all keys with the same name', async () => {
    serves(jwk(fresh, { kid: 'same' }), jwk(old, { kid: 'same' }));
    const keys = keysWith();
    expect(await verdict(keys, signedBy(old, { kid: 'same' }))).to.equal('42');
    expect(await verdict(keys, signedBy(stranger, { kid: 'same' }))).to.equal('token_invalid');
  });

  it('keeps the key objects of keys with the same name, and no others', async () => {
    serves(jwk(fresh, { kid: 'same' }), jwk(old, { kid: 'same' }), jwk(stranger, { kid: 'stranger' }));
    const keys = keysWith();
    const objects = await keys.for({ kid: 'same' });
    expect(objects.map((key) => key.export({ format: 'jwk' }))).to.deep.equal([jwk(fresh), jwk(old)]);
    const again = await keys.for({ kid: 'same' });
    for (const [index, key] of again.entries()) expect(key).to.equal(objects[index]);
  });

  it('accepts a response of exactly the largest size and number of keys', async () => {
    serves(jwk(old, { kid: 'old' }), { kty: 'oct' }, { kty: 'oct' });
    const { body } = answer as { body: string };
    expect(await verdict(keysWith({ largest: body.length }), signedBy(old, { kid: 'old' }))).to.equal('42');
  });

  it('has default limits', async () => {
    const others = Array.from({ length: 31 }, () => ({ kty: 'oct' }));
    serves(jwk(old, { kid: 'old' }), ...others);
    expect(await verdict(new JwksKeys(url, 'RS256'), signedBy(old, { kid: 'old' }))).to.equal('42');
    serves(jwk(old, { kid: 'old' }), ...others, { kty: 'oct' });
    const error = await rejection(signedPayload(signedBy(old, { kid: 'old' }), 'RS256', new JwksKeys(url, 'RS256')));
    expect(causeOf(error)).to.equal('the response has too many keys');
  });

  describe('by the clock', () => {
    const real = { now: performance.now.bind(performance), fetch: globalThis.fetch };
    let milliseconds: number;
    /** Requests that were begun, including those that have not reached the server yet. */
    let fetched: number;

    beforeEach(() => {
      // Whole milliseconds, because sums of fractions would miss a limit by rounding.
      milliseconds = Math.ceil(real.now());
      performance.now = () => milliseconds;
      globalThis.fetch = (...request) => {
        fetched += 1;
        return real.fetch(...request);
      };
      fetched = 0;
    });

    afterEach(() => {
      performance.now = real.now;
      globalThis.fetch = real.fetch;
    });

    it('requests the keys again after the pause, and not a millisecond before', async () => {
      answer = { status: 503, body: '' };
      const keys = keysWith({ pause: 1000, maxAge: 3000 });
      const token = signedBy(old, { kid: 'old' });
      await verdict(keys, token);
      milliseconds += 999;
      await verdict(keys, token);
      expect(fetched).to.equal(1);
      milliseconds += 1;
      await verdict(keys, token);
      expect(fetched).to.equal(2);
    });

    it('reads the keys again at their maximum age, and not a millisecond before', async () => {
      const keys = keysWith({ pause: 1000, maxAge: 3000 });
      const token = signedBy(old, { kid: 'old' });
      await verdict(keys, token);
      milliseconds += 2999;
      await verdict(keys, token);
      expect(fetched).to.equal(1);
      milliseconds += 1;
      await Promise.all([verdict(keys, token), verdict(keys, token)]);
      expect(fetched).to.equal(2);
    });
  });

  it('returns the fingerprints of the known keys', async () => {
    serves(jwk(old, { kid: 'old' }), { kty: 'oct', k: 'AQ', kid: 'secret' }, jwk(fresh, { kid: 'fresh' }));
    const keys = keysWith();
    expect(keys.fingerprints()).to.deep.equal([]);
    await verdict(keys, signedBy(old, { kid: 'old' }));
    const names = keys.fingerprints();
    expect(names).to.have.length(2);
    for (const name of names) expect(name).to.match(/^[0-9a-f]{8}$/);
  });
});
