import { constants, createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { KeySettings, TokenAlgorithm } from '#infrastructure/security/token-verifier-settings';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import {
  base64url,
  CLAIMS,
  HEADER,
  keySignedToken,
  signature,
  signedToken,
} from '../../support/tokens/signed-token.ts';
import { refusalOf } from '../../support/tokens/token-refusal.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

const SECRET = 'a-secret-that-has-bytes-enough-for-each-of-the-hashes-0123456789';

type Signer = { key: KeyObject; hash: string | undefined; options: object; publicKey: string };

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signer = (
  pair: { publicKey: KeyObject; privateKey: KeyObject },
  hash?: string,
  options: object = {},
): Signer => ({
  key: pair.privateKey,
  publicKey: pem(pair.publicKey),
  hash,
  options,
});
const onCurve = (namedCurve: string, hash: string) =>
  signer(generateKeyPairSync('ec', { namedCurve }), hash, { dsaEncoding: 'ieee-p1363' });
const pss = (hash: string) =>
  signer(rsa, hash, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });

const SIGNERS: Partial<Record<TokenAlgorithm, Signer>> = {
  RS256: signer(rsa, 'sha256'),
  RS384: signer(rsa, 'sha384'),
  RS512: signer(rsa, 'sha512'),
  PS256: pss('sha256'),
  PS384: pss('sha384'),
  PS512: pss('sha512'),
  ES256: onCurve('prime256v1', 'sha256'),
  ES384: onCurve('secp384r1', 'sha384'),
  ES512: onCurve('secp521r1', 'sha512'),
  EdDSA: signer(generateKeyPairSync('ed25519')),
};
const SHARED = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const;

const verifierWith = (algorithm: TokenAlgorithm, keys: KeySettings) =>
  new SimpleJwtTokenVerifier(tokenSettings({ algorithm, keys }), new FixedClock(SOME_DAY));
const secrets = (secret: string, previousSecret?: string): KeySettings => ({ secret, previousSecret });

/** A token for each algorithm, with the keys that verify it. */
const EACH = {
  ...Object.fromEntries(
    Object.entries(SHARED).map(([alg, hash]) => [
      alg,
      { token: signedToken(CLAIMS, { ...HEADER, alg }, { secret: SECRET, hash }), keys: secrets(SECRET) },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(SIGNERS).map(([alg, { key, hash, options, publicKey }]) => [
      alg,
      { token: keySignedToken(CLAIMS, { ...HEADER, alg }, hash, key, options), keys: { publicKey } },
    ]),
  ),
} as Record<TokenAlgorithm, { token: string; keys: KeySettings }>;

describe('the keys that tokens are verified with', () => {
  for (const [algorithm, { token, keys }] of Object.entries(EACH) as [TokenAlgorithm, (typeof EACH)['HS256']][])
    describe(algorithm, () => {
      const verifier = verifierWith(algorithm, keys);

      it('is accepted where the settings name it', async () => {
        expect((await verifier.verify(token)).actor.id).to.equal('42');
      });

      it('is refused with another payload, another header or an altered signature', async () => {
        const [header = '', payload = '', signed = ''] = token.split('.');
        const altered = (signed.startsWith('A') ? 'B' : 'A') + signed.slice(1);
        for (const refused of [
          `${header}.${base64url({ ...CLAIMS, user_id: '1' })}.${signed}`,
          `${base64url({ alg: algorithm })}.${payload}.${signed}`,
          `${header}.${payload}.${altered}`,
          `${header}.${payload}.${signed.slice(0, -4)}`,
          `${header}.${payload}.${'A'.repeat(signed.length)}`,
          `${header}.${payload}.`,
        ])
          expect(await refusalOf(verifier, refused)).to.equal('token_invalid');
      });

      it('is the only accepted algorithm there', async () => {
        for (const [other, { token: genuine }] of Object.entries(EACH))
          if (other !== algorithm) expect(await refusalOf(verifier, genuine), other).to.equal('token_invalid');
      });
    });

  it('may be Ed448 keys for EdDSA, which refuse a signature of the wrong length', async () => {
    const pair = generateKeyPairSync('ed448');
    const verifier = verifierWith('EdDSA', { publicKey: pem(pair.publicKey) });
    const token = keySignedToken(CLAIMS, { ...HEADER, alg: 'EdDSA' }, undefined, pair.privateKey);
    expect((await verifier.verify(token)).actor.id).to.equal('42');
    expect(await refusalOf(verifier, EACH.EdDSA.token)).to.equal('token_invalid');
  });

  it('never use a public key as a secret', async () => {
    const { publicKey } = SIGNERS.RS256!;
    for (const secret of [publicKey, publicKey.trim(), publicKey.replaceAll('\n', '')]) {
      const forged = signedToken(CLAIMS, HEADER, { secret });
      expect(await refusalOf(verifierWith('RS256', { publicKey }), forged)).to.equal('token_invalid');
      const renamed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(CLAIMS)}`;
      expect(
        await refusalOf(verifierWith('RS256', { publicKey }), `${renamed}.${signature(renamed, secret)}`),
      ).to.equal('token_invalid');
    }
  });

  it('are never taken from the token', async () => {
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const certificate = pem(own.publicKey).split('\n').slice(1, -2).join('');
    for (const header of [
      { jwk: own.publicKey.export({ format: 'jwk' }) },
      { jku: 'http://127.0.0.1:9/jwks.json', kid: 'own' },
      { x5u: 'http://127.0.0.1:9/', x5c: [certificate] },
      { kid: pem(own.publicKey) },
      { kid: '../../../../dev/null' },
      { kid: '' },
    ]) {
      const forged = keySignedToken(CLAIMS, { ...HEADER, alg: 'RS256', ...header }, 'sha256', own.privateKey);
      expect(await refusalOf(verifierWith('RS256', EACH.RS256.keys), forged)).to.equal('token_invalid');
    }
  });

  describe('a new secret', () => {
    const current = 'the-secret-of-today-0123456789-abcdefghij';
    const previous = 'the-secret-of-yesterday-0123456789-abcde';
    const signedBy = (secret: string, claims: object = CLAIMS) => signedToken(claims, HEADER, { secret });

    it('is accepted besides the previous one, and no other secret is', async () => {
      const verifier = verifierWith('HS256', secrets(current, previous));
      for (const secret of [current, previous])
        expect((await verifier.verify(signedBy(secret))).actor.id).to.equal('42');
      expect(await refusalOf(verifier, signedBy('one-from-long-ago-0123456789-abcdefghijkl'))).to.equal(
        'token_invalid',
      );
    });

    it('is the only accepted secret when the previous one is unset', async () => {
      expect(await refusalOf(verifierWith('HS256', secrets(current)), signedBy(previous))).to.equal('token_invalid');
    });

    it('does not change how tokens of the previous secret are judged', async () => {
      const verifier = verifierWith('HS256', secrets(current, previous));
      const expired = signedBy(previous, { ...CLAIMS, exp: CLAIMS.iat });
      expect(await refusalOf(verifier, expired)).to.equal('token_expired');
      expect(await refusalOf(verifier, signedBy(previous, { ...CLAIMS, token_type: 'refresh' }))).to.equal(
        'token_wrong_type',
      );
    });

    it('has a fingerprint, like the previous one', () => {
      const names = verifierWith('HS256', secrets('geheimnis-ß', 'geheimnis-ß')).keyFingerprints();
      expect(names).to.deep.equal(['229d082a', '229d082a']);
      expect(verifierWith('HS256', secrets(current, previous)).keyFingerprints()[0]).to.equal(
        verifierWith('HS256', secrets(current)).keyFingerprints()[0],
      );
    });
  });

  it('have the fingerprint that openssl and sha256sum give for a public key', () => {
    const { publicKey } = SIGNERS.ES256!;
    const der = Buffer.from(publicKey.split('\n').slice(1, -2).join(''), 'base64');
    const name = createHash('sha256').update(der).digest('hex').slice(0, 8);
    expect(verifierWith('ES256', { publicKey }).keyFingerprints()).to.deep.equal([name]);
  });

  it('may be at an address, which is not requested before the first token', () => {
    expect(verifierWith('RS256', { jwksUrl: 'http://127.0.0.1:9/jwks.json' }).keyFingerprints()).to.deep.equal([]);
  });
});
