import { type Check, failure, ok, skipped, warning } from '../report.ts';

export type ServiceSettings = {
  /** Problems that would keep the service from starting. */
  readonly problems: readonly string[];
  /** The value of NODE_ENV; undefined when it is not valid. */
  readonly environment: string | undefined;
  /** undefined when one of the HTTP settings is not valid. */
  readonly http: { readonly isLimited: boolean; readonly allowedOrigins: readonly string[] } | undefined;
  readonly logLevel: string | undefined;
  readonly tokens: { readonly leewaySeconds: number; readonly maxLifetimeSeconds: number } | undefined;
};

/** Clocks that NTP keeps right differ by far fewer seconds. */
const LARGE_LEEWAY = 60;
/** The guide's ACCESS_TOKEN_LIFETIME is one day. */
const ONE_DAY_SECONDS = 86_400;
const INVALID = 'the settings are not valid';

/** @param forProduction whether the settings must be fit for production. */
export function settingChecks(settings: ServiceSettings, forProduction: boolean): Check[] {
  const { http, tokens } = settings;
  return [
    validity(settings),
    environment(settings, forProduction),
    http ? limits(http) : skipped('config.limits', INVALID),
    http ? origins(http) : skipped('config.origins', INVALID),
    log(settings),
    tokens ? leeway(tokens) : skipped('config.leeway', INVALID),
    tokens ? maxLifetime(tokens) : skipped('config.max_lifetime', INVALID),
  ];
}

function validity({ problems }: ServiceSettings): Check {
  const id = 'config.valid';
  if (problems.length === 0) return ok(id, 'The service would start with this configuration.');
  return {
    ...failure(
      id,
      'The service would not start with this configuration.',
      'Correct these settings: docs/operators/configuration.md.',
    ),
    reasons: problems.map((problem) => ({ code: problem.split(' ')[0] ?? '', says: problem, fix: '' })),
  };
}

function environment({ environment }: ServiceSettings, forProduction: boolean): Check {
  const id = 'config.environment';
  if (environment === undefined) return skipped(id, 'NODE_ENV is not valid');
  if (!forProduction || environment === 'production') return ok(id, `NODE_ENV is ${environment}.`);
  return warning(
    id,
    `NODE_ENV is ${environment}: the service accepts weak secrets and does not send Strict-Transport-Security.`,
    'Set NODE_ENV=production, or remove the variable.',
  );
}

function limits({ isLimited }: { isLimited: boolean }): Check {
  const id = 'config.limits';
  if (isLimited) return ok(id, 'RATE_LIMIT_ENABLED is true.');
  return warning(
    id,
    'RATE_LIMIT_ENABLED is false.',
    'Remove the variable, unless the proxy in front of the service has rate limits of its own.',
  );
}

function origins({ allowedOrigins }: { allowedOrigins: readonly string[] }): Check {
  const id = 'config.origins';
  if (allowedOrigins.length === 0)
    return ok(id, 'CORS_ALLOWED_ORIGINS is not set, so no browser app may call the API.');
  const open = allowedOrigins.filter((origin) => origin.startsWith('http://'));
  if (open.length === 0) return ok(id, `Browser apps of ${allowedOrigins.join(', ')} may call the API.`);
  return warning(
    id,
    `Pages of ${open.join(', ')} may call the API, and anybody on the network can change them on their way.`,
    'List only https:// origins.',
  );
}

function log({ logLevel }: ServiceSettings): Check {
  const id = 'config.log';
  if (logLevel === undefined) return skipped(id, 'LOG_LEVEL is not valid');
  if (['debug', 'info'].includes(logLevel))
    return ok(id, `LOG_LEVEL is ${logLevel}, so every refused request is logged.`);
  return warning(id, `LOG_LEVEL is ${logLevel}, so refused requests are not logged.`, 'Set LOG_LEVEL=info.');
}

function leeway({ leewaySeconds }: { leewaySeconds: number }): Check {
  const id = 'config.leeway';
  if (leewaySeconds <= LARGE_LEEWAY) return ok(id, `JWT_LEEWAY_SECONDS is ${leewaySeconds}.`);
  return warning(
    id,
    `JWT_LEEWAY_SECONDS is ${leewaySeconds}: expired tokens are accepted for that long.`,
    "Run NTP, and set the variable to LEEWAY of Django's SIMPLE_JWT, which is 0 by default.",
  );
}

function maxLifetime({ maxLifetimeSeconds }: { maxLifetimeSeconds: number }): Check {
  const id = 'config.max_lifetime';
  if (maxLifetimeSeconds <= ONE_DAY_SECONDS)
    return ok(id, `JWT_MAX_LIFETIME_SECONDS is ${maxLifetimeSeconds}: tokens with a longer lifetime are refused.`);
  return warning(
    id,
    `JWT_MAX_LIFETIME_SECONDS is ${maxLifetimeSeconds}, more than a day. A stolen token stays valid for that long.`,
    'Set it to ACCESS_TOKEN_LIFETIME of Django; 300 to 900 seconds are recommended.',
  );
}
