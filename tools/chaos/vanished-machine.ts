import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../local/postgres/postgres.ts';
import { freePort } from '../local/processes/ports.ts';

/**
 * npm run prove:vanished-machine: measures how long another relay waits for the buckets of a relay whose machine has
 * vanished. Packets to and from such a machine are lost, and nothing closes its connections. The machine is a network
 * namespace of Linux, which only root can make.
 */
const MACHINE = `relay-${process.pid}`;
const CABLE = { here: `cable${process.pid}a`.slice(0, 15), there: `cable${process.pid}b`.slice(0, 15) };
const HERE = '10.255.77.1';
const THERE = '10.255.77.2';
const BUCKETS = 64;
/** First key of the advisory locks on buckets. */
const BUCKET_LOCKS = 0x0b0c;
/** Longest time in milliseconds to wait for a relay's start or for a take-over. */
const PATIENCE_MS = 30_000;

if (process.platform !== 'linux' || process.getuid?.() !== 0)
  fail('This program makes a network namespace: run it on Linux, as root.');
if (!existsSync('dist/main.js')) fail('Build the service first: npm run build');

const relays: ReturnType<typeof spawn>[] = [];
let postgres: PostgresServer | undefined;
try {
  connect();
  const dir = mkdtempSync(join(tmpdir(), 'opportunities-vanished-'));
  postgres = await startPostgres({ dir, removeOnStop: true, settings: { listen_addresses: '*', fsync: 'off' } });
  appendFileSync(join(dir, 'data', 'pg_hba.conf'), `host all all ${THERE}/32 trust\n`);
  await ask('SELECT pg_reload_conf()');

  await startRelay([], postgres.url);
  await waitForOwners([BUCKETS]);
  await startRelay(['ip', 'netns', 'exec', MACHINE], postgres.url.replace('127.0.0.1', HERE));
  await waitForOwners([BUCKETS / 2, BUCKETS / 2]);

  // A fixed neighbour entry makes packets to the machine disappear silently. Without it the sender would get an error.
  const [{ address } = { address: '' }] = JSON.parse(
    run('ip', '-json', '-netns', MACHINE, 'link', 'show', CABLE.there),
  ) as { address: string }[];
  run('ip', 'neigh', 'replace', THERE, 'lladdr', address, 'dev', CABLE.here, 'nud', 'permanent');
  run('ip', '-netns', MACHINE, 'addr', 'del', `${THERE}/30`, 'dev', CABLE.there);
  const vanished = performance.now();
  await waitForOwners([BUCKETS]);
  console.log(
    `All ${BUCKETS} buckets taken over ${((performance.now() - vanished) / 1000).toFixed(1)} s after the machine vanished.`,
  );
} finally {
  for (const each of relays) each.kill('SIGKILL');
  await postgres?.stop();
  spawnSync('ip', ['netns', 'del', MACHINE], { stdio: 'ignore' });
  spawnSync('ip', ['link', 'del', CABLE.here], { stdio: 'ignore' });
}

/** Makes the second machine and a cable between the two. */
function connect(): void {
  run('ip', 'netns', 'add', MACHINE);
  run('ip', 'link', 'add', CABLE.here, 'type', 'veth', 'peer', 'name', CABLE.there, 'netns', MACHINE);
  run('ip', 'addr', 'add', `${HERE}/30`, 'dev', CABLE.here);
  run('ip', 'link', 'set', CABLE.here, 'up');
  run('ip', '-netns', MACHINE, 'addr', 'add', `${THERE}/30`, 'dev', CABLE.there);
  run('ip', '-netns', MACHINE, 'link', 'set', CABLE.there, 'up');
  run('ip', '-netns', MACHINE, 'link', 'set', 'lo', 'up');
}

/** @param where words to put before the command, so that it runs on the other machine. */
async function startRelay(where: readonly string[], databaseUrl: string): Promise<void> {
  const child = spawn('env', [...where, process.execPath, 'dist/main.js'], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      ROLE: 'relay',
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      LOG_LEVEL: 'error',
      JWT_SECRET: 'not used: a relay verifies no tokens',
      DATABASE_URL: databaseUrl,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  relays.push(child);
}

/** Waits until there is one session for each expected number of buckets. */
async function waitForOwners(expected: readonly number[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const owned = await ask(`
      SELECT count(*)::int AS count FROM pg_locks
      WHERE locktype = 'advisory' AND classid = ${BUCKET_LOCKS} AND objsubid = 2 GROUP BY pid ORDER BY count`);
    const counts = owned.map(({ count }) => Number(count));
    if (JSON.stringify(counts) === JSON.stringify(expected)) return;
    if (performance.now() > deadline)
      fail(`Sessions own ${JSON.stringify(counts)} buckets instead of ${JSON.stringify(expected)}.`);
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
