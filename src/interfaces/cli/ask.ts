import { LookFailed } from '#application/ports/diagnosis';
import { PATIENCE_MS } from './in-time.ts';

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
