import { LookFailed } from '#application/ports/operations/diagnosis';
import { errorText } from '../../connection-errors.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';
import { FOREIGN_ORIGIN, foreignOrigin, transport } from './web-checks.ts';
import { send, type WebResponse } from './web-requests.ts';

/** The path at which the integration guide puts the refresh view. */
const REFRESH = '/api/auth/refresh/';
/** The Date header has whole seconds, so a smaller difference between two clocks cannot be measured. */
const MEASURABLE_SECONDS = 2;
/** No clock that NTP keeps right is wrong by this much. */
const LARGE_DIFFERENCE_SECONDS = 30;
const IDS_FROM_RESPONSE = ['django.https', 'django.origins', 'django.refresh'];
const NOT_GIVEN = 'give --django-url';

/**
 * Checks Django from outside with one refresh request that has no token, which every refresh view refuses.
 * @param url the address without a slash at the end; undefined when none was given.
 * @param service resolves with the seconds by which the service's clock is ahead of this machine's, if they are known.
 */
export async function djangoChecks(
  url: string | undefined,
  service: Promise<{ readonly clockAhead: number | undefined }>,
): Promise<Check[]> {
  const throttling = skipped(
    'django.limits',
    'throttling cannot be seen from outside. Set DEFAULT_THROTTLE_CLASSES and DEFAULT_THROTTLE_RATES in REST_FRAMEWORK, above all for the login',
  );
  const withoutResponse = (why: string) => [...IDS_FROM_RESPONSE.map((id) => skipped(id, why)), throttling];
  const [django, { clockAhead }] = await Promise.all([refreshResponse(url), service]);
  if (django === undefined)
    return [skipped('django.reachable', NOT_GIVEN), ...withoutResponse(NOT_GIVEN), clock(clockAhead, undefined)];
  if (typeof django === 'string')
    return [
      failure(
        'django.reachable',
        `Django cannot be reached at ${url ?? ''}: ${errorText(django)}.`,
        'Start Django, or correct the address.',
      ),
      ...withoutResponse('Django cannot be reached'),
      clock(clockAhead, undefined),
    ];
  return [
    ok('django.reachable', `Django responds at ${url ?? ''}.`),
    transport('django.https', url ?? ''),
    foreignOrigin(
      'django.origins',
      [django],
      'Remove CORS_ALLOW_ALL_ORIGINS and wide CORS_ALLOWED_ORIGIN_REGEXES, and list origins in CORS_ALLOWED_ORIGINS. Neither this service nor a mobile app needs an entry.',
    ),
    refreshes(django),
    throttling,
    clock(clockAhead, django.clockAhead),
  ];
}

/** @returns the code of the error when Django cannot be reached; undefined without an address. */
async function refreshResponse(url: string | undefined): Promise<WebResponse | string | undefined> {
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
  if (status === 400) return ok(id, `Django refreshes tokens at ${REFRESH}.`);
  if (status === 429) return ok(id, `Django responds at ${REFRESH} that it received too many requests.`);
  return warning(
    id,
    `Django responds to POST ${REFRESH} with ${status}, so an app cannot refresh its token there.`,
    `Add path('api/auth/refresh/', TokenRefreshView.as_view()) to urls.py, as the guide shows.`,
  );
}

function clock(service: number | undefined, django: number | undefined): Check {
  const id = 'clock.same';
  if (service === undefined) return skipped(id, 'give --url, and --django-url to compare with Django');
  const other = django === undefined ? 'this machine' : 'Django';
  const difference = Math.round(service - (django ?? 0));
  const says = `The clock of the service is ${Math.abs(difference)} seconds ${difference < 0 ? 'behind' : 'ahead of'} the clock of ${other}.`;
  const fix =
    'Run NTP on both machines. A service whose clock is ahead refuses tokens too early, and one whose clock is behind accepts expired tokens.';
  if (Math.abs(difference) > LARGE_DIFFERENCE_SECONDS) return failure(id, says, fix);
  if (Math.abs(difference) > MEASURABLE_SECONDS) return warning(id, says, fix);
  return ok(id, `The clocks of the service and of ${other} agree to ${MEASURABLE_SECONDS} seconds.`);
}
