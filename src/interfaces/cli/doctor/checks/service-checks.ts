import { LookFailed } from '#application/ports/operations/diagnosis';
import { isConfidential, send, type WebResponse } from './web-requests.ts';
import { errorText } from '../../connection-errors.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';
import { FOREIGN_ORIGIN, foreignOrigin, strictTransport, transport } from './web-checks.ts';

const COLLECTION = '/api/v1/opportunities';
const IDS = ['ready', 'https', 'hsts', 'origins', 'limits', 'headers', 'description', 'metrics', 'token'].map(
  (name) => `service.${name}`,
);
const NEEDED_HEADERS = ['x-content-type-options', 'content-security-policy', 'referrer-policy'];

export type ServiceFindings = {
  readonly checks: readonly Check[];
  /** Seconds by which the service's clock is ahead of this machine's; undefined when the service did not respond. */
  readonly clockAhead: number | undefined;
};

/**
 * Checks the running service from outside.
 * @param url the address without a slash at the end; undefined when none was given.
 * @param authorization an Authorization header that the service should accept.
 */
export async function serviceChecks(
  url: string | undefined,
  authorization: string | undefined,
): Promise<ServiceFindings> {
  if (url === undefined) return { checks: allSkipped('give --url'), clockAhead: undefined };
  const from = { headers: { Origin: FOREIGN_ORIGIN } };
  const preflight = {
    method: 'OPTIONS',
    headers: { ...from.headers, 'Access-Control-Request-Method': 'POST' },
  };
  const list = `${url}${COLLECTION}?limit=1`;
  try {
    const [health, read, preflighted, description, metrics, withToken] = await Promise.all([
      send(`${url}/health/ready`),
      send(list, from),
      send(list, preflight),
      send(`${url}/openapi.json`),
      send(`${url}/metrics`),
      // A token is never sent where somebody on the way could read it.
      authorization !== undefined && isConfidential(url)
        ? send(list, { headers: { Authorization: authorization } })
        : undefined,
    ]);
    const checks = [
      ready(health),
      transport('service.https', url),
      strictTransport('service.hsts', url, read),
      foreignOrigin(
        'service.origins',
        [read, preflighted],
        'List allowed origins in CORS_ALLOWED_ORIGINS. The service itself never sends "*", so check the proxy in front of it.',
      ),
      limits(read),
      securityHeaders(read),
      describes(description),
      counts(metrics),
      accepts(withToken, authorization !== undefined),
    ];
    return { checks, clockAhead: health.clockAhead };
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    const [, ...others] = allSkipped('the service cannot be reached');
    const says = `The service cannot be reached at ${url}: ${errorText(error.reason)}.`;
    return {
      checks: [failure('service.ready', says, 'Start the service, or correct the address.'), ...others],
      clockAhead: undefined,
    };
  }
}

function allSkipped(why: string): Check[] {
  return IDS.map((id) => skipped(id, why));
}

function ready({ status, text }: WebResponse): Check {
  const id = 'service.ready';
  const { database, broker, outbox } = parsed(text) as {
    database?: unknown;
    broker?: unknown;
    outbox?: { oldestSeconds?: unknown };
  };
  if (typeof database !== 'string' || typeof broker !== 'string')
    return failure(
      id,
      `The response of /health/ready (${status}) does not come from this service.`,
      'Give the address of this service.',
    );
  if (status !== 200)
    return failure(
      id,
      'The service is not ready: its database is down.',
      'See "What breaks" in docs/operators/operations.md.',
    );
  if (broker === 'down')
    return warning(
      id,
      'The service is ready, but events wait: no broker responds, or the topic is missing.',
      'See the broker checks.',
    );
  const waited = outbox?.oldestSeconds;
  if (typeof waited === 'number' && waited > 60)
    return warning(
      id,
      `The service is ready, but events have been waiting for ${waited} seconds.`,
      'Check that a process with ROLE=all or ROLE=relay runs.',
    );
  return ok(
    id,
    broker === 'up' ? 'The service and its broker are ready.' : 'The service is ready, and has no broker configured.',
  );
}

function limits({ headers }: WebResponse): Check {
  const id = 'service.limits';
  const policy = headers.get('ratelimit-policy');
  if (policy !== null) return ok(id, `Responses name the rate limits: ${printable(policy)}.`);
  return warning(
    id,
    'Responses name no rate limit.',
    'Remove RATE_LIMIT_ENABLED=false, unless the proxy in front has rate limits of its own.',
  );
}

function securityHeaders({ headers }: WebResponse): Check {
  const id = 'service.headers';
  const missing = NEEDED_HEADERS.filter((name) => !headers.has(name));
  if (missing.length > 0)
    return warning(
      id,
      `The responses lack these headers: ${missing.join(', ')}.`,
      'Let the proxy in front pass on headers unchanged.',
    );
  return ok(id, 'The responses have the security headers.');
}

function describes({ status, text }: WebResponse): Check {
  const id = 'service.description';
  const { info } = parsed(text) as { info?: { title?: unknown; version?: unknown } };
  if (status !== 200 || typeof info?.version !== 'string')
    return skipped(id, `/openapi.json is not served at this address (${status})`);
  return ok(id, `/openapi.json describes ${printable(`${String(info.title)} ${info.version}`)}.`);
}

function counts({ status, text }: WebResponse): Check {
  const id = 'service.metrics';
  if (status === 200 && text.includes('auth_failures_total'))
    return ok(
      id,
      '/metrics counts failed authentications by reason: set an alert on opportunities_auth_failures_total.',
    );
  return skipped(
    id,
    `/metrics is not visible from outside (${status}), which is right. Collect it inside, and set an alert on opportunities_auth_failures_total`,
  );
}

function accepts(response: WebResponse | undefined, isGiven: boolean): Check {
  const id = 'service.token';
  if (!response) return skipped(id, isGiven ? 'a token is never sent over http://' : 'give --token');
  const { code } = parsed(response.text) as { code?: unknown };
  if (response.status === 200) return ok(id, 'The running service accepts the token.');
  const says = `The running service refuses the token: ${response.status}${typeof code === 'string' ? ` ${printable(code)}` : ''}.`;
  return failure(
    id,
    says,
    'If token.accepted is ok, the running service has other settings than the doctor: restart the service, or give its own file with --env.',
  );
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Removes control characters from a text of the server, so that the text cannot control the terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
}
