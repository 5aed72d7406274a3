import type { Logger } from '#application/ports/system/logger';
import { KafkaBrokerDiagnosis } from '#infrastructure/messaging/kafka-broker-diagnosis';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { PostgresDatabaseDiagnosis } from '#infrastructure/persistence/operations/postgres-diagnosis';
import { secretFingerprint } from '#infrastructure/security/verification-keys';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { SystemClock } from '#infrastructure/system/system-clock';
import { type DoctorArguments, readArguments, USAGE, UsageError } from '#interfaces/cli/doctor/doctor-arguments';
import { type EnvFile, readAsNode } from '#interfaces/cli/env-file';
import { examine, type Patient } from '#interfaces/cli/doctor/run-checks';
import {
  hasSettingsIniBeside,
  isReadableByAll,
  readEnvFile,
  readEnvFileIfExists,
  readToken,
  UnreadableFile,
} from '#interfaces/cli/doctor/doctor-inputs';
import type { Outcome } from '#interfaces/cli/outcome';
import { hasFailed } from '#interfaces/cli/doctor/checks/report';
import { reportJson } from '#interfaces/cli/doctor/report-formats';
import { reportText } from '#interfaces/cli/doctor/report-formats';
import type { SecretOrigin } from '#interfaces/cli/doctor/checks/secret-checks';
import { readConfigParts } from './config/partial-config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const nothing = () => undefined;
/** The report says everything. */
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** For what can be said of a token although the settings are not valid. */
const GUIDE = { algorithm: 'HS256', userIdClaim: 'user_id', maxLifetimeSeconds: 86_400 };

const NOTHING_FAILED = 0;
const SOMETHING_FAILED = 1;
const BAD_USAGE = 2;
/** sysexits.h: EX_CONFIG */
const UNREADABLE_ENV_FILE = 78;

/**
 * Checks the integration with Django. It is wired by hand, without the container: that one wants a whole and valid
 * configuration, and here an invalid one is what one looks for.
 */
export async function doctor(
  args: readonly string[],
  environment: Environment,
  standardInput: AsyncIterable<Buffer | string>,
): Promise<Outcome> {
  try {
    const given = readArguments(args);
    if (given.help) return { code: NOTHING_FAILED, output: USAGE, error: '' };
    const report = await examine(await patient(given, environment, standardInput));
    const isFailed = hasFailed(report, given.production);
    return {
      code: isFailed ? SOMETHING_FAILED : NOTHING_FAILED,
      output: given.json ? reportJson(report, isFailed) : reportText(report),
      error: '',
    };
  } catch (error) {
    if (error instanceof UsageError) return { code: BAD_USAGE, output: '', error: `${error.message}\n\n${USAGE}` };
    if (error instanceof UnreadableFile) return { code: UNREADABLE_ENV_FILE, output: '', error: `${error.message}\n` };
    throw error;
  }
}

async function patient(
  given: DoctorArguments,
  environment: Environment,
  standardInput: AsyncIterable<Buffer | string>,
): Promise<Patient> {
  const ours = given.env === undefined ? await readEnvFileIfExists('.env') : await readEnvFile(given.env);
  const djangos = given.djangoEnv === undefined ? undefined : await readEnvFile(given.djangoEnv);
  const variables = { ...(ours && readAsNode(ours.text)), ...environment };
  const parts = readConfigParts(variables);
  const clock = new SystemClock();
  const forProduction = given.production || parts.environment === 'production';
  const { tokens, kafka, database } = parts;
  const secret = tokens?.keys.secret ?? (variables['JWT_SECRET'] || undefined);
  return {
    files: {
      ours,
      djangos,
      readableByAll: await readableByAll(ours, djangos),
      hasSettingsIni: djangos !== undefined && (await hasSettingsIniBeside(djangos.path)),
    },
    settings: {
      problems: parts.problems,
      environment: parts.environment,
      http: parts.http && { ...parts.http, isLimited: parts.http.rateLimits !== undefined },
      logLevel: parts.logLevel,
      tokens,
    },
    secret: {
      secret,
      previous: tokens?.keys.previousSecret,
      hasPublicKey: tokens !== undefined && secret === undefined,
      origin: originOf(variables, environment, ours),
      isHidden: ours !== undefined && 'JWT_SECRET' in environment && 'JWT_SECRET' in readAsNode(ours.text),
      weaknesses: parts.weaknesses,
      production: forProduction,
    },
    tokens: {
      ...(tokens ?? GUIDE),
      // What was revoked since, the service knows.
      verifier: tokens && new SimpleJwtTokenVerifier(tokens, clock, { validAfter: () => undefined }),
      keys: secret === undefined ? undefined : { secret, previous: tokens?.keys.previousSecret, ours, djangos },
    },
    scheme: parts.scheme,
    token: given.token === undefined ? undefined : await readToken(given.token, standardInput),
    url: given.url,
    djangoUrl: given.djangoUrl,
    databaseUrl: database?.url,
    database: database && new PostgresDatabaseDiagnosis(database),
    broker: kafka && new KafkaBrokerDiagnosis(createKafka(kafka, SILENT), kafka.topic),
    brokerSettings: kafka && { topic: kafka.topic, ssl: kafka.ssl, production: forProduction },
    forProduction,
    now: clock.now(),
    fingerprint: secretFingerprint,
  };
}

function originOf(variables: Environment, environment: Environment, ours: EnvFile | undefined): SecretOrigin {
  if (variables['JWT_SECRET_FILE']) return { kind: 'secret file', name: 'JWT_SECRET_FILE' };
  if ('JWT_SECRET' in environment) return { kind: 'environment', name: 'the environment' };
  return { kind: 'env file', name: ours?.path ?? 'nowhere' };
}

async function readableByAll(...files: (EnvFile | undefined)[]): Promise<string[]> {
  const paths = files.flatMap((file) => (file ? [file.path] : []));
  const open = await Promise.all(paths.map(isReadableByAll));
  return paths.filter((_path, index) => open[index]);
}
