import { LookFailed } from '#application/ports/operations/diagnosis';

/** Milliseconds that one check may take. Checks run at the same time. */
export const CHECK_TIMEOUT_MS = 5000;

/** @throws LookFailed when the work takes too long, or fails with an error that no port names. */
export async function withTimeout<T>(work: Promise<T>, milliseconds = CHECK_TIMEOUT_MS): Promise<T> {
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

export type WebResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Seconds by which the server's clock is ahead of this machine's, accurate to about a second; undefined without a Date header. */
  readonly clockAhead: number | undefined;
};

type RequestOptions = { method?: string; headers?: Record<string, string>; body?: string };

/**
 * Sends one request. A redirection is returned and not followed.
 * @throws LookFailed
 */
export async function send(url: string, options: RequestOptions = {}): Promise<WebResponse> {
  const sent = Date.now();
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const response = await fetch(url, { ...options, redirect: 'manual', signal });
    const half = (Date.now() - sent) / 2;
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      // The Date header has whole seconds, so on average it is half a second old.
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

/** Whether the address is on this machine, so that a request travels over no network. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether a request to the address is encrypted or stays on this machine. */
export function isConfidential(url: string): boolean {
  return url.startsWith('https://') || isLoopback(url);
}
