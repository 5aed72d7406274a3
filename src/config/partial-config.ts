import { type Config, InvalidConfig, readConfig } from './config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigParts = {
  /** Everything that is wrong; then some parts below are undefined. */
  readonly problems: readonly string[];
  /** What is wrong with JWT_SECRET in production. */
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

/** For what is required and belongs to another part than the one that is read. */
const DATABASE = { DATABASE_URL: 'postgresql://localhost/stand_in' };
const SECRET = { JWT_SECRET: '1b9d6bcdbbfd4b2d9b5dab8dfbbd4bed5f1c4f0e3a7d4c6e8b2a9f0d1c3e5a7b' };

/** Reads each part of the configuration that is valid by itself, whatever the others are like: for looking at what is wrong. */
export function readConfigParts(environment: Environment): ConfigParts {
  const having = (names: RegExp) =>
    Object.fromEntries(Object.entries(environment).filter(([name, value]) => names.test(name) && value !== ''));
  const part = (names: RegExp, standIns: Environment = { ...DATABASE, ...SECRET }) =>
    validOrNot({ ...standIns, ROLE: 'api', NODE_ENV: 'test', ...having(names) });
  const database = having(/^DATABASE_/);
  const tokens = part(/^JWT_/, DATABASE);
  return {
    problems: problemsOf(environment),
    weaknesses: problemsOf({ ...DATABASE, ROLE: 'api', NODE_ENV: 'production', ...having(/^JWT_/) }).flatMap(
      (problem) => /^JWT_SECRET(?:_FILE)? (?!is required)(.*)$/.exec(problem)?.[1] ?? [],
    ),
    environment: validOrNot({ ...DATABASE, ...SECRET, ROLE: 'api', ...having(/^NODE_ENV$/) })?.environment,
    logLevel: part(/^LOG_LEVEL$/)?.logLevel,
    http: part(/^(HOST|PORT|CORS_|PUBLIC_READ|RATE_LIMIT_|TRUST_PROXY)/)?.http,
    tokens: tokens?.tokens,
    scheme: tokens?.http.authorizationSchemes[0] ?? 'Bearer',
    database: 'DATABASE_URL' in database ? part(/^DATABASE_/, SECRET)?.database : undefined,
    kafka: part(/^KAFKA_/)?.kafka,
  };
}

function validOrNot(environment: Environment): Config | undefined {
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
