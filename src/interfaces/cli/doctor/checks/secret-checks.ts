import { type EnvFile, readAsDecouple, readAsNode } from '../../env-file.ts';
import { troubleIn, unlikeElsewhere } from './env-line.ts';
import { type Check, failure, ok, type Reason, skipped, warning } from '../report.ts';
import { differenceBetween } from './secret-difference.ts';

export type SecretOrigin = {
  /** "env file" also when it is not set anywhere. */
  readonly kind: 'environment' | 'env file' | 'secret file';
  /** As in "the environment" or ".env". */
  readonly name: string;
};

export type SecretSettings = {
  /** What tokens are checked with; undefined when it is not set, or there is a public key in its place. */
  readonly secret: string | undefined;
  /** Whose tokens are accepted, too. */
  readonly previous: string | undefined;
  readonly hasPublicKey: boolean;
  readonly origin: SecretOrigin;
  /** Whether the environment has a JWT_SECRET that hides the one of the file. */
  readonly isHidden: boolean;
  /** What production would not take. */
  readonly weaknesses: readonly string[];
  readonly production: boolean;
};

export type EnvFiles = {
  readonly ours: EnvFile | undefined;
  readonly djangos: EnvFile | undefined;
  /** Files that others than their owner and group may read. */
  readonly readableByAll: readonly string[];
  /** Whether a settings.ini lies beside Django's: python-decouple then reads that one instead. */
  readonly hasSettingsIni: boolean;
};

/** Prints what `secret.fingerprint` says, of the key that simplejwt signs with, wherever Django has it from. */
export const DJANGO_COMMAND =
  'python manage.py shell -v 0 -c "import hmac; from rest_framework_simplejwt.settings import api_settings; ' +
  "key = api_settings.SIGNING_KEY.encode(); print(hmac.new(key, b'fingerprint', 'sha256').hexdigest()[:8], len(key))\"";

/** What a new secret is made with. */
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
      : ok('secret.fingerprint', `JWT_SECRET from ${origin.name} has the fingerprint ${name(secret)}`),
    sameness(settings, files, name),
    portability(files),
  ];
}

function withoutSecret(files: EnvFiles): Check[] {
  const why = 'tokens are checked with a public key, and this service has no secret';
  return [
    ok('secret.strong', why),
    ok('secret.place', why),
    skipped('secret.fingerprint', why),
    skipped('secret.same', why),
    portability(files),
  ];
}

function strength({ secret, weaknesses, production }: SecretSettings): Check {
  const id = 'secret.strong';
  if (secret === undefined) return failure(id, 'JWT_SECRET is not set', `Make one: ${NEW_SECRET}`);
  if (weaknesses.length === 0)
    return ok(id, 'long, without pattern, and no placeholder; nobody can see whether it is random');
  const says = `JWT_SECRET ${weaknesses.join('; it ')}`;
  const fix = `Make a new one for both services: ${NEW_SECRET}`;
  return production ? failure(id, says, fix) : warning(id, says, fix);
}

function place({ secret, origin }: SecretSettings, { readableByAll }: EnvFiles): Check {
  const id = 'secret.place';
  if (secret === undefined) return skipped(id, 'JWT_SECRET is not set');
  if (readableByAll.length > 0)
    return warning(
      id,
      `everybody on this machine may read ${readableByAll.join(' and ')}`,
      `chmod 600 ${readableByAll.join(' ')}, and keep it out of version control`,
    );
  return ok(id, `JWT_SECRET comes from ${origin.name}; whether it is in some code as well, git grep tells`);
}

function sameness(settings: SecretSettings, files: EnvFiles, name: (secret: string) => string): Check {
  const id = 'secret.same';
  const { secret: ours, previous, origin, isHidden } = settings;
  const { ours: file, djangos: djangoFile, hasSettingsIni } = files;
  if (!djangoFile)
    return {
      ...skipped(id, "give --django-env, Django's .env; or compare secret.fingerprint with what Django says"),
      fix: `Where Django is: ${DJANGO_COMMAND}`,
    };
  const djangos = djangoFile.isUtf8 ? readAsDecouple(djangoFile.text)['JWT_SECRET'] : undefined;
  if (ours !== undefined && ours !== '' && ours === djangos) {
    if (!hasSettingsIni) return ok(id, 'both services see the same secret');
    return warning(
      id,
      `both files have the same secret, but python-decouple reads the settings.ini beside ${djangoFile.path} instead`,
      'Remove settings.ini, or put the secret there.',
    );
  }
  if (djangos !== undefined && djangos === previous)
    return warning(
      id,
      'Django has the secret that is JWT_SECRET_PREVIOUS here: its tokens are accepted for as long as that is set',
      'Give Django the new secret as well, and restart it.',
    );
  const reasons: Reason[] = [];
  if (isHidden)
    reasons.push({
      code: 'environment_wins',
      says: 'the environment has a JWT_SECRET, which wins over the one in our file',
      fix: 'unset JWT_SECRET, or set it right there.',
    });
  else if (file && origin.kind === 'env file') reasons.push(...troubleIn(file, `our ${file.path}`));
  else if (ours === undefined)
    reasons.push({ code: 'missing', says: 'JWT_SECRET is not set for this service', fix: 'Give --env.' });
  reasons.push(...troubleIn(djangoFile, `Django's ${djangoFile.path}`));
  if (ours && djangos && !areMeantToBeOne(ours, files)) reasons.push(differenceBetween(ours, djangos));
  const seen = (who: string, secret: string | undefined) =>
    secret === undefined ? `${who} sees none` : `${who} sees ${secret === '' ? 'an empty one' : name(secret)}`;
  return {
    ...failure(
      id,
      `the services do not see the same secret: ${seen(`this one (from ${origin.name})`, ours)}; ${seen('Django', djangos)}`,
      'Every token would be refused with 401 "Invalid token". Mend the cause below, then restart both.',
    ),
    reasons,
  };
}

/** Whether some way of reading makes them equal: then how they are read is the whole story. */
function areMeantToBeOne(ours: string, { ours: file, djangos }: EnvFiles): boolean {
  const values = ({ text }: EnvFile) => [readAsNode(text)['JWT_SECRET'], readAsDecouple(text)['JWT_SECRET']];
  const our = [ours, ...(file ? values(file) : [])];
  return djangos !== undefined && values(djangos).some((value) => value !== undefined && our.includes(value));
}

function portability({ ours, djangos }: EnvFiles): Check {
  const id = 'secret.portable';
  const files = [ours, djangos].filter((file) => file !== undefined);
  if (files.length === 0) return skipped(id, 'give --env and --django-env');
  const odd = files.flatMap((file) => unlikeElsewhere(file).map((what) => `${file.path} has ${what}`));
  if (odd.length === 0) return ok(id, 'Docker and other readers of .env files would see the same');
  return warning(id, odd.join('; '), `Write JWT_SECRET= and nothing but letters and digits behind it: ${NEW_SECRET}`);
}
