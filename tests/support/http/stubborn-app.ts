import { request } from 'node:http';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { TEST_SECRET } from './start-app.ts';

export type StubbornAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
};

type Call = { readonly headers?: Record<string, string>; readonly body?: unknown };

/** Codes after which the app repeats its call. The rival of a 409 may be an earlier attempt of the same app. */
const COME_BACK = ['storage_unavailable', 'idempotency_key_in_use', 'concurrent_change'];

/** The largest number of attempts. */
const MOST_ATTEMPTS = 300;

/**
 * An app on a bad network. It repeats each call until a complete response arrives that does not ask it to come back
 * later, and it often stops waiting for a response.
 */
export class StubbornApp {
  /** The number of responses by status. Status 0 counts incomplete responses. */
  readonly statuses = new Map<number, number>();
  private readonly url: string;
  private readonly random: () => number;
  private readonly token: string;

  constructor(url: string, userId: string, random: () => number) {
    this.url = url;
    this.random = random;
    this.token = signDjangoToken({ secret: TEST_SECRET, userId });
  }

  async call(method: string, path: string, call: Call = {}): Promise<StubbornAnswer> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const answer = await this.attempt(method, path, call).catch(() => undefined);
      const status = answer?.status ?? 0;
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      if (answer && !COME_BACK.includes(String(answer.body['code']))) return answer;
    }
    throw new Error(`${method} ${path} got no answer`);
  }

  private attempt(method: string, path: string, { headers, body }: Call): Promise<StubbornAnswer> {
    const json = body === undefined ? undefined : JSON.stringify(body);
    // The app stops waiting at once, soon, or almost never.
    const patience = this.random() < 0.3 ? Math.floor(this.random() * 30) : 5000;
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.url}/api/v1/opportunities${path}`,
        {
          method,
          agent: false,
          signal: AbortSignal.timeout(patience),
          headers: {
            Authorization: `Bearer ${this.token}`,
            ...(json !== undefined && {
              'Content-Type': 'application/json',
              'Content-Length': Buffer.byteLength(json),
            }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (text += part));
          response.on('error', reject);
          response.on('close', () => {
            if (!response.complete) reject(new Error('the answer was cut off'));
            else
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: JSON.parse(text || '{}') as Record<string, unknown>,
              });
          });
        },
      );
      sent.on('error', reject);
      sent.end(json);
    });
  }
}
