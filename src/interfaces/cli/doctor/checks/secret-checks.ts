import { type EnvFile, readAsDecouple, readAsNode } from '../../env-file.ts';
import { readerDifferences, portabilityProblems } from './env-line.ts';
import { type Check, failure, ok, type Reason, skipped, warning } from '../report.ts';
import { differenceBetween } from './secret-difference.ts';

export type SecretOrigin = {
  /** "env file" also stands for a secret that is not set anywhere. */
  readonly kind: 'environment' | 'env file' | 'secret file';
  /** The origin for people: "the environment", or the name of the file. */
  readonly name: string;
};

export type SecretSettings = {
  /** The secret that tokens are checked with; undefined when it is not set, or when a public key is used. */
  readonly secret: string | undefined;
  /** The previous secret. Tokens that it has signed are still accepted. */
  readonly previous: string | undefined;
  readonly hasPublicKey: boolean;
  readonly origin: SecretOrigin;
  /** Whether the environment has a JWT_SECRET that wins over the one in the file. */
  readonly isHidden: boolean;
  /** Reasons why production would refuse the secret. */
  readonly weaknesses: readonly string[];
  readonly production: boolean;
};

export type EnvFiles = {
  readonly ourFile: EnvFile | undefined;
  readonly djangoFile: EnvFile | undefined;
  /** Paths of the files that users outside their owner and group may read. */
  readonly readableByAll: readonly string[];
  /** Whether a settings.ini is beside Django's .env. python-decouple then reads settings.ini instead. */
  readonly hasSettingsIni: boolean;
};

/** Prints the fingerprint of the key that simplejwt really signs with, in the form of `secret.fingerprint`. */
export const DJANGO_COMMAND =
  'python manage.py shell -v 0 -c "import hmac; from rest_framework_simplejwt.settings import api_settings; ' +
  "key = api_settings.SIGNING_KEY.encode(); print(hmac.new(key, b'fingerprint', 'sha256').hexdigest()[:8], len(key))\"";

/** The command that makes a new secret. */
const NEW_SECRET = 'openssl rand -hex 32';

export function secretChecks(
  settings: SecretSettings,
  files: EnvFiles,
  fingerprint: (secret: string) => string,
): Check[] {
  const name = (secret: string) => `${fingerprint(secret)}, ${Buffer.byteLength(secret)} bytes`;
  const { secret, hasPublicKey, origin } = settings;
  if (hasPublicKey) return withoutSecret(files);
  return [
    strength(settings),
    place(settings, files),
    secret === undefined
      ? skipped('secret.fingerprint', 'JWT_SECRET is not set')
      : ok('secret.fingerprint', `JWT_SECRET from ${origin.name} has the fingerprint ${name(secret)}.`),
    sameness(settings, files, name),
    portability(files),
  ];
}

function withoutSecret(files: EnvFiles): Check[] {
  const why = 'tokens are checked with a public key, so this service has no secret';
  const says = 'Tokens are checked with a public key, so this service has no secret.';
  return [
    ok('secret.strong', says),
    ok('secret.place', says),
    skipped('secret.fingerprint', why),
    skipped('secret.same', why),
    portability(files),
  ];
}

function strength({ secret, weaknesses, production }: SecretSettings): Check {
  const id = 'secret.strong';
  if (secret === undefined) return failure(id, 'JWT_SECRET is not set.', `Make a secret: ${NEW_SECRET}`);
  if (weaknesses.length === 0)
    return ok(
      id,
      'The secret is long, has no visible pattern and is no known placeholder. The doctor cannot tell whether it is random.',
    );
  const says = `JWT_SECRET ${weaknesses.join('; it ')}.`;
  const fix = `Make a new secret for both services: ${NEW_SECRET}`;
  return production ? failure(id, says, fix) : warning(id, says, fix);
}

function place({ secret, origin }: SecretSettings, { readableByAll }: EnvFiles): Check {
  const id = 'secret.place';
  if (secret === undefined) return skipped(id, 'JWT_SECRET is not set');
  if (readableByAll.length > 0)
    return warning(
      id,
      `Every user of this machine may read ${readableByAll.join(' and ')}.`,
      `Run chmod 600 ${readableByAll.join(' ')}, and keep the file out of version control.`,
    );
  return ok(id, `JWT_SECRET comes from ${origin.name}. Use git grep to see that it is not in code as well.`);
}

function sameness(settings: SecretSettings, files: EnvFiles, name: (secret: string) => string): Check {
  const id = 'secret.same';
  const { secret: ourSecret, previous, origin, isHidden } = settings;
  const { ourFile, djangoFile, hasSettingsIni } = files;
  if (!djangoFile)
    return {
      ...skipped(id, "give Django's .env with --django-env, or compare secret.fingerprint with Django's"),
      fix: `This prints Django's fingerprint, where Django runs: ${DJANGO_COMMAND}`,
    };
  const djangoSecret = djangoFile.isUtf8 ? readAsDecouple(djangoFile.text)['JWT_SECRET'] : undefined;
  if (ourSecret !== undefined && ourSecret !== '' && ourSecret === djangoSecret) {
    if (!hasSettingsIni) return ok(id, 'Both services see the same secret.');
    return warning(
      id,
      `Both files have the same secret, but python-decouple reads the settings.ini beside ${djangoFile.path} instead.`,
      'Remove settings.ini, or put the secret into it.',
    );
  }
  if (djangoSecret !== undefined && djangoSecret === previous)
    return warning(
      id,
      'Django signs with the secret that is JWT_SECRET_PREVIOUS here. Its tokens are accepted as long as that variable is set.',
      'Give the new secret to Django as well, and restart Django.',
    );
  const reasons: Reason[] = [];
  if (isHidden)
    reasons.push({
      code: 'environment_wins',
      says: 'The environment has a JWT_SECRET, which wins over the one in our file.',
      fix: 'Remove JWT_SECRET from the environment, or set the right secret there.',
    });
  else if (ourFile && origin.kind === 'env file') reasons.push(...readerDifferences(ourFile, `Our ${ourFile.path}`));
  else if (ourSecret === undefined)
    reasons.push({ code: 'missing', says: 'JWT_SECRET is not set for this service.', fix: 'Give --env.' });
  reasons.push(...readerDifferences(djangoFile, `Django's ${djangoFile.path}`));
  if (ourSecret && djangoSecret && !areEqualSomehow(ourSecret, files))
    reasons.push(differenceBetween(ourSecret, djangoSecret));
  const seen = (who: string, secret: string | undefined) =>
    secret === undefined ? `${who} sees none` : `${who} sees ${secret === '' ? 'an empty secret' : name(secret)}`;
  return {
    ...failure(
      id,
      `The services do not see the same secret: ${seen(`this service (from ${origin.name})`, ourSecret)}; ${seen('Django', djangoSecret)}.`,
      'Every token would be refused with 401 "Invalid token". Remove the cause, then restart both services.',
    ),
    reasons,
  };
}

/** Whether the secrets are equal in some way of reading the files. Then the way of reading is the whole explanation. */
function areEqualSomehow(ourSecret: string, { ourFile, djangoFile }: EnvFiles): boolean {
  const values = ({ text }: EnvFile) => [readAsNode(text)['JWT_SECRET'], readAsDecouple(text)['JWT_SECRET']];
  const ourValues = [ourSecret, ...(ourFile ? values(ourFile) : [])];
  return (
    djangoFile !== undefined && values(djangoFile).some((value) => value !== undefined && ourValues.includes(value))
  );
}

function portability({ ourFile, djangoFile }: EnvFiles): Check {
  const id = 'secret.portable';
  const files = [ourFile, djangoFile].filter((file) => file !== undefined);
  if (files.length === 0) return skipped(id, 'give --env and --django-env');
  const odd = files.flatMap((file) => portabilityProblems(file).map((what) => `${file.path} has ${what}`));
  if (odd.length === 0) return ok(id, 'Docker and other readers of .env files would see the same secret.');
  return warning(id, `${odd.join('; ')}.`, `Use a secret of letters and digits only: ${NEW_SECRET}`);
}
