import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptProcess } from './kept-process.ts';

/** Milliseconds for a start, which may include recovery after a crash and the shutdown of an earlier server. */
const START_MS = 60_000;
/** Milliseconds between two probes. */
const PROBE_MS = 30;
/** Milliseconds before a server that found its data in use is started again. */
const NEXT_TRY_MS = 300;

/**
 * Waits until a server that has just been started is ready.
 * @param server.isReady tells whether the server accepts requests now; it must not reject.
 * @param server.complaint matches lines of the log that say why the server has ended.
 * @param server.predecessor matches such a line when an earlier server still uses the data. The server is then started
 *   again.
 * @throws Error with one line that says why the server does not start.
 */
export async function waitUntilReady(
  kept: KeptProcess,
  server: {
    readonly name: string;
    readonly logFile: string;
    readonly isReady: () => Promise<boolean>;
    readonly complaint: RegExp;
    readonly predecessor: RegExp;
  },
): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await server.isReady())) {
    if (!kept.running) {
      const reason = lastLine(server.logFile, server.complaint);
      if (!server.predecessor.test(reason) || Date.now() > deadline) {
        throw new Error(`${server.name} does not start: ${reason} (see ${server.logFile})`);
      }
      await sleep(NEXT_TRY_MS);
      await kept.startAgain();
    }
    if (Date.now() > deadline) {
      throw new Error(`${server.name} is not ready after ${START_MS / 1000} s: see ${server.logFile}`);
    }
    await sleep(PROBE_MS);
  }
  // The response may have come from another program on that port.
  if (!kept.running) throw new Error(`${server.name} ended: see ${server.logFile}`);
}

/** The last line of a log that matches the pattern, or otherwise its very last line. */
export function lastLine(logFile: string, pattern: RegExp): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : [];
  return lines.findLast((line) => pattern.test(line)) ?? lines.at(-1) ?? 'its log is empty';
}
