import { type Check, failure, ok, warning } from '../report.ts';
import { isLoopback, type WebResponse } from './web-requests.ts';

/** An origin that is in no list of allowed origins, because RFC 2606 reserves .invalid. */
export const FOREIGN_ORIGIN = 'https://doctor.invalid';
/** Half a year in seconds. A shorter time would expire between the visits of somebody who comes rarely. */
const LEAST_HSTS_SECONDS = 15_552_000;

/** Checks that requests to the address cannot be read on their way. */
export function transport(id: string, url: string): Check {
  if (url.startsWith('https://')) return ok(id, 'The server responds over TLS, and its certificate is trusted here.');
  const fix = 'Put a load balancer with TLS in front, and give apps only the https:// address.';
  if (isLoopback(url))
    return warning(id, 'This is an http:// address on this machine. Check the public address as well.', fix);
  return failure(id, 'The address is http://, so everybody on the way can read the tokens.', fix);
}

export function strictTransport(id: string, url: string, { headers }: WebResponse): Check {
  const header = headers.get('strict-transport-security');
  const seconds = Number(/max-age="?(\d+)/i.exec(header ?? '')?.[1] ?? 0);
  const fix = 'With NODE_ENV=production the service sends it for a year; a proxy in front must not remove it.';
  if (header === null) return warning(id, 'The response has no Strict-Transport-Security header.', fix);
  if (seconds < LEAST_HSTS_SECONDS)
    return warning(id, `Strict-Transport-Security lasts for only ${seconds} seconds.`, fix);
  const isPlain = url.startsWith('http:');
  return ok(id, `Strict-Transport-Security is sent${isPlain ? '; browsers honour it only over https://' : ''}.`);
}

/** @param responses responses to requests from FOREIGN_ORIGIN. */
export function foreignOrigin(id: string, responses: readonly WebResponse[], fix: string): Check {
  const allowed = responses
    .map(({ headers }) => headers.get('access-control-allow-origin'))
    .filter((origin) => origin !== null);
  if (allowed.includes('*'))
    return failure(id, 'Every website may call the server: Access-Control-Allow-Origin is "*".', fix);
  if (allowed.includes(FOREIGN_ORIGIN))
    return failure(id, 'Every website may call the server: it allows any origin that a request names.', fix);
  return ok(id, 'A website that is not listed may not call the server.');
}
