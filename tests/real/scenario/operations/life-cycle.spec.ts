import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import pg from 'pg';
import { freePort } from '../../../../tools/local/processes/ports.ts';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { killAll, spawnService, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

/** Of mikro-orm-schema-migrations.ts. */
const MIGRATION_LOCK = 7_206_001;

describe('the life cycle of the process', () => {
  let environment: Record<string, string>;
  let blocker: pg.Client | undefined;

  before(async () => {
    environment = { DATABASE_URL: await createTestDatabase(), KAFKA_BROKERS: realServers().kafka.brokers };
  });

  afterEach(async () => {
    await blocker?.end();
    blocker = undefined;
    killAll();
  });

  /** Locks the table, so that every POST waits until the lock is released. */
  async function blockWrites(): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: environment['DATABASE_URL'] });
    blocker = client;
    await client.connect();
    await client.query('BEGIN; LOCK TABLE opportunity IN ACCESS EXCLUSIVE MODE');
    return async () => {
      await client.query('COMMIT');
    };
  }

  async function aWriteWaits(): Promise<void> {
    await eventually(async () => {
      const waiting = await query(
        environment['DATABASE_URL']!,
        "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'opportunity'::regclass",
      );
      return waiting.length > 0 ? true : undefined;
    });
  }

  it('responds to the requests in flight after SIGTERM, accepts no new ones, and ends with exit code 0', async () => {
    const service = await startService(environment);
    const unblock = await blockWrites();
    const inFlight = apiClient(service.url).post('', SOME_OPPORTUNITY);
    await aWriteWaits();

    service.kill('SIGTERM');
    await eventually(async () => ((await rejection(fetch(service.url))) instanceof Error ? true : undefined));
    await unblock();

    const answer = await inFlight;
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('connection')).to.equal('close');
    expect(await service.exited, service.output()).to.equal(0);
  });

  it('aborts requests that do not end within the shutdown timeout', async () => {
    const service = await startService({
      ...environment,
      SHUTDOWN_TIMEOUT_SECONDS: '1',
      DATABASE_STATEMENT_TIMEOUT_MS: '60000',
    });
    await blockWrites();
    const inFlight = rejection(apiClient(service.url).post('', SOME_OPPORTUNITY));
    await aWriteWaits();
    service.kill('SIGTERM');
    expect(await service.exited).to.equal(1);
    expect(service.output()).to.contain('not everything stopped within 1000 ms');
    expect(await inFlight).to.be.instanceOf(Error);
  });

  it('ends at once at a second signal', async () => {
    const service = await startService({ ...environment, DATABASE_STATEMENT_TIMEOUT_MS: '60000' });
    await blockWrites();
    const inFlight = rejection(apiClient(service.url).post('', SOME_OPPORTUNITY));
    await aWriteWaits();
    service.kill('SIGTERM');
    await eventually(() => (service.output().includes('"stopping"') ? true : undefined));
    service.kill('SIGTERM');
    expect(await service.exited).to.equal(1);
    expect(service.output()).to.contain('second signal');
    await inFlight;
  });

  describe('stopped while it starts', () => {
    async function startBehindALock(): Promise<Awaited<ReturnType<typeof spawnService>>> {
      const replica = new pg.Client({ connectionString: environment['DATABASE_URL'] });
      blocker = replica;
      await replica.connect();
      await replica.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
      const service = await spawnService({ ...environment, SHUTDOWN_TIMEOUT_SECONDS: '1' });
      await eventually(async () => {
        const waiting = await query(
          environment['DATABASE_URL']!,
          "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'",
        );
        return waiting.length > 0 ? true : undefined;
      });
      return service;
    }

    it('finishes the present step, never becomes ready, and ends with exit code 0', async () => {
      const service = await startBehindALock();
      service.kill('SIGTERM');
      await eventually(() => (service.output().includes('"stopping"') ? true : undefined));
      await blocker?.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`);
      expect(await service.exited, service.output()).to.equal(0);
      expect(service.output()).to.contain('the service has stopped').and.not.contain('the service is ready');
    });

    it('gives up after the shutdown timeout, and ends with exit code 1', async () => {
      const service = await startBehindALock();
      service.kill('SIGTERM');
      expect(await service.exited, service.output()).to.equal(1);
      expect(service.output()).to.contain('not everything stopped within 1000 ms: the start');
    });
  });

  it('logs an unhandled rejection and ends with an error', async () => {
    const careless =
      'data:text/javascript,process.once("SIGUSR2", () => Promise.reject(new Error("nobody handles me")))';
    const service = await spawnService(environment, { nodeArguments: ['--import', careless] });
    await eventually(() => (service.output().includes('the service is ready') ? true : undefined));
    service.kill('SIGUSR2');
    expect(await service.exited).to.equal(1);
    expect(service.output()).to.contain('nobody handles me').and.contain('unexpected error');
  });

  it('waits for the migrations of another replica, much longer than for any other statement', async () => {
    const replica = new pg.Client({ connectionString: environment['DATABASE_URL'] });
    blocker = replica;
    await replica.connect();
    await replica.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    const starting = startService({ ...environment, DATABASE_STATEMENT_TIMEOUT_MS: '100' });
    const waiting = `SELECT clock_timestamp() - query_start > interval '3 seconds' AS long FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    await eventually(async () => ((await replica.query<{ long: boolean }>(waiting)).rows[0]?.long ? true : undefined));
    await replica.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`);
    const service = await starting;
    // The service responds before it has written its log line.
    await eventually(() => (service.output().includes('the service is ready') ? true : undefined));
  });

  it('does not start with invalid settings, and lists all of them', async () => {
    const service = await spawnService({
      NODE_ENV: 'production',
      PORT: 'http',
      JWT_SECRET: 'short',
      DATABASE_URL: 'mysql://x',
    });
    expect(await service.exited).to.equal(78);
    for (const name of ['PORT', 'JWT_SECRET', 'DATABASE_URL', 'KAFKA_BROKERS'])
      expect(service.output()).to.match(new RegExp(`^  ${name} `, 'm'));
    expect(service.output()).to.not.contain('short').and.not.contain('mysql://x');
  });

  it('says in one line why it cannot start', async () => {
    const noDatabase = await spawnService({
      ...environment,
      DATABASE_URL: `postgresql://nobody@127.0.0.1:${await freePort()}/none`,
    });
    expect(await noDatabase.exited).to.equal(1);
    expect(noDatabase.output().trim().split('\n')).to.have.length(1);
    expect(noDatabase.output()).to.contain('ECONNREFUSED');

    const inTheWay = createServer().listen(0, '127.0.0.1');
    await once(inTheWay, 'listening');
    const { port } = inTheWay.address() as { port: number };
    const busyPort = await spawnService({ ...environment, PORT: String(port), LOG_LEVEL: 'error' });
    expect(await busyPort.exited).to.equal(1);
    expect(busyPort.output().trim().split('\n')).to.have.length(1);
    expect(busyPort.output()).to.contain('EADDRINUSE').and.contain(String(port));
    inTheWay.close();
  });

  it('migrates by command, and does not start on pending migrations with MIGRATE=false', async () => {
    const fresh = { ...environment, DATABASE_URL: await createTestDatabase() };
    const tooEarly = await spawnService({ ...fresh, MIGRATE: 'false' });
    expect(await tooEarly.exited).to.equal(1);
    expect(tooEarly.output()).to.contain('0001-create-opportunity-table');

    const migration = await spawnService(fresh, { serviceArguments: ['migrate'] });
    expect(await migration.exited, migration.output()).to.equal(0);
    const service = await startService({ ...fresh, MIGRATE: 'false' });
    await eventually(() => (service.output().includes('the service is ready') ? true : undefined));
  });
}).timeout(60_000);
