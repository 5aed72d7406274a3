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
  /** undefined when it did not answer. */
  readonly clockAhead: number | undefined;
};

/**
 * Looks at the running service from outside.
 * @param url without a slash at the end; undefined when none was given
 * @param authorization a header that this service should accept
 */
export async function serviceChecks(
  url: string | undefined,
  authorization: string | undefined,
): Promise<ServiceFindings> {
  if (url === undefined) return { checks: unseen('give --url'), clockAhead: undefined };
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
      // Where everybody on the way could read it, it is not sent.
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
        'CORS_ALLOWED_ORIGINS lists those that may; the service itself never answers "*", so look at the proxy in front of it.',
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
    const [, ...others] = unseen('the service does not answer');
    const says = `${url} cannot be looked at: ${errorText(error.reason)}`;
    return {
      checks: [failure('service.ready', says, 'Start it, or mend the address.'), ...others],
      clockAhead: undefined,
    };
  }
}

function unseen(why: string): Check[] {
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
      `/health/ready answers ${status}, and not as this service does`,
      'Give the address of the service.',
    );
  if (status !== 200) return failure(id, '/health/ready: the database is down', 'docs/operations.md, "What breaks".');
  if (broker === 'down')
    return warning(id, 'ready, but no broker answers, or the topic is missing: events wait', 'See the broker checks.');
  const waited = outbox?.oldestSeconds;
  if (typeof waited === 'number' && waited > 60)
    return warning(id, `ready, but events have been waiting for ${waited} seconds`, 'Look for a process that relays.');
  return ok(id, broker === 'up' ? 'ready, broker included' : 'ready; no broker is configured there');
}

function limits({ headers }: WebResponse): Check {
  const id = 'service.limits';
  const policy = headers.get('ratelimit-policy');
  if (policy !== null) return ok(id, `answers tell of limits: ${printable(policy)}`);
  return warning(
    id,
    'no answer tells of a limit',
    'Leave out RATE_LIMIT_ENABLED=false; or the proxy has limits of its own.',
  );
}

function securityHeaders({ headers }: WebResponse): Check {
  const id = 'service.headers';
  const missing = NEEDED_HEADERS.filter((name) => !headers.has(name));
  if (missing.length > 0)
    return warning(id, `the proxy in front takes away: ${missing.join(', ')}`, 'Let it pass headers on as they are.');
  return ok(id, 'the security headers arrive');
}

function describes({ status, text }: WebResponse): Check {
  const id = 'service.description';
  const { info } = parsed(text) as { info?: { title?: unknown; version?: unknown } };
  if (status !== 200 || typeof info?.version !== 'string')
    return skipped(id, `/openapi.json answers ${status}: it is not served at this address`);
  return ok(id, `it describes itself at /openapi.json: ${printable(`${String(info.title)} ${info.version}`)}`);
}

function counts({ status, text }: WebResponse): Check {
  const id = 'service.metrics';
  if (status === 200 && text.includes('auth_failures_total'))
    return ok(id, '/metrics counts failed authentications by reason: alert on opportunities_auth_failures_total');
  return skipped(
    id,
    `/metrics answers ${status}: not there, or not for everybody, which is right. Collect it inside, and alert on opportunities_auth_failures_total`,
  );
}

function accepts(answer: WebResponse | undefined, isGiven: boolean): Check {
  const id = 'service.token';
  if (!answer) return skipped(id, isGiven ? 'a token is not sent over http://' : 'give --token');
  const { code } = parsed(answer.text) as { code?: unknown };
  if (answer.status === 200) return ok(id, 'the running service accepts the token');
  const says = `the running service answers ${answer.status}${typeof code === 'string' ? ` ${printable(code)}` : ''}`;
  return failure(
    id,
    says,
    'When token.accepted is ok, that process has other settings than the ones here: restart it, or give --env its own.',
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

/** What somebody else has written, without what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
}
