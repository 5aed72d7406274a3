import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, LOOPBACK } from '../../tools/local/processes/ports.ts';

export const JWT_SECRET = randomBytes(32).toString('hex');

/** One of the two compared programs, in a process of its own. */
export type Service = {
  readonly name: 'ours' | 'hand-written';
  readonly url: string;
  /** The resident set size of its process at this moment, in MiB. */
  residentMiB(): number;
  stop(): Promise<void>;
};

/** Limits that the benchmark does not reach, so that rate limiting is measured but refuses nothing. */
const HIGH_LIMITS = { RATE_LIMIT_READS_PER_MINUTE: '1000000', RATE_LIMIT_WRITES_PER_MINUTE: '1000000' };

const READY_MS = 15_000;

/** Starts the built service as an operator does, but without the relay, which needs Kafka. The log goes to a file. */
export function startOurs(databaseUrl: string): Promise<Service> {
  return start('ours', ['--max-semi-space-size=32', 'dist/main.js'], {
    ROLE: 'api',
    DATABASE_URL: databaseUrl,
    ...HIGH_LIMITS,
  });
}

export function startHandWritten(databaseUrl: string): Promise<Service> {
  return start('hand-written', ['bench/http/hand-written-service.ts'], { DATABASE_URL: databaseUrl });
}

async function start(name: Service['name'], args: readonly string[], settings: NodeJS.ProcessEnv): Promise<Service> {
  const port = String(await freePort());
  const folder = mkdtempSync(join(tmpdir(), `opportunities-bench-${name}-`));
  const log = join(folder, 'output.log');
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, args, {
    // The image sets the first three of these variables, too.
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      MALLOC_ARENA_MAX: '2',
      HOST: LOOPBACK,
      PORT: port,
      JWT_SECRET,
      ...settings,
    },
    stdio: ['ignore', output, output],
  });
  process.once('exit', () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://${LOOPBACK}:${port}`;
  await waitForResponse(url, child, log);
  return {
    name,
    url,
    residentMiB: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1024,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function waitForResponse(url: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => undefined,
    );
    if (status !== undefined) return;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${child.spawnargs.join(' ')} does not respond: ${readFileSync(log, 'utf8')}`);
    await sleep(50);
  }
}
