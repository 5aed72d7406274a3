import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { prettyFactory } from 'pino-pretty';
import { KeptProcess } from './processes/kept-process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Milliseconds beyond its drain time that the service may take to end. */
const GRACE_MS = 5_000;

/**
 * Starts the service from its sources under a keeper, as the servers are started: Ctrl-C reaches only this process, and
 * the service ends with it.
 * @param drainSeconds seconds that the service may drain when it is stopped.
 * @param onLine receives each line of the service's log in a readable form.
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

/** Waits until the service is ready or has ended. @param origin the service's origin, e.g. `http://127.0.0.1:3000` */
export async function waitForService(service: KeptProcess, origin: string): Promise<void> {
  while (service.running) {
    const response = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await sleep(100);
  }
}
