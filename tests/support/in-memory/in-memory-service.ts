import type { ContainerModule } from 'inversify';
import type { App } from '../../../src/app.ts';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { SOME_DAY } from '../opportunities/an-opportunity.ts';
import { expectDescribed } from '../http/described-responses.ts';
import { FixedClock, fixedClock } from '../system/fixed-clock.ts';
import { InMemoryDatabase } from './in-memory-database.ts';
import { inMemoryPersistence } from './in-memory-persistence.ts';
import { RecordingPublisher, recordingPublisher } from '../outbox/recording-publisher.ts';
import { startAppWith, TEST_SECRET } from '../http/start-app.ts';

export const OPPORTUNITIES = '/api/v1/opportunities';

/** The smallest body that POST accepts. */
export const SMALLEST = {
  type: 'internship',
  title: 'Backend internship',
  description: 'Build services with us.',
  applyUrl: 'https://example.org/apply',
};

/** Parts of a body that tests read: a resource, a page or a problem. */
export type Body = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly status: string | number;
  readonly items: readonly Body[];
  readonly page: { readonly nextCursor: string | null };
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly currentStatus: string;
  readonly errors: readonly { pointer?: string; parameter?: string; code: string; detail: string }[];
  readonly [name: string]: unknown;
};

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** Null when the response is not JSON. */
  readonly body: Body;
  readonly text: string;
};

type Call = { headers?: Record<string, string>; body?: unknown };

/** A user of the app. */
export type Member = {
  readonly token: string;
  get(path: string): Promise<Answer>;
  /** Sends a request. A body that is not a string is sent as JSON. */
  post(path: string, body?: unknown): Promise<Answer>;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Posts the smallest opportunity with some changes, and returns its resource. */
  posts(changes?: Record<string, unknown>): Promise<Body>;
};

export type InMemoryService = {
  readonly app: App;
  readonly url: string;
  readonly database: InMemoryDatabase;
  readonly broker: RecordingPublisher;
  readonly clock: FixedClock;
  as(userId: string, role?: string): Member;
  anonymous(method: string, path: string, call?: Call): Promise<Answer>;
};

/**
 * The whole service as in production, with HTTP. Only PostgreSQL and Kafka are replaced by memory, and the clock
 * stands at SOME_DAY.
 */
export async function startInMemoryService(
  environment: Record<string, string> = {},
  ...overrides: ContainerModule[]
): Promise<InMemoryService> {
  const database = new InMemoryDatabase();
  const broker = new RecordingPublisher();
  const clock = new FixedClock(SOME_DAY);
  const app = await startAppWith(
    environment,
    inMemoryPersistence(database),
    recordingPublisher(broker),
    fixedClock(clock),
    ...overrides,
  );
  const call = async (method: string, path: string, { headers = {}, body }: Call = {}): Promise<Answer> => {
    const json = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(app.url + path, {
      method,
      headers: { ...(json !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(json !== undefined && { body: json }),
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    // A relay does not serve the paths of the API.
    if (environment['ROLE'] !== 'relay' || /^\/(health\/|metrics$)/.test(path))
      expectDescribed({ method, target: path, status, headers: answered, body: text });
    const isJson = /^application\/(\S+\+)?json\b/.test(answered.get('Content-Type') ?? '');
    return { status, headers: answered, body: JSON.parse(isJson && text !== '' ? text : 'null') as Body, text };
  };
  const as = (userId: string, role = 'user'): Member => {
    const token = signDjangoToken({ secret: TEST_SECRET, userId, role, now: clock.now() });
    const authorised: Member['call'] = (method, path, { headers, body } = {}) =>
      call(method, path, { headers: { Authorization: `Bearer ${token}`, ...headers }, body });
    return {
      token,
      call: authorised,
      get: (path) => authorised('GET', path),
      post: (path, body) => authorised('POST', path, { body }),
      posts: async (changes = {}) => {
        const { status, body } = await authorised('POST', OPPORTUNITIES, { body: { ...SMALLEST, ...changes } });
        if (status !== 201) throw new Error(JSON.stringify(body));
        return body;
      },
    };
  };
  return { app, url: app.url, database, broker, clock, as, anonymous: call };
}
