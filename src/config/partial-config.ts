import { type Config, InvalidConfig, readConfig, type ReplaceablePart, type ServiceConfig } from './config.ts';

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

/** Reads each part of the configuration by itself, so that the doctor can check the valid parts of an invalid configuration. */
export function readConfigParts(environment: Environment): ConfigParts {
  const matching = (names: RegExp) =>
    Object.fromEntries(Object.entries(environment).filter(([name, value]) => names.test(name) && value !== ''));
  const readPart = (names: RegExp, unread: readonly ReplaceablePart[] = ['database', 'tokens']) =>
    configOrUndefined({ ROLE: 'api', NODE_ENV: 'test', ...matching(names) }, unread);
  const tokens = readPart(/^JWT_/, ['database']);
  return {
    problems: problemsOf(environment),
    weaknesses: problemsOf({ ROLE: 'api', NODE_ENV: 'production', ...matching(/^JWT_/) }, ['database']).flatMap(
      (problem) => /^JWT_SECRET(?:_FILE)? (?!is required)(.*)$/.exec(problem)?.[1] ?? [],
    ),
    environment: configOrUndefined({ ROLE: 'api', ...matching(/^NODE_ENV$/) }, ['database', 'tokens'])?.environment,
    logLevel: readPart(/^LOG_LEVEL$/)?.logLevel,
    http: readPart(/^(HOST|PORT|CORS_|PUBLIC_READ|RATE_LIMIT_|TRUST_PROXY)/)?.http,
    tokens: tokens?.tokens,
    scheme: tokens?.http.authorizationSchemes[0] ?? 'Bearer',
    database: readPart(/^DATABASE_/, ['tokens'])?.database,
    kafka: readPart(/^KAFKA_/)?.kafka,
  };
}

function configOrUndefined(environment: Environment, unread: readonly ReplaceablePart[]): ServiceConfig | undefined {
  try {
    return readConfig(environment, unread);
  } catch (error) {
    if (error instanceof InvalidConfig) return undefined;
    throw error;
  }
}

function problemsOf(environment: Environment, unread: readonly ReplaceablePart[] = []): readonly string[] {
  try {
    readConfig(environment, unread);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfig) return error.problems;
    throw error;
  }
}
