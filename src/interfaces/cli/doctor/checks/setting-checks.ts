import { type Check, failure, ok, skipped, warning } from '../report.ts';

export type ServiceSettings = {
  /** Everything that would keep the service from starting. */
  readonly problems: readonly string[];
  /** NODE_ENV, if it is valid. */
  readonly environment: string | undefined;
  /** undefined when a setting of them is not valid. */
  readonly http: { readonly isLimited: boolean; readonly allowedOrigins: readonly string[] } | undefined;
  readonly logLevel: string | undefined;
  readonly tokens: { readonly leewaySeconds: number; readonly maxLifetimeSeconds: number } | undefined;
};

/** Seconds: more than clocks that are kept by NTP can need. */
const LARGE_LEEWAY = 60;
/** Seconds: ACCESS_TOKEN_LIFETIME of the guide. */
const ONE_DAY = 86_400;
const INVALID = 'the settings are not valid';

/** @param forProduction whether the service is to be judged as one of production */
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
  if (problems.length === 0) return ok(id, 'the service would start with this configuration');
  return {
    ...failure(
      id,
      'the service would not start with this configuration',
      'Mend the settings below: docs/configuration.md.',
    ),
    reasons: problems.map((problem) => ({ code: problem.split(' ')[0] ?? '', says: problem, fix: '' })),
  };
}

function environment({ environment }: ServiceSettings, forProduction: boolean): Check {
  const id = 'config.environment';
  if (environment === undefined) return skipped(id, 'NODE_ENV is not valid');
  if (!forProduction || environment === 'production') return ok(id, `NODE_ENV is ${environment}`);
  return warning(
    id,
    `NODE_ENV is ${environment}: weak secrets are let through, and no Strict-Transport-Security is sent`,
    'Set NODE_ENV=production, or leave it out.',
  );
}

function limits({ isLimited }: { isLimited: boolean }): Check {
  const id = 'config.limits';
  if (isLimited) return ok(id, 'RATE_LIMIT_ENABLED is true');
  return warning(
    id,
    'RATE_LIMIT_ENABLED is false',
    'Leave it out, unless what stands in front of the service has limits of its own.',
  );
}

function origins({ allowedOrigins }: { allowedOrigins: readonly string[] }): Check {
  const id = 'config.origins';
  if (allowedOrigins.length === 0) return ok(id, 'CORS_ALLOWED_ORIGINS is not set: no browser app may call the API');
  const open = allowedOrigins.filter((origin) => origin.startsWith('http://'));
  if (open.length === 0) return ok(id, `browser apps of ${allowedOrigins.join(', ')} may call the API`);
  return warning(
    id,
    `anybody in between can change pages of ${open.join(', ')}, which may call the API`,
    'List origins with https:// alone.',
  );
}

function log({ logLevel }: ServiceSettings): Check {
  const id = 'config.log';
  if (logLevel === undefined) return skipped(id, 'LOG_LEVEL is not valid');
  if (['debug', 'info'].includes(logLevel))
    return ok(id, `LOG_LEVEL is ${logLevel}: refused requests have a line each`);
  return warning(id, `LOG_LEVEL is ${logLevel}: refused requests are not logged`, 'Set LOG_LEVEL=info.');
}

function leeway({ leewaySeconds }: { leewaySeconds: number }): Check {
  const id = 'config.leeway';
  if (leewaySeconds <= LARGE_LEEWAY) return ok(id, `JWT_LEEWAY_SECONDS is ${leewaySeconds}`);
  return warning(
    id,
    `JWT_LEEWAY_SECONDS is ${leewaySeconds}: expired tokens are good for as long`,
    "Run NTP, and set it to LEEWAY of Django's SIMPLE_JWT, 0 by default.",
  );
}

function maxLifetime({ maxLifetimeSeconds }: { maxLifetimeSeconds: number }): Check {
  const id = 'config.max_lifetime';
  if (maxLifetimeSeconds <= ONE_DAY)
    return ok(id, `JWT_MAX_LIFETIME_SECONDS is ${maxLifetimeSeconds}: tokens that live longer are refused`);
  return warning(
    id,
    `JWT_MAX_LIFETIME_SECONDS is ${maxLifetimeSeconds}, more than a day: nobody can take such a token back`,
    'Set it to ACCESS_TOKEN_LIFETIME of Django, best 300 to 900 seconds.',
  );
}
