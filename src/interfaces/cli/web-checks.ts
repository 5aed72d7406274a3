import { type Answer, isLoopback } from './ask.ts';
import { type Check, failure, ok, warning } from './report.ts';

/** An origin that no list of origins has: RFC 2606 keeps .invalid free. */
export const FOREIGN_ORIGIN = 'https://doctor.invalid';
/** Seconds: half a year, below which browsers do not preload, and after which a rare visitor is unprotected again. */
const LEAST_HSTS = 15_552_000;

/** Whether what is sent to it can be read on the way. */
export function transport(id: string, url: string): Check {
  if (url.startsWith('https://')) return ok(id, 'it answers over TLS, with a certificate that is trusted here');
  const fix = 'Put it behind a load balancer with TLS, and give apps the https:// address alone.';
  if (isLoopback(url)) return warning(id, 'this address is http:// on this machine: look at the public one', fix);
  return failure(id, 'http: everybody on the way can read the tokens', fix);
}

export function strictTransport(id: string, url: string, { headers }: Answer): Check {
  const header = headers.get('strict-transport-security');
  const seconds = Number(/max-age="?(\d+)/i.exec(header ?? '')?.[1] ?? 0);
  const fix = 'NODE_ENV=production sends it; a proxy in front must not take it away.';
  if (header === null) return warning(id, 'Strict-Transport-Security is not sent', fix);
  if (seconds < LEAST_HSTS) return warning(id, `Strict-Transport-Security lasts for ${seconds} seconds`, fix);
  const isPlain = url.startsWith('http:');
  return ok(id, `Strict-Transport-Security is sent${isPlain ? '; browsers heed it over https:// alone' : ''}`);
}

/** @param answers to requests of FOREIGN_ORIGIN */
export function foreignOrigin(id: string, answers: readonly Answer[], fix: string): Check {
  const allowed = answers.map(({ headers }) => headers.get('access-control-allow-origin')).filter((it) => it !== null);
  if (allowed.includes('*')) return failure(id, 'every website may call it (Access-Control-Allow-Origin: *)', fix);
  if (allowed.includes(FOREIGN_ORIGIN))
    return failure(id, 'every website may call it: it allows whatever origin asks', fix);
  return ok(id, 'a website that nobody listed is not allowed');
}
