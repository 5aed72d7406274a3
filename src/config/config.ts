import { z } from 'zod';
import { certificatesFile, flag, integer, privateKeyFile } from './setting-kinds.ts';
import { type GivenSecret, givenSecret, tokenProblems, tokenSettings, tokenVariables } from './token-variables.ts';

const postgresUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//i.test(value) && URL.canParse(value) && new URL(value).pathname.length > 1,
    'must look like postgresql://user:password@host:5432/database',
  );

const isBroker = (text: string) => {
  const port = Number(/^[^\s:/]+:(\d{1,5})$/.exec(text)?.[1]);
  return port >= 1 && port <= 65_535;
};
const brokers = z
  .string()
  .transform((list) => list.split(',').map((broker) => broker.trim()))
  .refine((list) => list.every(isBroker), 'must be a comma-separated list of host:port, without a protocol');

const topic = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, 'must be a topic name: letters, digits, dots, dashes and underscores');

/** Accepts only what a browser sends as Origin (RFC 6454 §6.2). A path, a default port or capitals would never match. */
const isOrigin = (text: string) => {
  if (!URL.canParse(text) || text.includes('*')) return false;
  const { protocol, host } = new URL(text);
  return host !== '' && text === `${protocol}//${host}`;
};
const origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every(isOrigin),
    'must be a comma-separated list of origins, scheme://host[:port] as browsers send them: no path, no default port, no *',
  );

const DEFAULT_TOPIC = 'opportunities.events.v1';

const variables = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], 'must be development, test or production')
    .default('production'),
  ROLE: z.enum(['all', 'api', 'relay'], 'must be all, api or relay').default('all'),
  HOST: z.string().default('0.0.0.0'),
  PORT: integer(0, 65_535).default(3000),
  CORS_ALLOWED_ORIGINS: origins.optional(),
  PUBLIC_READ: flag.default(false),
  RATE_LIMIT_ENABLED: flag.default(true),
  RATE_LIMIT_READS_PER_MINUTE: integer(1, 1_000_000).default(600),
  RATE_LIMIT_WRITES_PER_MINUTE: integer(1, 1_000_000).default(60),
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: integer(1, 1_000_000).default(60),
  RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: integer(1, 1_000_000).default(30),
  TRUST_PROXY: integer(0, 10).default(0),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
    .default('info'),
  SHUTDOWN_TIMEOUT_SECONDS: integer(1, 600).default(20),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  DATABASE_POOL_MAX: integer(2, 1000).default(10),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(100, 600_000).default(3000),
  OUTBOX_RETENTION_HOURS: integer(0, 8760).default(0),
  MIGRATE: flag.default(true),
  ...tokenVariables,
  JWT_REVOCATION_FAILURE: z.enum(['open', 'closed'], 'must be open or closed').default('open'),
  KAFKA_BROKERS: brokers.optional(),
  KAFKA_CLIENT: z.enum(['kafkajs', 'platformatic'], 'must be kafkajs or platformatic').default('kafkajs'),
  KAFKA_TOPIC: topic.default(DEFAULT_TOPIC),
  KAFKA_USER_EVENTS_TOPIC: topic.optional(),
  KAFKA_SSL: flag.default(false),
  KAFKA_SSL_CA_FILE: certificatesFile.optional(),
  KAFKA_SSL_CERT_FILE: certificatesFile.optional(),
  KAFKA_SSL_KEY_FILE: privateKeyFile.optional(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
});

type Variables = z.output<typeof variables>;

/** Names of all environment variables that the service reads. */
export const VARIABLE_NAMES = Object.keys(variables.shape);

/** The environment of this process. Other files get variables or settings as arguments and do not read them here. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/**
 * Variables that belong to one technology, by the part of the configuration that they form. A program that binds other
 * adapters in place of that technology needs none of them. The other JWT_ variables hold for every token verifier.
 */
const VARIABLES_OF = {
  database: /^DATABASE_/,
  kafka: /^KAFKA_/,
  tokens: /^JWT_(?!HEADER_TYPES$|MAX_LIFETIME_SECONDS$|REVOCATION_FAILURE$)/,
} as const;

/** A part of the configuration that another adapter makes superfluous. */
export type ReplaceablePart = keyof typeof VARIABLES_OF;

/** A configuration in which parts may be missing, because other adapters take the place of theirs. */
export type ServiceConfig = ReturnType<typeof structured>;

/** The configuration of a service with the adapters of this repository. */
export type Config = ServiceConfig & {
  readonly database: NonNullable<ServiceConfig['database']>;
  readonly tokens: NonNullable<ServiceConfig['tokens']>;
};

/** Lists every setting that is not valid. It never contains a value, because any value may be a secret. */
export class InvalidConfig extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The configuration is not valid:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'InvalidConfig';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from environment variables. An empty variable counts as not set.
 * @param replaced parts whose adapters the caller replaces. Their variables are neither required nor read.
 * @throws InvalidConfig with all problems at once.
 */
export function readConfig(environment: Environment): Config;
export function readConfig(environment: Environment, replaced: readonly ReplaceablePart[]): ServiceConfig;
export function readConfig(environment: Environment, replaced: readonly ReplaceablePart[] = []): ServiceConfig {
  const given = Object.fromEntries(
    Object.entries(environment)
      .filter(([, value]) => value !== undefined && value !== '')
      .filter(([name]) => !replaced.some((part) => VARIABLES_OF[part].test(name))),
  );
  const result = variables.safeParse(given);
  const secret = givenSecret(given);
  const problems = [
    ...(result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...problemsBetween(given, secret, replaced),
  ];
  if (!result.success || problems.length > 0) throw new InvalidConfig(problems);
  return structured(result.data, secret, replaced);
}

/** Finds problems between variables. It reads the raw values, so that all problems are reported at once. */
function problemsBetween(
  given: Environment,
  secret: GivenSecret | undefined,
  replaced: readonly ReplaceablePart[],
): string[] {
  const production = (given['NODE_ENV'] ?? 'production') === 'production';
  const problems: string[] = [];
  if (!replaced.includes('database') && given['DATABASE_URL'] === undefined)
    problems.push('DATABASE_URL is required: postgresql://user:password@host:5432/database');
  if (!replaced.includes('tokens')) problems.push(...tokenProblems(given, secret, production));
  if (!replaced.includes('kafka')) problems.push(...kafkaProblems(given, production));
  return problems;
}

function kafkaProblems(given: Environment, production: boolean): string[] {
  const problems: string[] = [];
  const userEvents = given['KAFKA_USER_EVENTS_TOPIC'];
  if (production && given['ROLE'] !== 'api' && given['KAFKA_BROKERS'] === undefined)
    problems.push('KAFKA_BROKERS is required in production, unless ROLE is api');
  else if (userEvents !== undefined && given['ROLE'] !== 'api' && given['KAFKA_BROKERS'] === undefined)
    problems.push('KAFKA_BROKERS is required when KAFKA_USER_EVENTS_TOPIC is set, unless ROLE is api');
  if (userEvents !== undefined && userEvents === (given['KAFKA_TOPIC'] ?? DEFAULT_TOPIC))
    problems.push('KAFKA_USER_EVENTS_TOPIC must not be KAFKA_TOPIC');
  for (const name of ['KAFKA_SSL_CA_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE'])
    if (given[name] !== undefined && given['KAFKA_SSL'] !== 'true') problems.push(`${name} needs KAFKA_SSL=true`);
  if ((given['KAFKA_SSL_CERT_FILE'] === undefined) !== (given['KAFKA_SSL_KEY_FILE'] === undefined))
    problems.push('KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE belong together: set both, or none');
  const sasl = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
  const missing = sasl.filter((name) => given[name] === undefined);
  if (missing.length > 0 && missing.length < sasl.length)
    problems.push(...missing.map((name) => `${name} is required when another KAFKA_SASL_ variable is set`));
  return problems;
}

function structured(env: Variables, secret: GivenSecret | undefined, replaced: readonly ReplaceablePart[]) {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = env;
  return {
    environment: env.NODE_ENV,
    role: env.ROLE,
    logLevel: env.LOG_LEVEL,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_SECONDS * 1000,
    http: {
      host: env.HOST,
      port: env.PORT,
      api: env.ROLE !== 'relay',
      // Outside production, a browser would remember the header for localhost and refuse plain HTTP there.
      strictTransport: env.NODE_ENV === 'production',
      allowedOrigins: env.CORS_ALLOWED_ORIGINS ?? [],
      authorizationSchemes: env.JWT_HEADER_TYPES,
      publicRead: env.PUBLIC_READ,
      rateLimits: env.RATE_LIMIT_ENABLED
        ? {
            readsPerMinute: env.RATE_LIMIT_READS_PER_MINUTE,
            writesPerMinute: env.RATE_LIMIT_WRITES_PER_MINUTE,
            anonymousPerMinute: env.RATE_LIMIT_ANONYMOUS_PER_MINUTE,
            authFailuresPerMinute: env.RATE_LIMIT_AUTH_FAILURES_PER_MINUTE,
          }
        : undefined,
      trustedProxies: env.TRUST_PROXY,
    },
    migrate: env.MIGRATE,
    database:
      env.DATABASE_URL === undefined
        ? undefined
        : {
            url: env.DATABASE_URL,
            directUrl: env.DATABASE_DIRECT_URL,
            poolMax: env.DATABASE_POOL_MAX,
            statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
          },
    outbox: { retentionHours: env.OUTBOX_RETENTION_HOURS },
    tokens: replaced.includes('tokens') ? undefined : tokenSettings(env, secret),
    revocations: { whenStale: env.JWT_REVOCATION_FAILURE, lifetimeSeconds: env.JWT_MAX_LIFETIME_SECONDS },
    kafka: env.KAFKA_BROKERS && {
      client: env.KAFKA_CLIENT,
      brokers: env.KAFKA_BROKERS,
      topic: env.KAFKA_TOPIC,
      userEventsTopic: env.KAFKA_USER_EVENTS_TOPIC,
      ssl: env.KAFKA_SSL,
      tls: {
        ...(env.KAFKA_SSL_CA_FILE !== undefined && { ca: env.KAFKA_SSL_CA_FILE }),
        ...(env.KAFKA_SSL_CERT_FILE !== undefined && { cert: env.KAFKA_SSL_CERT_FILE }),
        ...(env.KAFKA_SSL_KEY_FILE !== undefined && { key: env.KAFKA_SSL_KEY_FILE }),
      },
      sasl: mechanism && username && password ? { mechanism, username, password } : undefined,
    },
  };
}
