import { expect } from 'chai';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { startAppWith } from '../../../support/http/start-app.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('several processes behind one address', () => {
  let database: string;
  let services: ServiceProcess[];

  before(async function () {
    this.timeout(30_000);
    database = await createTestDatabase();
    const environment = {
      DATABASE_URL: database,
      ROLE: 'api',
      RATE_LIMIT_READS_PER_MINUTE: '40',
      RATE_LIMIT_WRITES_PER_MINUTE: '10',
      RATE_LIMIT_ANONYMOUS_PER_MINUTE: '15',
    };
    services = [await startService(environment)];
    services.push(...(await Promise.all([startService(environment), startService(environment)])));
  });

  after(killAll);

  /** Sends so many requests to each process at once. @returns their statuses. */
  const statuses = async (count: number, ask: (url: string) => Promise<{ status: number }>): Promise<number[]> => {
    const asked = services.flatMap(({ url }) => Array.from({ length: count }, () => ask(url)));
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  const not429 = (all: readonly number[]): number[] => all.filter((status) => status !== 429);

  it('together allow a user as many reads and writes as one process', async () => {
    const reads = await statuses(50, (url) => apiClient(url, 'ada').get('?mine=true'));
    expect(not429(reads)).to.deep.equal(Array(40).fill(200));
    const writes = await statuses(20, (url) => apiClient(url, 'ada').post('', SOME_OPPORTUNITY));
    expect(not429(writes)).to.deep.equal(Array(10).fill(201));
    expect(await query(database, 'SELECT 1 FROM opportunity')).to.have.length(10);
  });

  it('together allow an address as many requests without a token as one process', async () => {
    expect(not429(await statuses(30, (url) => fetch(`${url}/problems`)))).to.deep.equal(Array(15).fill(200));
  });

  it('close the connections of the rate limiter when they stop', async () => {
    const app = await startAppWith({ DATABASE_URL: database, ROLE: 'api' });
    const open = async (): Promise<unknown[]> =>
      query(
        database,
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'opportunities limits' AND pid <> ALL ($1)`,
        [others],
      );
    const others: unknown[] = [];
    others.push(...(await open()).map((row) => (row as { pid: number }).pid));
    await fetch(`${app.url}/problems`);
    expect(await open()).to.have.length(1);
    await app.stop();
    await eventually(async () => ((await open()).length === 0 ? true : undefined));
  });

  it('keep the counts in an unlogged table, because they need not survive a crash', async () => {
    const rows = await query<{ key: string; points: number }>(
      database,
      'SELECT key, points FROM rate_limit ORDER BY key',
    );
    expect(rows.map(({ key }) => key)).to.deep.equal(['anonymous:127.0.0.1', 'reads:ada', 'writes:ada']);
    const kinds = await query(database, "SELECT relpersistence AS kind FROM pg_class WHERE relname = 'rate_limit'");
    expect(kinds).to.deep.equal([{ kind: 'u' }]);
  });
});
