import autocannon from 'autocannon';
import { percentile } from '../figures.ts';

export type Request = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
};

export type Figures = {
  readonly perSecond: number;
  /** Median duration in milliseconds. */
  readonly p50: number;
  /** Duration in milliseconds that 99 of 100 requests do not exceed. */
  readonly p99: number;
};

/** Number of connections over which requests are sent at once. */
export const CONNECTIONS = 16;

/**
 * Sends the requests in turn and repeatedly over several connections at once.
 * @param rate requests per second over all connections. Without it, each response is followed by the next request.
 * @throws Error when any request fails or is refused, because such a response is cheaper than a real one.
 */
export async function load(
  url: string,
  token: string,
  requests: readonly Request[],
  seconds: number,
  rate?: number,
): Promise<Figures> {
  const durations: number[] = [];
  const start = performance.now();
  const { errors, non2xx, statusCodeStats } = await new Promise<autocannon.Result>((resolve, reject) => {
    const settings = {
      url,
      connections: CONNECTIONS,
      duration: seconds,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      requests: requests.map((request) => ({ ...request })),
      ...(rate !== undefined && { overallRate: rate }),
    };
    autocannon(settings, (error: Error | null, result) => {
      if (error) reject(error);
      else resolve(result);
    }).on('response', (_client, _status, _bytes, milliseconds) => durations.push(milliseconds));
  });
  const elapsed = (performance.now() - start) / 1000;
  if (errors > 0 || non2xx > 0)
    throw new Error(`${url}: ${errors} requests failed; the others: ${JSON.stringify(statusCodeStats)}`);
  return { perSecond: durations.length / elapsed, p50: percentile(durations, 50), p99: percentile(durations, 99) };
}
