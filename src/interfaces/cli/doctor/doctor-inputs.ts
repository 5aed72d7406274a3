import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BrokerDiagnosis, DatabaseDiagnosis } from '#application/ports/operations/diagnosis';
import {
  type EnvFile,
  exists,
  fileErrorCode,
  readAsNode,
  readEnvFile,
  readEnvFileIfExists,
  type Variables,
} from '../env-file.ts';
import type { BrokerSettings } from './checks/broker-checks.ts';
import type { EnvFiles, SecretOrigin, SecretSettings } from './checks/secret-checks.ts';
import type { ServiceSettings } from './checks/setting-checks.ts';
import type { TokenCheckSettings } from './checks/token-checks.ts';
import { type DoctorArguments, UsageError } from './doctor-arguments.ts';

/** The largest number of bytes to read. Every token and every login response is much shorter. */
const MOST_TOKEN_BYTES = 1_000_000;
/** The bit of a file's mode that chmod calls o+r. */
const OTHERS_MAY_READ = 0o004;

/** The settings of Django's stock tokens, for describing a token when our own settings are not valid. */
const STOCK_TOKENS = { algorithm: 'HS256', userIdClaim: 'user_id', maxLifetimeSeconds: 86_400 };

/** The settings, as far as they are valid, with the adapters that they describe. A part is undefined if its settings are not valid. */
export type DoctorParts = {
  readonly settings: ServiceSettings;
  /** Reasons why JWT_SECRET must not be used in production. */
  readonly weaknesses: readonly string[];
  readonly tokens:
    | (Omit<TokenCheckSettings, 'authenticate' | 'knownSecrets'> & {
        readonly authenticate: NonNullable<TokenCheckSettings['authenticate']>;
        /** undefined where tokens are checked with a public key. */
        readonly secret: string | undefined;
        readonly previousSecret: string | undefined;
      })
    | undefined;
  /** The word before the token in the Authorization header. */
  readonly scheme: string;
  readonly database: { readonly url: string; readonly diagnosis: DatabaseDiagnosis } | undefined;
  readonly broker: { readonly topic: string; readonly ssl: boolean; readonly diagnosis: BrokerDiagnosis } | undefined;
  readonly fingerprint: (secret: string) => string;
  readonly now: Date;
};

/** Everything that the checks look at. A check whose input is undefined reports that it was skipped. */
export type DoctorInputs = {
  readonly files: EnvFiles;
  readonly settings: ServiceSettings;
  readonly secret: SecretSettings;
  readonly tokens: TokenCheckSettings;
  /** The text that contains the token, as somebody pasted it. */
  readonly token: string | undefined;
  readonly scheme: string;
  readonly url: string | undefined;
  readonly djangoUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly database: DatabaseDiagnosis | undefined;
  readonly broker: BrokerDiagnosis | undefined;
  readonly brokerSettings: BrokerSettings | undefined;
  readonly forProduction: boolean;
  readonly now: Date;
  readonly fingerprint: (secret: string) => string;
};

/** @throws UsageError, UnreadableFile */
export async function readInputs(
  given: DoctorArguments,
  environment: Variables,
  standardInput: AsyncIterable<Buffer | string>,
  connect: (variables: Variables) => DoctorParts,
): Promise<DoctorInputs> {
  const ourFile = given.env === undefined ? await readEnvFileIfExists('.env') : await readEnvFile(given.env);
  const djangoFile = given.djangoEnv === undefined ? undefined : await readEnvFile(given.djangoEnv);
  const variables = { ...(ourFile && readAsNode(ourFile.text)), ...environment };
  const parts = connect(variables);
  const { settings, tokens, database, broker } = parts;
  const forProduction = given.production || settings.environment === 'production';
  const secret = tokens?.secret ?? (variables['JWT_SECRET'] || undefined);
  const previous = tokens?.previousSecret;
  return {
    files: {
      ourFile,
      djangoFile,
      readableByAll: await readableByAll(ourFile, djangoFile),
      hasSettingsIni: djangoFile !== undefined && (await exists(join(dirname(djangoFile.path), 'settings.ini'))),
    },
    settings,
    secret: {
      secret,
      previous,
      hasPublicKey: tokens !== undefined && secret === undefined,
      origin: originOf(variables, environment, ourFile),
      isHidden: ourFile !== undefined && 'JWT_SECRET' in environment && 'JWT_SECRET' in readAsNode(ourFile.text),
      weaknesses: parts.weaknesses,
      production: forProduction,
    },
    tokens: {
      ...(tokens ?? STOCK_TOKENS),
      authenticate: tokens?.authenticate,
      knownSecrets: secret === undefined ? undefined : { secret, previous, ourFile, djangoFile },
    },
    scheme: parts.scheme,
    token: given.token === undefined ? undefined : await readToken(given.token, standardInput),
    url: given.url,
    djangoUrl: given.djangoUrl,
    databaseUrl: database?.url,
    database: database?.diagnosis,
    broker: broker?.diagnosis,
    brokerSettings: broker && { topic: broker.topic, ssl: broker.ssl, production: forProduction },
    forProduction,
    now: parts.now,
    fingerprint: parts.fingerprint,
  };
}

function originOf(variables: Variables, environment: Variables, ourFile: EnvFile | undefined): SecretOrigin {
  if (variables['JWT_SECRET_FILE']) return { kind: 'secret file', name: 'JWT_SECRET_FILE' };
  if ('JWT_SECRET' in environment) return { kind: 'environment', name: 'the environment' };
  return { kind: 'env file', name: ourFile?.path ?? 'nowhere' };
}

async function readableByAll(...files: (EnvFile | undefined)[]): Promise<string[]> {
  const paths = files.flatMap((file) => (file ? [file.path] : []));
  const open = await Promise.all(paths.map(isReadableByAll));
  return paths.filter((_path, index) => open[index]);
}

async function isReadableByAll(path: string): Promise<boolean> {
  // On Windows, the mode does not tell which users may read a file.
  return process.platform !== 'win32' && ((await stat(path)).mode & OTHERS_MAY_READ) !== 0;
}

/** @param source the value of --token: "-" for standard input, "@" and a path, or the token itself. */
async function readToken(source: string, standardInput: AsyncIterable<Buffer | string>): Promise<string> {
  if (source === '-') return readAll(standardInput);
  if (!source.startsWith('@')) return source;
  try {
    return await readFile(source.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`The file of --token cannot be read: ${fileErrorCode(error)}`);
  }
}

async function readAll(input: AsyncIterable<Buffer | string>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of input) {
    parts.push(Buffer.from(part));
    bytes += part.length;
    if (bytes > MOST_TOKEN_BYTES) throw new UsageError('The text on standard input is too long for a token.');
  }
  return Buffer.concat(parts).toString('utf8');
}
