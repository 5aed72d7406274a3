import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { prettyFactory } from 'pino-pretty';
import { KeptProcess } from './processes/kept-process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** How much longer than it was told the service may take to end, in milliseconds. */
const GRACE_MS = 5_000;

/**
 * Starts the service from its sources, under a keeper like the servers': a Ctrl-C reaches only us, and it ends with us.
 * @param drainSeconds how long it may drain when it is stopped.
 * @param onLine gets each line of its log, made readable.
 */
export async function startService(
  env: NodeJS.ProcessEnv,
  drainSeconds: number,
  onLine: (line: string) => void,
): Promise<KeptProcess> {
  const service = await KeptProcess.start(
    {
      command: process.execPath,
      args: ['--conditions=source', MAIN],
      stopSignal: 'SIGTERM',
      graceMs: drainSeconds * 1000 + GRACE_MS,
    },
    env,
  );
  const pretty = prettyFactory({ singleLine: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  if (service.output !== null) {
    createInterface({ input: service.output }).on('line', (line) => {
      onLine(pretty(line).trimEnd());
    });
  }
  return service;
}

/** Waits until the service says that it is ready, or has ended. @param origin e.g. `http://127.0.0.1:3000` */
export async function waitForService(service: KeptProcess, origin: string): Promise<void> {
  while (service.running) {
    const answer = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await sleep(100);
  }
}
