import { TokenRejected } from '#application/ports/tokens/token-verifier';
import type { Authenticate } from '#application/tokens/authenticate';
import { findToken } from './pasted-token.ts';
import { type Check, failure, ok, type Reason, skipped, warning } from '../report.ts';
import { guessedCause, isCutOff, isSignedWith, type KnownSecrets } from './signature.ts';
import { contentsOf, describeToken, durationText, timeText, type TokenContents } from './token-contents.ts';

export type TokenCheckSettings = {
  readonly algorithm: string;
  readonly userIdClaim: string;
  readonly maxLifetimeSeconds: number;
  /** The use case of the service, which knows no revocation here; undefined when the JWT_ settings are not valid. */
  readonly authenticate: Pick<Authenticate, 'execute'> | undefined;
  /** undefined when public keys are used, or JWT_SECRET is not set. */
  readonly knownSecrets: KnownSecrets | undefined;
};

const IDS = ['token.form', 'token.contents', 'token.accepted', 'token.lifetime', 'token.refresh'];
/** A stolen token stays valid for its lifetime, so the doctor warns above one hour. simplejwt's default is 300 seconds. */
const SHORT_LIFETIME_SECONDS = 3600;

/** Explanations of the service's error codes. */
const REFUSALS: Readonly<Record<string, readonly [says: string, fix: string]>> = {
  token_expired: [
    'The token has expired.',
    'Log in again. An app calls POST /api/auth/refresh/ once, and only on this code.',
  ],
  token_not_yet_valid: [
    'The token is not valid yet.',
    'Compare the clocks (give --url and --django-url), and run NTP on both machines.',
  ],
  token_wrong_type: [
    'The token is not an access token.',
    'Send "access" of the login response. "refresh" is only for Django.',
  ],
};

export async function tokenChecks(
  pasted: string | undefined,
  settings: TokenCheckSettings,
  now: Date,
): Promise<{ readonly checks: Check[]; readonly token: string | undefined }> {
  if (pasted === undefined)
    return { checks: IDS.map((id) => skipped(id, 'give --token - and paste a token')), token: undefined };
  const { token, remarks } = findToken(pasted);
  const contents = contentsOf(token);
  if (!contents) {
    const form = { ...failure('token.form', ...formProblem(token)), ...(remarks.length > 0 && { reasons: remarks }) };
    return { checks: [form, ...IDS.slice(1).map((id) => skipped(id, 'the text contains no token'))], token: undefined };
  }
  const form =
    remarks.length === 0
      ? ok('token.form', 'The token has three parts, and the first two are JSON.')
      : { ...warning('token.form', 'The text contains a token and more.', 'Send only the token.'), reasons: remarks };
  return {
    token,
    checks: [
      form,
      ok('token.contents', describeToken(contents, settings.userIdClaim, now)),
      await acceptance(token, contents, settings, now),
      lifetime(contents, settings),
      refresh(contents),
    ],
  };
}

function formProblem(token: string): [says: string, fix: string] {
  const parts = token.split('.').length;
  if (token === '') return ['The text is empty.', 'Paste the value of "access" of the login response.'];
  if (/(\.\.\.|…)$/.test(token)) return ['The token is cut off: it ends in "…".', 'Copy the whole token.'];
  if (/^(null|undefined|\[object Object\])$/.test(token))
    return [
      `The text is the word ${token}.`,
      'The app has no token, or sends an object: check the value that it has stored.',
    ];
  if (parts === 5)
    return ['The token is encrypted (JWE), which simplejwt never does.', 'Give a token of the login response.'];
  if (parts < 3)
    return [`The text has ${parts} of 3 parts: the token is cut off, or it is not a JWT.`, 'Copy the whole token.'];
  if (parts > 3) return [`The text has ${parts} parts and not 3.`, 'Give one token and nothing else.'];
  return ['The first two parts are not JSON objects in base64url.', 'Copy the token again, including its beginning.'];
}

async function acceptance(
  token: string,
  contents: TokenContents,
  settings: TokenCheckSettings,
  now: Date,
): Promise<Check> {
  const id = 'token.accepted';
  if (!settings.authenticate) return skipped(id, 'the JWT_ settings are not valid, or not set');
  try {
    const { id: user, role } = await settings.authenticate.execute(token);
    const old = settings.knownSecrets?.previous;
    const note = old !== undefined && isSignedWith(old, contents) ? ', signed with JWT_SECRET_PREVIOUS' : '';
    return ok(id, `The token is accepted: user ${JSON.stringify(user)} with the role ${role}${note}.`);
  } catch (error) {
    if (!(error instanceof TokenRejected))
      return failure(id, 'The token cannot be checked now.', 'Check the JWT_ settings.');
    const code: string = error.code;
    const [says, fix] = REFUSALS[code] ?? ['The token is refused.', 'Remove the cause.'];
    const cause = causeOf(error, contents, settings, now);
    return { ...failure(id, `401 ${code}: ${says}`, fix), reasons: [cause] };
  }
}

/** Finds the check that the token fails. */
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
      return reason(`The token expired (exp) ${timeText(exp, now)}.`, 'If that is too early, compare the clocks.');
    case 'token_not_yet_valid':
      return reason(
        `The token is valid from iat ${timeText(iat, now)} and nbf ${timeText(nbf, now)}.`,
        'Run NTP. JWT_LEEWAY_SECONDS allows clocks to differ by some seconds.',
      );
    case 'token_wrong_type':
      return reason(`The token_type is ${JSON.stringify(type)}.`, 'JWT_TOKEN_TYPES lists the accepted types.');
    default:
      return causeOfInvalid(message, contents, settings, now);
  }
}

/** @param message the verifier's message, which names the failed check and contains nothing of the token. */
function causeOfInvalid(message: string, contents: TokenContents, settings: TokenCheckSettings, now: Date): Reason {
  const { header, claims } = contents;
  const { algorithm, knownSecrets: keys, userIdClaim, maxLifetimeSeconds } = settings;
  if (header['alg'] !== algorithm)
    return {
      code: 'other_algorithm',
      says: `The token is signed with an algorithm other than ${algorithm}.`,
      fix: "Set JWT_ALGORITHM to ALGORITHM of Django's SIMPLE_JWT.",
    };
  const isGenuine = keys && isSignedWith(keys.secret, contents);
  if (isCutOff(contents))
    return {
      code: 'signature_cut_off',
      says: 'The end of the token is missing: the signature is too short.',
      fix: 'Copy the whole token. Database columns and log lines often cut tokens off.',
    };
  if (keys && isGenuine === false)
    return (
      guessedCause(contents, keys) ?? {
        code: 'signed_with_another_secret',
        says: 'The signature does not match the secret of this service: Django has another secret, or the token was altered.',
        fix: 'Compare the secrets: give --django-env, or run the command that secret.same prints.',
      }
    );
  const missing = ['token_type', 'exp', 'jti', userIdClaim].filter((name) => claims[name] === undefined);
  if (missing.length > 0)
    return {
      code: 'claim_missing',
      says: `The token lacks ${missing.join(', ')}, which every token of simplejwt has.`,
      fix: 'Create tokens with simplejwt (RefreshToken.for_user), and set JWT_USER_ID_CLAIM to its USER_ID_CLAIM.',
    };
  const left = typeof claims['exp'] === 'number' ? claims['exp'] - now.getTime() / 1000 : 0;
  if (left > maxLifetimeSeconds)
    return {
      code: 'lives_too_long',
      says: `The token is valid for another ${durationText(left)}, and JWT_MAX_LIFETIME_SECONDS allows ${durationText(maxLifetimeSeconds)}.`,
      fix: 'Shorten ACCESS_TOKEN_LIFETIME in Django, or raise the limit.',
    };
  return {
    code: isGenuine ? 'claim_refused' : 'signature_or_claim',
    says: isGenuine ? `The signature is valid, but the token is refused: ${message}` : message,
    fix: "Compare token.contents and the JWT_ settings with Django's SIMPLE_JWT.",
  };
}

function lifetime({ claims }: TokenContents, { maxLifetimeSeconds }: TokenCheckSettings): Check {
  const id = 'token.lifetime';
  const { exp, iat } = claims;
  if (typeof exp !== 'number' || typeof iat !== 'number') return skipped(id, 'the token lacks exp or iat');
  const seconds = exp - iat;
  const says = `The lifetime of the token is ${durationText(seconds)} (exp - iat)`;
  const fix =
    'Set ACCESS_TOKEN_LIFETIME in Django to 5 to 15 minutes, and let the app refresh. simplejwt before 5.5.1 copies iat when it refreshes, so give a token of a fresh login.';
  if (seconds <= SHORT_LIFETIME_SECONDS) return ok(id, `${says}.`);
  return seconds <= maxLifetimeSeconds
    ? warning(id, `${says}. For that long, a logout, a lost role or a deactivated account may have no effect.`, fix)
    : warning(
        id,
        `${says}, longer than JWT_MAX_LIFETIME_SECONDS: the token is refused until less than that is left.`,
        fix,
      );
}

/** Only the app's own code can show whether the app refreshes its token. */
function refresh({ claims: { exp, iat } }: TokenContents): Check {
  const when =
    typeof exp === 'number' && typeof iat === 'number' ? `every ${durationText(exp - iat)}` : 'when the token expires';
  return skipped(
    'token.refresh',
    `only the app shows it. The app has to refresh ${when}: only on 401 token_expired, once, and with one request at a time`,
  );
}
