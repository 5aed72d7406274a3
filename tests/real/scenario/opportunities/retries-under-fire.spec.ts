import { expect } from 'chai';
import { SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { seededRandom } from '../../../support/system/seeded-random.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { StubbornApp } from '../../../support/http/stubborn-app.ts';
import { cutAfter, startTcpProxy, type TcpProxy } from '../../../support/servers/tcp-proxy.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

const POSTS = 40;
const UNCUT = { toServer: Infinity, toClient: Infinity };

describe('an app that repeats each request until it gets a response', () => {
  const proxies: TcpProxy[] = [];
  const between = async (target: { host: string; port: number }, watch: Parameters<typeof startTcpProxy>[1]) => {
    const proxy = await startTcpProxy(target, watch);
    proxies.push(proxy);
    return proxy.port;
  };

  afterEach(async () => {
    killAll();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });

  /** Acts as a user with one opportunity: posts it, edits it, and deletes every third one. */
  async function oneOpportunity(app: StubbornApp, number: number): Promise<void> {
    const created = await app.call('POST', '', {
      headers: { 'Idempotency-Key': `post-${number}` },
      body: { ...SOME_OPPORTUNITY, title: `Number ${number}` },
    });
    expect(created.status, JSON.stringify(created.body)).to.equal(201);
    const path = `/${String(created.body['id'])}`;

    const title = `Number ${number}, changed`;
    const headers = { 'If-Match': String(created.headers['etag']) };
    const edited = await app.call('PATCH', path, { headers, body: { title } });
    expect(edited.status, JSON.stringify(edited.body)).to.be.oneOf([200, 412]);
    // A repeated request may get 412, because its own first attempt may have made the change.
    const now = edited.status === 200 ? edited : await app.call('GET', path);
    expect(now.body).to.include({ title, version: 2 });

    const closed = await app.call('POST', `${path}/close`, {
      headers: { 'Idempotency-Key': `close-${number}`, 'If-Match': String(now.headers['etag']) },
      body: { reason: 'filled' },
    });
    expect(closed.status, JSON.stringify(closed.body)).to.equal(200);
    if (number % 3 !== 0) return;
    const deleted = await app.call('DELETE', path, { headers: { 'If-Match': String(closed.headers['etag']) } });
    expect(deleted.status, JSON.stringify(deleted.body)).to.equal(204);
  }

  async function manyOpportunities(app: StubbornApp): Promise<void> {
    let next = 0;
    const users = Array.from({ length: 4 }, async () => {
      while (next < POSTS) await oneOpportunity(app, next++);
    });
    await Promise.all(users);
  }

  async function everythingHappenedOnce(database: string): Promise<void> {
    const rows = await query<{ title: string; version: number; status: string }>(
      database,
      'SELECT title, version, status FROM opportunity ORDER BY title',
    );
    expect(rows).to.have.deep.members(
      Array.from({ length: POSTS }, (_, number) => ({
        title: `Number ${number}, changed`,
        ...(number % 3 === 0 ? { version: 4, status: 'deleted' } : { version: 3, status: 'closed' }),
      })),
    );
    const events = await query<{ type: string; count: number }>(
      database,
      `SELECT headers->>'ce_type' AS type, count(*)::int AS count FROM outbox GROUP BY 1`,
    );
    expect(events).to.have.deep.members([
      { type: 'opportunities.OpportunityCreated.v1', count: POSTS },
      { type: 'opportunities.OpportunityUpdated.v1', count: POSTS },
      { type: 'opportunities.OpportunityClosed.v1', count: POSTS },
      { type: 'opportunities.OpportunityDeleted.v1', count: Math.ceil(POSTS / 3) },
    ]);
  }

  it('has each change made once, although its connections are cut at any byte', async () => {
    const database = await createTestDatabase();
    // No relay is running, so that all events stay in the outbox and can be counted.
    const service = await startService({ DATABASE_URL: database, ROLE: 'api' });
    const random = seededRandom(1);
    const upTo = (bytes: number) => Math.floor(random() * bytes);
    const port = await between({ host: '127.0.0.1', port: Number(new URL(service.url).port) }, () => {
      const fate = random();
      if (fate < 0.35) return cutAfter({ ...UNCUT, toServer: upTo(900) });
      if (fate < 0.7) return cutAfter({ ...UNCUT, toClient: upTo(1500) });
      return cutAfter(UNCUT);
    });

    const app = new StubbornApp(`http://127.0.0.1:${port}`, 'ada', random);
    await manyOpportunities(app);

    await everythingHappenedOnce(database);
    expect(app.statuses.get(0), 'calls without an answer').to.be.above(POSTS);
    expect([...app.statuses.keys()].filter((status) => status >= 500)).to.deep.equal([]);
  }).timeout(120_000);

  it('has each change made once, although the connections to PostgreSQL are cut at any byte', async () => {
    const database = await createTestDatabase();
    const { hostname, port } = new URL(database);
    const random = seededRandom(2);
    const upTo = (bytes: number) => Math.floor(random() * bytes);
    let cutting = false;
    const url = new URL(database);
    url.port = String(
      await between({ host: hostname, port: Number(port) }, () => {
        if (!cutting) return cutAfter(UNCUT);
        return cutAfter(random() < 0.5 ? { ...UNCUT, toServer: upTo(20_000) } : { ...UNCUT, toClient: upTo(20_000) });
      }),
    );
    const service = await startService({ DATABASE_URL: url.href, ROLE: 'api' });
    cutting = true;

    const app = new StubbornApp(service.url, 'ada', random);
    await manyOpportunities(app);

    await everythingHappenedOnce(database);
    expect(app.statuses.get(503), 'refusals for want of the database').to.be.above(0);
    expect([...app.statuses.keys()].filter((status) => status >= 500)).to.deep.equal([503]);
  }).timeout(120_000);

  it('gets the response that was lost in a crash from another process', async () => {
    const database = await createTestDatabase();
    const { hostname, port } = new URL(database);
    let crash: () => void = () => undefined;
    const url = new URL(database);
    url.port = String(
      await between({ host: hostname, port: Number(port) }, () => {
        let keyed = false;
        return {
          toServer: (bytes) => {
            keyed ||= bytes.includes('INSERT INTO idempotency_key');
            return bytes.length;
          },
          // PostgreSQL has committed and its response (CommandComplete, protocol 3.0) is cut off.
          toClient: (bytes) => {
            if (!keyed || !bytes.includes('COMMIT\0')) return bytes.length;
            crash();
            return 0;
          },
        };
      }),
    );
    const doomed = await startService({ DATABASE_URL: url.href, ROLE: 'api' });
    crash = () => {
      doomed.kill('SIGKILL');
    };
    const call = { headers: { 'Idempotency-Key': 'the-key' }, body: SOME_OPPORTUNITY };
    const post = (at: { url: string }) => new StubbornApp(at.url, 'ada', () => 0.5).call('POST', '', call);

    const unanswered = await rejection(post(doomed));
    expect(unanswered).to.be.instanceOf(Error);
    expect(await doomed.exited).to.equal(null);
    const [row] = await query<{ id: string }>(database, 'SELECT id FROM opportunity');

    const next = await startService({ DATABASE_URL: database, ROLE: 'api' });
    const answer = await post(next);

    expect([answer.status, answer.headers['idempotent-replayed']]).to.deep.equal([201, 'true']);
    expect(answer.body).to.deep.include({ ...SOME_OPPORTUNITY, id: row?.id, status: 'published', version: 1 });
    expect(answer.headers).to.include({ etag: '"1-open"', location: `/api/v1/opportunities/${String(row?.id)}` });
    expect(await query(database, 'SELECT id FROM opportunity')).to.have.length(1);
    expect(await query(database, 'SELECT key FROM outbox')).to.deep.equal([{ key: row?.id }]);
  }).timeout(60_000);
});
