import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeptProcess } from '../../../tools/local/processes/kept-process.ts';
import { freePort, LOOPBACK } from '../../../tools/local/processes/ports.ts';

export type KafkaClientName = 'kafkajs' | 'platformatic';

export type RelaySettings = {
  readonly database: string;
  readonly brokers: string;
  readonly topic: string;
  readonly client: KafkaClientName;
  /** Further environment variables of the service. */
  readonly environment?: Readonly<Record<string, string>>;
};

const READY_MS = 20_000;
const STOP_MS = 10_000;

/** The built service running as a relay, as an operator runs it. It ends when this process ends, if not stopped earlier. */
export class Relay {
  private readonly kept: KeptProcess;

  private constructor(kept: KeptProcess) {
    this.kept = kept;
  }

  static async start({ database, brokers, topic, client, environment }: RelaySettings): Promise<Relay> {
    const folder = mkdtempSync(join(tmpdir(), 'opportunities-bench-relay-'));
    const logFile = join(folder, 'relay.log');
    const port = String(await freePort());
    const kept = await KeptProcess.start(
      {
        command: process.execPath,
        args: ['--max-semi-space-size=32', 'dist/main.js'],
        cwd: process.cwd(),
        logFile,
        stopSignal: 'SIGTERM',
        graceMs: STOP_MS,
        removeFolder: folder,
      },
      {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        MALLOC_ARENA_MAX: '2',
        ROLE: 'relay',
        HOST: LOOPBACK,
        PORT: port,
        JWT_SECRET: randomBytes(32).toString('hex'),
        DATABASE_URL: database,
        KAFKA_BROKERS: brokers,
        KAFKA_TOPIC: topic,
        KAFKA_CLIENT: client,
        ...environment,
      },
    );
    await waitUntilReady(`http://${LOOPBACK}:${port}/health/ready`, kept, logFile);
    return new Relay(kept);
  }

  residentMiB(): number {
    return residentMiB(this.kept.pid);
  }

  stop(): Promise<void> {
    return this.kept.stop();
  }
}

/** The resident set size of a process at this moment, in MiB. */
export function residentMiB(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

async function waitUntilReady(url: string, kept: KeptProcess, logFile: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (!kept.running || performance.now() > deadline) {
      const log = readFileSync(logFile, 'utf8');
      await kept.stop();
      throw new Error(`The relay does not become ready: ${log}`);
    }
    await sleep(50);
  }
}
