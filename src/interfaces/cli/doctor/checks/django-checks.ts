import { LookFailed } from '#application/ports/operations/diagnosis';
import { send, type WebResponse } from './web-requests.ts';
import { errorText } from '../../connection-errors.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';
import { FOREIGN_ORIGIN, foreignOrigin, transport } from './web-checks.ts';

/** Where the guide puts it. */
const REFRESH = '/api/auth/refresh/';
/** Seconds that a look from outside can tell apart: the Date header has no fractions. */
const UNSHARP = 2;
/** Seconds that no clock kept by NTP is wrong by. */
const FAR = 30;
const UNSEEN = ['django.https', 'django.origins', 'django.refresh'];
const NOT_GIVEN = 'give --django-url';

/**
 * Looks at Django from outside: one request to refresh without a token, which every refresh view refuses.
 * @param url without a slash at the end; undefined when none was given
 * @param service how far the service's clock is ahead of ours, if it is known
 */
export async function djangoChecks(
  url: string | undefined,
  service: Promise<{ readonly clockAhead: number | undefined }>,
): Promise<Check[]> {
  const throttling = skipped(
    'django.limits',
    'nobody can see it from outside. Set DEFAULT_THROTTLE_CLASSES and DEFAULT_THROTTLE_RATES in REST_FRAMEWORK, for login above all',
  );
  const unseen = (why: string) => [...UNSEEN.map((id) => skipped(id, why)), throttling];
  const [django, { clockAhead }] = await Promise.all([looked(url), service]);
  if (django === undefined)
    return [skipped('django.reachable', NOT_GIVEN), ...unseen(NOT_GIVEN), clock(clockAhead, undefined)];
  if (typeof django === 'string')
    return [
      failure(
        'django.reachable',
        `${url ?? ''} cannot be looked at: ${errorText(django)}`,
        'Start it, or mend the address.',
      ),
      ...unseen('Django does not answer'),
      clock(clockAhead, undefined),
    ];
  return [
    ok('django.reachable', `${url ?? ''} answers`),
    transport('django.https', url ?? ''),
    foreignOrigin(
      'django.origins',
      [django],
      'Remove CORS_ALLOW_ALL_ORIGINS and wide CORS_ALLOWED_ORIGIN_REGEXES: list CORS_ALLOWED_ORIGINS. Neither this service nor a mobile app needs an entry.',
    ),
    refreshes(django),
    throttling,
    clock(clockAhead, django.clockAhead),
  ];
}

async function looked(url: string | undefined): Promise<WebResponse | string | undefined> {
  if (url === undefined) return undefined;
  try {
    return await send(url + REFRESH, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: FOREIGN_ORIGIN },
      body: '{}',
    });
  } catch (error) {
    if (error instanceof LookFailed) return error.reason;
    throw error;
  }
}

function refreshes({ status }: WebResponse): Check {
  const id = 'django.refresh';
  if (status === 400) return ok(id, `Django refreshes tokens at ${REFRESH}`);
  if (status === 429) return ok(id, `Django answers at ${REFRESH} that it was asked too often`);
  return warning(
    id,
    `POST ${REFRESH} answers ${status}: an app cannot refresh there`,
    `path('api/auth/refresh/', TokenRefreshView.as_view()) in urls.py, as in the guide.`,
  );
}

function clock(service: number | undefined, django: number | undefined): Check {
  const id = 'clock.same';
  if (service === undefined) return skipped(id, 'give --url, and --django-url to compare with');
  const other = django === undefined ? 'this machine' : 'Django';
  const difference = Math.round(service - (django ?? 0));
  const says = `the clock of the service is ${Math.abs(difference)} seconds ${difference < 0 ? 'behind' : 'ahead of'} that of ${other}`;
  const fix =
    'Run NTP on both: a service that is ahead refuses tokens too early, one that is behind takes expired ones.';
  if (Math.abs(difference) > FAR) return failure(id, says, fix);
  if (Math.abs(difference) > UNSHARP) return warning(id, says, fix);
  return ok(
    id,
    `the clocks of the service and of ${django === undefined ? 'this machine' : 'Django'} agree to ${UNSHARP} seconds`,
  );
}
