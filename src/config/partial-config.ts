import { type Config, InvalidConfig, readConfig } from './config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A part of the configuration is undefined when its own settings are not valid. */
export type ConfigParts = {
  /** All problems of the configuration. */
  readonly problems: readonly string[];
  /** Reasons why JWT_SECRET must not be used in production. */
  readonly weaknesses: readonly string[];
  readonly environment: Config['environment'] | undefined;
  readonly logLevel: Config['logLevel'] | undefined;
  readonly http: Config['http'] | undefined;
  readonly tokens: Config['tokens'] | undefined;
  /** The word before the token in the Authorization header. */
  readonly scheme: string;
  readonly database: Config['database'] | undefined;
  readonly kafka: Config['kafka'];
};

/** Valid placeholder values for the required settings of those parts that are not being read. */
const DATABASE = { DATABASE_URL: 'postgresql://localhost/stand_in' };
const SECRET = { JWT_SECRET: '1b9d6bcdbbfd4b2d9b5dab8dfbbd4bed5f1c4f0e3a7d4c6e8b2a9f0d1c3e5a7b' };

/** Reads each part of the configuration by itself, so that the doctor can check the valid parts of an invalid configuration. */
export function readConfigParts(environment: Environment): ConfigParts {
  const matching = (names: RegExp) =>
    Object.fromEntries(Object.entries(environment).filter(([name, value]) => names.test(name) && value !== ''));
  const readPart = (names: RegExp, standIns: Environment = { ...DATABASE, ...SECRET }) =>
    configOrUndefined({ ...standIns, ROLE: 'api', NODE_ENV: 'test', ...matching(names) });
  const database = matching(/^DATABASE_/);
  const tokens = readPart(/^JWT_/, DATABASE);
  return {
    problems: problemsOf(environment),
    weaknesses: problemsOf({ ...DATABASE, ROLE: 'api', NODE_ENV: 'production', ...matching(/^JWT_/) }).flatMap(
      (problem) => /^JWT_SECRET(?:_FILE)? (?!is required)(.*)$/.exec(problem)?.[1] ?? [],
    ),
    environment: configOrUndefined({ ...DATABASE, ...SECRET, ROLE: 'api', ...matching(/^NODE_ENV$/) })?.environment,
    logLevel: readPart(/^LOG_LEVEL$/)?.logLevel,
    http: readPart(/^(HOST|PORT|CORS_|PUBLIC_READ|RATE_LIMIT_|TRUST_PROXY)/)?.http,
    tokens: tokens?.tokens,
    scheme: tokens?.http.authorizationSchemes[0] ?? 'Bearer',
    database: 'DATABASE_URL' in database ? readPart(/^DATABASE_/, SECRET)?.database : undefined,
    kafka: readPart(/^KAFKA_/)?.kafka,
  };
}

function configOrUndefined(environment: Environment): Config | undefined {
  try {
    return readConfig(environment);
  } catch (error) {
    if (error instanceof InvalidConfig) return undefined;
    throw error;
  }
}

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfig) return error.problems;
    throw error;
  }
}
