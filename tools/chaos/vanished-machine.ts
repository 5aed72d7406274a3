import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../local/processes/ports.ts';
import { type PostgresServer, startPostgres } from '../local/postgres/postgres.ts';

/**
 * A relay's machine vanishes: its packets come from nowhere and go nowhere, and nothing closes its connection. Measures how
 * long another relay waits for its buckets. The machine is a network namespace of Linux, which takes root to make.
 */
const MACHINE = `relay-${process.pid}`;
const CABLE = { here: `cable${process.pid}a`.slice(0, 15), there: `cable${process.pid}b`.slice(0, 15) };
const HERE = '10.255.77.1';
const THERE = '10.255.77.2';
const BUCKETS = 64;
/** Of the locks on buckets. */
const LOCK_NAMESPACE = 0x0b0c;
/** Milliseconds. */
const MOST = { start: 30_000, takeOver: 30_000 };

if (process.platform !== 'linux' || process.getuid?.() !== 0)
  fail('It makes a network namespace: run it on Linux, as root.');
if (!existsSync('dist/main.js')) fail('Build the service first: npm run build');

const relays: ReturnType<typeof spawn>[] = [];
let postgres: PostgresServer | undefined;
try {
  connect();
  const dir = mkdtempSync(join(tmpdir(), 'opportunities-vanished-'));
  postgres = await startPostgres({ dir, removeOnStop: true, settings: { listen_addresses: '*', fsync: 'off' } });
  appendFileSync(join(dir, 'data', 'pg_hba.conf'), `host all all ${THERE}/32 trust\n`);
  await ask('SELECT pg_reload_conf()');

  await relay([], postgres.url);
  await owners([BUCKETS]);
  await relay(['ip', 'netns', 'exec', MACHINE], postgres.url.replace('127.0.0.1', HERE));
  await owners([BUCKETS / 2, BUCKETS / 2]);

  // Sent packets find no one, rather than no way.
  const [{ address } = { address: '' }] = JSON.parse(
    run('ip', '-json', '-netns', MACHINE, 'link', 'show', CABLE.there),
  ) as { address: string }[];
  run('ip', 'neigh', 'replace', THERE, 'lladdr', address, 'dev', CABLE.here, 'nud', 'permanent');
  run('ip', '-netns', MACHINE, 'addr', 'del', `${THERE}/30`, 'dev', CABLE.there);
  const vanished = performance.now();
  await owners([BUCKETS]);
  console.log(
    `All ${BUCKETS} buckets taken over ${((performance.now() - vanished) / 1000).toFixed(1)} s after the machine vanished.`,
  );
} finally {
  for (const each of relays) each.kill('SIGKILL');
  await postgres?.stop();
  spawnSync('ip', ['netns', 'del', MACHINE], { stdio: 'ignore' });
  spawnSync('ip', ['link', 'del', CABLE.here], { stdio: 'ignore' });
}

/** A machine beside this one, and a cable between the two. */
function connect(): void {
  run('ip', 'netns', 'add', MACHINE);
  run('ip', 'link', 'add', CABLE.here, 'type', 'veth', 'peer', 'name', CABLE.there, 'netns', MACHINE);
  run('ip', 'addr', 'add', `${HERE}/30`, 'dev', CABLE.here);
  run('ip', 'link', 'set', CABLE.here, 'up');
  run('ip', '-netns', MACHINE, 'addr', 'add', `${THERE}/30`, 'dev', CABLE.there);
  run('ip', '-netns', MACHINE, 'link', 'set', CABLE.there, 'up');
  run('ip', '-netns', MACHINE, 'link', 'set', 'lo', 'up');
}

/** @param where what comes before the command, to run it elsewhere. */
async function relay(where: readonly string[], databaseUrl: string): Promise<void> {
  const child = spawn('env', [...where, process.execPath, 'dist/main.js'], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      ROLE: 'relay',
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      LOG_LEVEL: 'error',
      JWT_SECRET: 'of no use here: this process takes no tokens',
      DATABASE_URL: databaseUrl,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  relays.push(child);
}

/** Until so many sessions own so many buckets each. */
async function owners(expected: readonly number[]): Promise<void> {
  const deadline = performance.now() + Math.max(MOST.start, MOST.takeOver);
  for (;;) {
    const owned = await ask(`
      SELECT count(*)::int AS count FROM pg_locks
      WHERE locktype = 'advisory' AND classid = ${LOCK_NAMESPACE} AND objsubid = 2 GROUP BY pid ORDER BY count`);
    const counts = owned.map(({ count }) => Number(count));
    if (JSON.stringify(counts) === JSON.stringify(expected)) return;
    if (performance.now() > deadline)
      fail(`Sessions own ${JSON.stringify(counts)} buckets, and not ${JSON.stringify(expected)}.`);
    await sleep(100);
  }
}

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres?.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: ${stderr}`);
  return stdout;
}

function fail(reason: string): never {
  throw new Error(reason);
}
