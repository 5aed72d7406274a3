import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { TokenAlgorithm, TokenVerifierSettings } from '#infrastructure/security/token-verifier-settings';
import { signature } from '../support/tokens/signed-token.ts';
import type { SimpleJwtSettings, SimpleJwtVersion } from './simplejwt-oracle.ts';
import { TEST_SECRET } from '../support/http/start-app.ts';
import { tokenSettings } from '../support/tokens/token-settings.ts';

/** Matching settings of Django and of the service. */
export type Agreement = {
  readonly name: string;
  readonly django: SimpleJwtSettings;
  readonly ours: TokenVerifierSettings;
  /** The schemes in AUTH_HEADER_TYPES and JWT_HEADER_TYPES. */
  readonly schemes: readonly [string, ...string[]];
  /** The fields that USER_ID_FIELD may name. */
  readonly user: Readonly<Record<string, unknown>>;
  /** The user id that the service reads from a token. */
  readonly userId: string;
  /** Makes the issuer's signature, which is the last part of a token. */
  readonly signature: (signed: string) => string;
  /** With JWK_URL, another issuer than Django signs the tokens: it has these settings, and names the key in the header. */
  readonly otherIssuer?: { readonly settings: SimpleJwtSettings; readonly kid: string };
  /** Whether every alteration is tried under this agreement. Under the others, only some are. */
  readonly thorough: boolean;
  /** Versions of simplejwt that do not know the algorithm. */
  readonly unknownTo: readonly SimpleJwtVersion[];
};

const DAY = 86_400;
export const ISSUER = 'https://django.example.org';
export const AUDIENCE = 'opportunities';
export const LEEWAY = 30;
const USER = { id: 42, uuid: '7f1d3b5e-0c55-4b7e-9a31-6d0f1a2b3c4d', username: 'ada.lovelace', password: 'md5$x$y' };
/** Token lifetimes of the integration guide. */
const LIFETIMES = { ACCESS_TOKEN_LIFETIME: DAY, REFRESH_TOKEN_LIFETIME: 7 * DAY, SLIDING_TOKEN_LIFETIME: DAY };

const GUIDE: Agreement = {
  name: 'as in the guide',
  django: { ...LIFETIMES, SIGNING_KEY: TEST_SECRET, AUTH_HEADER_TYPES: ['Bearer'] },
  ours: tokenSettings(),
  schemes: ['Bearer'],
  user: USER,
  userId: String(USER.id),
  signature: (signed) => signature(Buffer.from(signed, 'latin1')),
  thorough: true,
  unknownTo: [],
};

/** @param django further settings of Django, besides the guide's. @param ours further settings of the service. */
function differing(name: string, django: SimpleJwtSettings, ours: Partial<TokenVerifierSettings> = {}): Agreement {
  return { ...GUIDE, name, django: { ...GUIDE.django, ...django }, ours: { ...GUIDE.ours, ...ours }, thorough: false };
}

function withSecret(algorithm: TokenAlgorithm): Agreement {
  const agreement = differing(algorithm, { ALGORITHM: algorithm }, { algorithm });
  return {
    ...agreement,
    signature: (signed) => signature(Buffer.from(signed, 'latin1'), TEST_SECRET, `sha${algorithm.slice(2)}`),
  };
}

function withKeyPair(
  algorithm: TokenAlgorithm,
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject },
  unknownTo: readonly SimpleJwtVersion[] = [],
): Agreement {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const signing = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const options = {
    key: privateKey,
    ...(algorithm.startsWith('ES') && { dsaEncoding: 'ieee-p1363' as const }),
    ...(algorithm.startsWith('PS') && {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  };
  const hash = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`;
  return {
    ...differing(
      algorithm,
      { ALGORITHM: algorithm, SIGNING_KEY: signing, VERIFYING_KEY: pem },
      { algorithm, keys: { publicKey: pem } },
    ),
    signature: (signed) => sign(hash, Buffer.from(signed, 'latin1'), options).toString('base64url'),
    unknownTo,
  };
}

function withAddress(agreement: Agreement, jwksUrl: string): Agreement {
  const django = { ...agreement.django, VERIFYING_KEY: null, JWK_URL: jwksUrl };
  return {
    ...agreement,
    name: 'JWK_URL',
    otherIssuer: { settings: agreement.django, kid: KID },
    django,
    ours: { ...agreement.ours, keys: { jwksUrl } },
  };
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KID = 'current';
/** The public key of the issuer, and another one that signs nothing. */
export const JWKS = {
  keys: [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: KID },
    {
      ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
      kid: 'next',
      use: 'sig',
    },
  ],
};
const BEFORE_5_5 = ['4.8.0', '5.2.2', '5.3.1'] as const;

/**
 * Agreements for each setting that changes what an issuer writes or what a verifier accepts.
 * @param jwksUrl an address that serves JWKS.
 */
export const agreements = (jwksUrl: string): readonly Agreement[] => [
  GUIDE,
  withSecret('HS384'),
  withSecret('HS512'),
  withKeyPair('RS256', rsa),
  withAddress(withKeyPair('RS256', rsa), jwksUrl),
  withKeyPair('ES256', generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), ['4.8.0']),
  withKeyPair('PS256', rsa, BEFORE_5_5),
  // The service checks EdDSA signatures with code of its own, so every alteration is tried.
  { ...withKeyPair('EdDSA', generateKeyPairSync('ed25519'), BEFORE_5_5), thorough: true },
  differing('ISSUER', { ISSUER }, { issuer: ISSUER }),
  differing('AUDIENCE', { AUDIENCE }, { audience: AUDIENCE }),
  differing('LEEWAY', { LEEWAY }, { leewaySeconds: LEEWAY }),
  {
    ...differing(
      'ISSUER, AUDIENCE and LEEWAY',
      { ISSUER, AUDIENCE, LEEWAY },
      { issuer: ISSUER, audience: AUDIENCE, leewaySeconds: LEEWAY },
    ),
    thorough: true,
  },
  { ...differing('USER_ID_CLAIM', { USER_ID_CLAIM: 'sub' }, { userIdClaim: 'sub' }), thorough: true },
  { ...differing('USER_ID_FIELD', { USER_ID_FIELD: 'uuid' }), userId: USER.uuid },
  {
    ...differing(
      'USER_ID_FIELD and USER_ID_CLAIM',
      { USER_ID_FIELD: 'username', USER_ID_CLAIM: 'https://example.org/uid' },
      { userIdClaim: 'https://example.org/uid' },
    ),
    userId: USER.username,
  },
  {
    ...differing('AUTH_HEADER_TYPES', { AUTH_HEADER_TYPES: ['JWT', 'Bearer'] }),
    schemes: ['JWT', 'Bearer'],
  },
  differing(
    'AUTH_TOKEN_CLASSES',
    { AUTH_TOKEN_CLASSES: ['AccessToken', 'SlidingToken'].map((name) => `rest_framework_simplejwt.tokens.${name}`) },
    { tokenTypes: ['access', 'sliding'] },
  ),
  differing('CHECK_REVOKE_TOKEN', { CHECK_REVOKE_TOKEN: true }),
];
