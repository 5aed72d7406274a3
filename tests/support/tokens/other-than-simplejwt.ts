import type { TokenRejection } from '#application/ports/tokens/token-verifier';
import type { ClaimSettings } from '#infrastructure/security/token-verifier-settings';
import type { SimpleJwtVersion } from '../../differential/simplejwt-oracle.ts';
import { colons, depth, hasInfinite, type LooseToken, members } from './loose-token.ts';
import { CLAIMS, NOW, base64url, signature, signedToken, withClaims, withText } from './signed-token.ts';

/**
 * Where the service and simplejwt differ about a token, and why: the tables of docs/decisions/0020-a-token-has-one-meaning.md. A
 * test that holds both against each other excuses a difference that one of these explains, and no other.
 */
export type Difference = {
  /** The first column of the table. */
  readonly what: string;
  /** The second column of the table. */
  readonly why: string;
  /** Whether this difference explains the judgement of a token. It ignores the signature, and uses none of the service's code. */
  readonly explains: (token: LooseToken, circumstances: Circumstances) => boolean;
};

export type Strictness = Difference & {
  /** The code of the refusal: token_invalid unless it is given. */
  readonly code?: TokenRejection;
  /** Tokens that are signed with the secret of the tests, and are valid except for this difference. */
  readonly examples: readonly string[];
};

/** The circumstances under which a token was judged. */
export type Circumstances = {
  readonly simplejwt: SimpleJwtVersion;
  /** Whole seconds since 1970. */
  readonly now: number;
  readonly settings: ClaimSettings;
  /** The schemes that both sides know. The scheme below stood before the token. */
  readonly schemes: readonly string[];
  readonly scheme: string;
};

const isText = (value: unknown): value is string => typeof value === 'string';
const [GOOD_HEADER = '', GOOD_PAYLOAD = ''] = signedToken().split('.');
const asWritten = (header: string, payload: string) => `${header}.${payload}.${signature(`${header}.${payload}`)}`;

/** Returns a text that a decoder reads as the same bytes if it ignores surplus bits. */
function withSpareBit(text: string): string {
  const whole = base64url(text.padEnd(text.length + 3 - ((text.length + 2) % 3)));
  return whole.slice(0, -1) + String.fromCharCode(whole.charCodeAt(whole.length - 1) + 1);
}

/** Tokens that simplejwt accepts with some PyJWT from 2.0 on, and that the service refuses. */
export const STRICTER: readonly Strictness[] = [
  {
    what: 'longer than 8192 characters',
    why: 'Nothing that simplejwt issues comes near it, and what is read before the signature is checked should be little.',
    explains: ({ text }) => text.length > 8192,
    examples: [withClaims({ more: 'x'.repeat(7000) })],
  },
  {
    what: 'another spelling of base64url: padding, blanks, spare bits, other characters, more dots',
    why: 'RFC 7515 §2 and RFC 4648 §3.5: one token has one spelling, or a list of revoked ones could be passed by.',
    explains: ({ text }) =>
      text.split('.').length !== 3 ||
      text.split('.').some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part),
    examples: [
      `${signedToken()}=`,
      asWritten(`${GOOD_HEADER}=`, GOOD_PAYLOAD),
      asWritten(GOOD_HEADER, `${GOOD_PAYLOAD} `),
      asWritten(GOOD_HEADER, `${GOOD_PAYLOAD}.`),
      asWritten(GOOD_HEADER, withSpareBit(JSON.stringify(CLAIMS))),
    ],
  },
  {
    what: 'a header whose typ is not JWT in any case',
    why: 'RFC 8725 §3.11: a token that was made for another purpose says so there, whoever has signed it.',
    explains: ({ header }) =>
      header !== undefined && 'typ' in header && !(isText(header['typ']) && header['typ'].toUpperCase() === 'JWT'),
    examples: ['at+jwt', 'JOSE', '', null].map((typ) => signedToken(CLAIMS, { alg: 'HS256', typ })),
  },
  {
    what: 'a kid that is not text',
    why: 'RFC 7515 §4.1.4; PyJWT before 2.12 does not look at it where the key is a setting.',
    explains: ({ header }, { simplejwt }) =>
      simplejwt !== '5.5.1' && header !== undefined && 'kid' in header && !isText(header['kid']),
    examples: [1, null, ['1'], {}].map((kid) => signedToken(CLAIMS, { alg: 'HS256', typ: 'JWT', kid })),
  },
  {
    what: 'a header with crit or b64',
    why: 'RFC 7515 §4.1.11: an extension that is not understood is refused; PyJWT before 2.12 does not look. RFC 7797 §7: b64 is not for JWT.',
    explains: ({ header }) => header !== undefined && ('crit' in header || 'b64' in header),
    examples: [{ crit: ['exp'], exp: 1 }, { crit: [] }, { b64: true }, { crit: ['b64'], b64: true }].map((more) =>
      signedToken(CLAIMS, { alg: 'HS256', typ: 'JWT', ...more }),
    ),
  },
  {
    what: 'the same name twice in an object of the header or the payload',
    why: 'RFC 7519 §4 lets readers choose, and whoever reads it in another way sees another user.',
    explains: ({ header, claims, headerText, payloadText }) =>
      (header !== undefined && members(header) !== colons(headerText)) ||
      (claims !== undefined && members(claims) !== colons(payloadText)),
    examples: [
      signedToken(`{"user_id":"1",${JSON.stringify(CLAIMS).slice(1)}`),
      signedToken(`{"user\\u005fid":"1",${JSON.stringify(CLAIMS).slice(1)}`),
      signedToken(CLAIMS, '{"alg":"none","alg":"HS256"}'),
      withText('more', '{"a":{"b":1,"b":1}}'),
    ],
  },
  {
    what: 'JSON that only Python reads: NaN, Infinity, UTF-16, UTF-32, a byte order mark, surrogates as bytes',
    why: 'RFC 8259 §6 and §8.1, RFC 8725 §3.7.',
    explains: ({ header, claims, headerText, payloadText }) =>
      header === undefined ||
      claims === undefined ||
      [headerText, payloadText].some(
        (text) => !Buffer.from(text, 'latin1').equals(Buffer.from(Buffer.from(text, 'latin1').toString('utf8'))),
      ),
    examples: [
      withText('more', 'NaN'),
      withText('more', '-Infinity'),
      signedToken(Buffer.from(JSON.stringify(CLAIMS), 'utf16le')),
      signedToken(`\ufeff${JSON.stringify(CLAIMS)}`),
      signedToken(Buffer.from(JSON.stringify({ ...CLAIMS, more: '@' }).replace('@', '\xed\xa0\x80'), 'latin1')),
    ],
  },
  {
    what: 'a number that is too large for a double',
    why: 'It becomes infinite here, and an integer of any size in Python.',
    explains: ({ header, claims }) => hasInfinite(header) || hasInfinite(claims),
    examples: [withText('more', '1e400'), withText('more', `1${'0'.repeat(400)}`)],
  },
  {
    what: 'more than 32 levels of objects and arrays',
    why: 'Django’s tokens have one; RFC 8259 §9 allows a limit.',
    explains: ({ headerText, payloadText }) => depth(headerText) > 32 || depth(payloadText) > 32,
    examples: [withText('more', `${'['.repeat(32)}${']'.repeat(32)}`)],
  },
  {
    what: 'exp, nbf or iat that is not a number',
    why: 'RFC 7519 §2, NumericDate. PyJWT also takes text and true.',
    explains: ({ claims }) =>
      claims !== undefined && ['exp', 'nbf', 'iat'].some((name) => name in claims && typeof claims[name] !== 'number'),
    examples: [withClaims({ iat: String(NOW) }), withClaims({ iat: true }), withClaims({ nbf: String(NOW) })],
  },
  {
    what: 'an iat in the future',
    why: 'It was made by a clock that is ahead, or made up. PyJWT refuses it from 2.6 on.',
    code: 'token_not_yet_valid',
    explains: ({ claims }, { simplejwt, now, settings }) =>
      simplejwt === '4.8.0' && Math.trunc(Number(claims?.['iat'])) > now + settings.leewaySeconds,
    examples: [withClaims({ iat: NOW + 1 }), withClaims({ iat: NOW + 86_400 })],
  },
  {
    what: 'an exp later in the second that has begun',
    why: 'Its fraction is cut off. PyJWT does so, too, but before 2.6 the very second of exp is not too late for it.',
    code: 'token_expired',
    explains: ({ claims }, { simplejwt, now, settings }) =>
      simplejwt === '4.8.0' && Math.trunc(Number(claims?.['exp'])) === now - settings.leewaySeconds,
    examples: [withClaims({ exp: NOW + 0.5 }), withClaims({ exp: NOW + 0.999 })],
  },
  {
    what: 'a jti that is empty or not text',
    why: 'RFC 7519 §4.1.7; simplejwt asks only that there is one, PyJWT before 2.10 not even for text.',
    explains: ({ claims }) =>
      claims !== undefined && 'jti' in claims && !(isText(claims['jti']) && claims['jti'] !== ''),
    examples: ['', null, 1, ['x']].map((jti) => withClaims({ jti })),
  },
  {
    what: 'a sub that is not text, unless JWT_USER_ID_CLAIM is sub',
    why: 'RFC 7519 §4.1.2; PyJWT before 2.10 does not look.',
    explains: ({ claims }, { settings }) =>
      settings.userIdClaim !== 'sub' && claims !== undefined && 'sub' in claims && !isText(claims['sub']),
    examples: [withClaims({ sub: 42 }), withClaims({ sub: null })],
  },
  {
    what: 'valid for longer than JWT_MAX_LIFETIME_SECONDS from now on',
    why: 'Django issues none: it was signed by somebody else who has the secret, or for another purpose.',
    explains: ({ claims }, { now, settings }) =>
      Math.trunc(Number(claims?.['exp'])) - now > settings.maxLifetimeSeconds + settings.leewaySeconds,
    examples: [withClaims({ exp: NOW + 86_401 }), withClaims({ exp: 253_402_300_799 })],
  },
  {
    what: 'a user id that is neither an exact integer nor text of 1 to 128 visible characters',
    why: 'It is the key of rows, and one id must not stand for two users: beyond 2^53 JavaScript rounds.',
    explains: ({ claims, payloadText }, { settings: { userIdClaim } }) => {
      if (claims === undefined || !(userIdClaim in claims)) return false;
      const id = claims[userIdClaim];
      if (isText(id)) return !/^[^\p{C}]{1,128}$/u.test(id);
      const written = payloadText.split(`${JSON.stringify(userIdClaim)}:`).at(-1) ?? '';
      return !(Number.isSafeInteger(id) && /^\s*-?\d+(\.0+)?\s*[,}]/.test(written));
    },
    examples: [
      ...[null, '', true, ['42'], { id: 42 }, 42.5, 'a\u0000b', '\u200b', 'x'.repeat(129)].map((user_id) =>
        withClaims({ user_id }),
      ),
      ...['9007199254740993', '9007199254740991.4', '-9007199254740992', '4.2e1'].map((text) =>
        withText('user_id', text),
      ),
    ],
  },
];

/** Tokens that simplejwt refuses and the service accepts. */
export const LAXER: readonly Difference[] = [
  {
    what: 'the scheme in another case: bearer, BEARER',
    why: 'RFC 9110 §11.1; it says nothing of the token. simplejwt takes it for no credentials.',
    explains: (_, { schemes, scheme }) =>
      !schemes.includes(scheme) && schemes.some((known) => known.toLowerCase() === scheme.toLowerCase()),
  },
  {
    what: 'an exp that has passed by less than JWT_LEEWAY_SECONDS',
    why: 'simplejwt counts LEEWAY for exp from 5.1 on, and before that for nbf alone.',
    explains: ({ claims }, { simplejwt, now, settings }) => {
      const late = now - Math.trunc(Number(claims?.['exp']));
      return simplejwt === '4.8.0' && late >= 0 && late < settings.leewaySeconds;
    },
  },
  {
    what: 'an iat later in the second that has begun',
    why: 'Its fraction is cut off, as all but PyJWT 2.6 do; Django issues whole seconds.',
    explains: ({ claims }, { simplejwt, now, settings }) =>
      simplejwt === '5.2.2' && Math.trunc(Number(claims?.['iat'])) === now + settings.leewaySeconds,
  },
  {
    what: 'a sub that is an integer, where JWT_USER_ID_CLAIM is sub',
    why: 'simplejwt up to 5.5.0 issues it and accepts it; PyJWT from 2.10 on does not.',
    explains: ({ claims }, { simplejwt, settings }) =>
      simplejwt === '5.5.1' && settings.userIdClaim === 'sub' && Number.isInteger(claims?.['sub']),
  },
];
