import { TokenRejected, type TokenVerifier } from '#application/ports/tokens/token-verifier';
import { unwrap } from './pasted-token.ts';
import { type Check, failure, ok, type Reason, skipped, warning } from '../report.ts';
import { guessedCause, isCutOff, isSignedWith, type KnownSecrets } from './signature.ts';
import { contentsOf, described, moment, span, type TokenContents } from './token-contents.ts';

export type TokenCheckSettings = {
  readonly algorithm: string;
  readonly userIdClaim: string;
  readonly maxLifetimeSeconds: number;
  /** undefined when the settings are not valid. */
  readonly verifier: TokenVerifier | undefined;
  /** undefined with public keys, or when JWT_SECRET is not set. */
  readonly knownSecrets: KnownSecrets | undefined;
};

const IDS = ['token.form', 'token.contents', 'token.accepted', 'token.lifetime', 'token.refresh'];
/** Seconds for which nobody can take a token back, and that an app need not notice: simplejwt's own default is 300. */
const SHORT = 3600;

/** Why not, as the service says it, in other words; and what to do. */
const REFUSALS: Readonly<Record<string, readonly [says: string, fix: string]>> = {
  token_expired: ['it has expired', 'Log in again. An app calls POST /api/auth/refresh/ once, on this code alone.'],
  token_not_yet_valid: [
    'it is from the future',
    'Compare the clocks (give --url and --django-url), and run NTP on both machines.',
  ],
  token_wrong_type: [
    'it is another kind of token, and not an access token',
    'Send "access" of the login answer. "refresh" is for Django alone.',
  ],
};

export async function tokenChecks(
  pasted: string | undefined,
  settings: TokenCheckSettings,
  now: Date,
): Promise<{ readonly checks: Check[]; readonly token: string | undefined }> {
  if (pasted === undefined)
    return { checks: IDS.map((id) => skipped(id, 'give --token - and paste one')), token: undefined };
  const { token, remarks } = unwrap(pasted);
  const contents = contentsOf(token);
  if (!contents) {
    const form = { ...failure('token.form', ...misshapen(token)), ...(remarks.length > 0 && { reasons: remarks }) };
    return { checks: [form, ...IDS.slice(1).map((id) => skipped(id, 'this is no token'))], token: undefined };
  }
  const form =
    remarks.length === 0
      ? ok('token.form', 'three parts, of which the first two are JSON')
      : { ...warning('token.form', 'there is a token in what was given', 'Send the token alone.'), reasons: remarks };
  return {
    token,
    checks: [
      form,
      ok('token.contents', described(contents, settings.userIdClaim, now)),
      await acceptance(token, contents, settings, now),
      lifetime(contents, settings),
      refresh(contents),
    ],
  };
}

function misshapen(token: string): [says: string, fix: string] {
  const parts = token.split('.').length;
  if (token === '') return ['nothing was given', 'Paste the value of "access" of the login answer.'];
  if (/(\.\.\.|…)$/.test(token)) return ['it is cut off: it ends in "…"', 'Copy the whole of it.'];
  if (/^(null|undefined|\[object Object\])$/.test(token))
    return [`it is the word ${token}`, 'The app has no token, or sends an object: look at what it has stored.'];
  if (parts === 5) return ['it is encrypted (JWE), which simplejwt never does', 'Give a token of the login answer.'];
  if (parts < 3) return [`it has ${parts} of 3 parts: it is cut off, or no JWT`, 'Copy the whole of it.'];
  if (parts > 3) return [`it has ${parts} parts and not 3`, 'Give one token alone.'];
  return ['its first two parts are not JSON objects in base64url', 'Copy it again, the beginning included.'];
}

async function acceptance(
  token: string,
  contents: TokenContents,
  settings: TokenCheckSettings,
  now: Date,
): Promise<Check> {
  const id = 'token.accepted';
  if (!settings.verifier) return skipped(id, 'the JWT_ settings are not valid, or not there');
  try {
    const { id: user, role } = await settings.verifier.verify(token);
    const old = settings.knownSecrets?.previous;
    const note = old !== undefined && isSignedWith(old, contents) ? ', signed with JWT_SECRET_PREVIOUS' : '';
    return ok(id, `accepted: user ${JSON.stringify(user)} with the role ${role}${note}`);
  } catch (error) {
    if (!(error instanceof TokenRejected)) return failure(id, 'it cannot be checked now', 'Look at the JWT_ settings.');
    const code: string = error.code;
    const [says, fix] = REFUSALS[code] ?? ['it is refused', 'See the cause below.'];
    const cause = causeOf(error, contents, settings, now);
    return { ...failure(id, `401 ${code}: ${says}`, fix), reasons: [cause] };
  }
}

/** Which check fails. */
function causeOf(
  { code, message }: TokenRejected,
  contents: TokenContents,
  settings: TokenCheckSettings,
  now: Date,
): Reason {
  const { exp, iat, nbf, token_type: type } = contents.claims;
  const reason = (says: string, fix: string): Reason => ({ code, says, fix });
  switch (code) {
    case 'token_expired':
      return reason(`exp was ${moment(exp, now)}`, 'If that is too early, compare the clocks.');
    case 'token_not_yet_valid':
      return reason(
        `iat is ${moment(iat, now)}, nbf ${moment(nbf, now)}`,
        'Run NTP; JWT_LEEWAY_SECONDS allows for seconds.',
      );
    case 'token_wrong_type':
      return reason(`token_type is ${JSON.stringify(type)}`, 'JWT_TOKEN_TYPES lists what is accepted.');
    default:
      return causeOfInvalid(message, contents, settings, now);
  }
}

/** @param message the verifier's, which names the check and reveals nothing */
function causeOfInvalid(message: string, contents: TokenContents, settings: TokenCheckSettings, now: Date): Reason {
  const { header, claims } = contents;
  const { algorithm, knownSecrets: keys, userIdClaim, maxLifetimeSeconds } = settings;
  if (header['alg'] !== algorithm)
    return {
      code: 'other_algorithm',
      says: `it is signed with another algorithm than ${algorithm}`,
      fix: "Set JWT_ALGORITHM to ALGORITHM of Django's SIMPLE_JWT.",
    };
  const isGenuine = keys && isSignedWith(keys.secret, contents);
  if (isCutOff(contents))
    return {
      code: 'signature_cut_off',
      says: 'its end is missing: the signature is too short',
      fix: 'Copy the whole of it; columns of databases and lines of logs cut tokens off.',
    };
  if (keys && isGenuine === false)
    return (
      guessedCause(contents, keys) ?? {
        code: 'signed_with_another_secret',
        says: 'the signature does not fit the secret of this service: Django has another, or the token was changed or cut off',
        fix: 'Compare the secrets: give --django-env, or run the command of secret.same.',
      }
    );
  const missing = ['token_type', 'exp', 'jti', userIdClaim].filter((name) => claims[name] === undefined);
  if (missing.length > 0)
    return {
      code: 'claim_missing',
      says: `it lacks ${missing.join(', ')}, which every token of simplejwt has`,
      fix: 'Let simplejwt make the tokens (RefreshToken.for_user), and set JWT_USER_ID_CLAIM to its USER_ID_CLAIM.',
    };
  const left = typeof claims['exp'] === 'number' ? claims['exp'] - now.getTime() / 1000 : 0;
  if (left > maxLifetimeSeconds)
    return {
      code: 'lives_too_long',
      says: `it is good for ${span(left)} more, and JWT_MAX_LIFETIME_SECONDS allows ${span(maxLifetimeSeconds)}`,
      fix: 'Shorten ACCESS_TOKEN_LIFETIME in Django; or raise the limit, if that is what you want.',
    };
  return {
    code: isGenuine ? 'claim_refused' : 'signature_or_claim',
    says: isGenuine ? `the signature is right, but: ${message}` : message,
    fix: "Compare the contents above and the JWT_ settings with Django's SIMPLE_JWT.",
  };
}

function lifetime({ claims }: TokenContents, { maxLifetimeSeconds }: TokenCheckSettings): Check {
  const id = 'token.lifetime';
  const { exp, iat } = claims;
  if (typeof exp !== 'number' || typeof iat !== 'number') return skipped(id, 'the token lacks exp or iat');
  const seconds = exp - iat;
  const says = `it lives ${span(seconds)} (exp - iat)`;
  const fix =
    'Set ACCESS_TOKEN_LIFETIME in Django to 5 to 15 minutes, and let the app refresh. (simplejwt before 5.5.1 copies iat when it refreshes: give a token of a fresh login.)';
  if (seconds <= SHORT) return ok(id, says);
  return seconds <= maxLifetimeSeconds
    ? warning(id, `${says}; for so long nobody can log out, lose a role or be deactivated`, fix)
    : warning(id, `${says}, longer than JWT_MAX_LIFETIME_SECONDS: it is refused until little enough is left`, fix);
}

/** Whether the app refreshes is in the app. */
function refresh({ claims: { exp, iat } }: TokenContents): Check {
  const lives = typeof exp === 'number' && typeof iat === 'number' ? `each ${span(exp - iat)}` : 'when it expires';
  return skipped(
    'token.refresh',
    `it is in the app, which has to refresh ${lives}: on 401 token_expired alone, once, and one at a time`,
  );
}
