import { LookFailed } from '#application/ports/operations/diagnosis';
import { type Check, failure, ok, warning } from './report.ts';

/** Milliseconds for each look; all are taken at the same time. */
export const PATIENCE_MS = 5000;

/** @throws LookFailed when the work is late, or fails in a way that no port names. */
export async function inTime<T>(work: Promise<T>, milliseconds = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new LookFailed('ETIMEDOUT'));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof LookFailed ? error : new LookFailed('UNKNOWN');
  } finally {
    clearTimeout(timer);
  }
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Seconds by which its clock is ahead of ours; undefined without a Date header. Right to about a second. */
  readonly clockAhead: number | undefined;
};

type Question = { method?: string; headers?: Record<string, string>; body?: string };

/** One request; redirections are answers. @throws LookFailed */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  const sent = Date.now();
  try {
    const response = await fetch(url, { ...question, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
    const half = (Date.now() - sent) / 2;
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      // The header has no fractions: on the average it is half a second old.
      clockAhead: Number.isNaN(date) ? undefined : (date + 500 - (sent + half)) / 1000,
    };
  } catch (error) {
    throw new LookFailed(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'ETIMEDOUT';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}

/** Of this machine: what is sent there travels over no network. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether nobody on the way can read what is sent there. */
export function isConfidential(url: string): boolean {
  return url.startsWith('https://') || isLoopback(url);
}

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
