import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { freePort } from '../../../tools/local/processes/ports.ts';
import { eventually } from '../system/eventually.ts';
import { GENEROUS_LIMITS } from '../http/generous-limits.ts';
import { TEST_SECRET } from '../http/start-app.ts';

export type ServiceProcess = {
  readonly url: string;
  /** The output of the process so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code when the process ends; null when a signal ended it. */
  readonly exited: Promise<number | null>;
};

/** Compiled modules that all processes of the tests share, because each would need a fifth of its start to compile them. */
export const COMPILE_CACHE = resolve(process.env['LOCAL_DIR'] ?? '.local', 'compile-cache');
/** Milliseconds until a process must be ready. It needs 2 s, and several times as much while other tests use the machine. */
const READY_MS = 45_000;

const started: ChildProcess[] = [];
process.on('exit', killAll);

/** Ends every service that a test has left behind. */
export function killAll(): void {
  for (const child of started.splice(0)) child.kill('SIGKILL');
}

/** Starts the built service in a process of its own, as it runs in production, and returns at once. */
export async function spawnService(
  environment: Record<string, string>,
  { nodeArguments = [], serviceArguments = [] }: { nodeArguments?: string[]; serviceArguments?: string[] } = {},
): Promise<ServiceProcess> {
  const port = environment['PORT'] ?? String(await freePort());
  const child = spawn(process.execPath, [...nodeArguments, 'dist/main.js', ...serviceArguments], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      HOST: '127.0.0.1',
      PORT: port,
      JWT_SECRET: TEST_SECRET,
      ...GENEROUS_LIMITS,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    exited: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Starts the built service and waits until it is ready. */
export async function startService(environment: Record<string, string>): Promise<ServiceProcess> {
  const service = await spawnService(environment);
  await eventually(async () => ((await fetch(`${service.url}/health/ready`)).ok ? true : undefined), READY_MS).catch(
    (error: unknown) => {
      throw new Error(`the service did not become ready: ${service.output()}`, { cause: error });
    },
  );
  return service;
}
