import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { TokenRejected } from '#application/ports/tokens/token-verifier';
import { signedPayload } from '#infrastructure/security/simple-jwt-token-verifier';
import type { TokenAlgorithm } from '#infrastructure/security/token-verifier-settings';

type Vector = { tcId: number; comment: string; jws: string; result: 'valid' | 'invalid' };
type Group = { comment: string; key: JsonWebKey & { alg?: TokenAlgorithm }; tests: Vector[] };

const groups = JSON.parse(readFileSync(new URL('vectors/wycheproof-jws.json', import.meta.url), 'utf8')) as Group[];

/** Vectors that the service judges differently from Wycheproof, by number. */
const DEVIATIONS: Record<number, { result: Vector['result']; why: string }> = {
  ...Object.fromEntries(
    [259, 264, 268, 272, 320, 325].map((tcId) => [
      tcId,
      { result: 'invalid', why: 'an empty payload can be signed but is not a token' },
    ]),
  ),
  ...Object.fromEntries(
    [353, 354, 355, 356].map((tcId) => [
      tcId,
      { result: 'valid', why: 'the use of a key is tested in jwks-keys.spec.ts' },
    ]),
  ),
  367: { result: 'valid', why: 'the vector has lost its padding and equals vector 357' },
  370: { result: 'valid', why: 'the vector has lost its padding and equals vector 357' },
  372: { result: 'invalid', why: 'RFC 7515 §2 allows no character outside the alphabet' },
  373: { result: 'invalid', why: 'RFC 7515 §2 allows no character outside the alphabet' },
};
/** Vectors whose key names another algorithm than the token. */
const MISNAMED = [346, 347, 350, 351];

describe('Wycheproof’s vectors for signatures', () => {
  const vectors = groups.flatMap(({ tests }) => tests);

  it('are complete', () => {
    expect(vectors.length).to.be.greaterThan(190);
    expect(vectors.map(({ tcId }) => tcId)).to.include.members([...MISNAMED, ...Object.keys(DEVIATIONS).map(Number)]);
    const [good, ...same] = [357, 367, 370].map((tcId) => vectors.find((vector) => vector.tcId === tcId)?.jws);
    expect(new Set(same)).to.deep.equal(new Set([good]));
  });

  for (const { comment: group, key, tests } of groups)
    for (const { tcId, comment, jws, result } of tests) {
      const { result: expected, why } = DEVIATIONS[tcId] ?? { result, why: undefined };
      it(`${tcId}, ${group}, ${comment}: ${expected}${why ? `, because ${why}` : ''}`, async () => {
        const algorithm = MISNAMED.includes(tcId) || key.alg === undefined ? algorithmIn(jws) : key.alg;
        expect(await verdict(jws, algorithm, keyObject(key))).to.equal(expected);
      });
    }
});

async function verdict(jws: string, algorithm: TokenAlgorithm, key: KeyObject): Promise<Vector['result']> {
  try {
    await signedPayload(jws, algorithm, { for: () => [key], fingerprints: () => [] });
    return 'valid';
  } catch (error) {
    expect(error).to.be.instanceOf(TokenRejected);
    return 'invalid';
  }
}

function keyObject(jwk: JsonWebKey): KeyObject {
  return jwk.kty === 'oct'
    ? createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'))
    : createPublicKey({ key: jwk, format: 'jwk' });
}

function algorithmIn(jws: string): TokenAlgorithm {
  const [header = ''] = jws.split('.');
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: TokenAlgorithm }).alg;
}
