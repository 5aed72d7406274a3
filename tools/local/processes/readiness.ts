import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptProcess } from './kept-process.ts';

/** How long a start may take, in milliseconds: recovery after a crash, and a predecessor that still shuts down. */
const START_MS = 60_000;
const BETWEEN_LOOKS_MS = 30;
const BEFORE_NEXT_TRY_MS = 300;

/**
 * Waits until a server that was just started is ready.
 * @param server.isReady whether it takes requests now; never rejects.
 * @param server.complaint what a line of its log looks like that says why it ended.
 * @param server.predecessor what such a line says when an earlier server on the same data is not quite gone: then it is
 *   started again.
 * @throws Error with one line that says why it does not start.
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
      await sleep(BEFORE_NEXT_TRY_MS);
      await kept.startAgain();
    }
    if (Date.now() > deadline) {
      throw new Error(`${server.name} is not ready after ${START_MS / 1000} s: see ${server.logFile}`);
    }
    await sleep(BETWEEN_LOOKS_MS);
  }
  // Something else may have answered on that port.
  if (!kept.running) throw new Error(`${server.name} ended: see ${server.logFile}`);
}

/** The last line of a log that matches, else its last line. */
export function lastLine(logFile: string, pattern: RegExp): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : [];
  return lines.findLast((line) => pattern.test(line)) ?? lines.at(-1) ?? 'it wrote nothing';
}
