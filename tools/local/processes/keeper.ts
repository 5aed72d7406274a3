/**
 * The keeper: a small process that runs one server and outlives nobody.
 *
 * A terminal's Ctrl-C reaches its whole process group, so a database started there would die before the service has
 * drained; and a parent that is killed with SIGKILL cannot stop anything any more. So each server has a keeper in a
 * process group of its own, tied to its parent by a pipe: when the pipe ends, however the parent went, the keeper
 * stops the server and leaves.
 *
 * Started by `KeptProcess` (kept-process.ts) with the program as JSON in its first argument.
 * It reads its orders from standard input, a word per line: `start` (run the program again after it ended),
 * `keep-folder` (do not remove `removeFolder` at the end). The end of the input means: stop.
 * It reports on descriptor 3, a JSON line each: `{"pid":1}`, `{"failed":"why"}`, `{"exit":{"code":0,"signal":null}}`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Program, Report } from './kept-process.ts';

const REPORTS = 3;
/** How long `afterwards` may take, in milliseconds. */
const AFTERWARDS_MS = 30_000;

const program = JSON.parse(process.argv[2] ?? '') as Program;
let server: ChildProcess | undefined;
let exitCode = 0;
let stopping = false;
let folder = program.removeFolder;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Only the pipe decides: a signal that was meant for the parent must not take the server away from it.
  process.on(signal, () => undefined);
}

function report(message: Report): void {
  try {
    writeSync(REPORTS, `${JSON.stringify(message)}\n`);
  } catch {
    // The parent is gone; the end of the pipe tells what to do.
  }
}

function start(): void {
  const log = program.logFile === undefined ? undefined : openSync(program.logFile, 'a');
  const child = spawn(program.command, program.args, {
    stdio: ['ignore', log ?? 'inherit', log ?? 'inherit'],
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    ...(program.user === undefined ? {} : program.user),
  });
  if (log !== undefined) closeSync(log);
  server = child;
  child.once('spawn', () => {
    if (child.pid !== undefined) report({ pid: child.pid });
  });
  child.once('error', (error) => {
    // 'error' also tells of a signal that could not be sent; only a program that never ran has no pid.
    if (child.pid !== undefined) return;
    exitCode = 1;
    report({ failed: error.message });
    ended();
  });
  child.once('exit', (code, signal) => {
    exitCode = code ?? 1;
    report({ exit: { code, signal } });
    ended();
  });
}

function ended(): void {
  server = undefined;
  if (stopping) leave();
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  if (server === undefined) {
    leave();
    return;
  }
  server.kill(program.stopSignal);
  // A test may have stopped the server with SIGSTOP: it has to wake up to obey.
  server.kill('SIGCONT');
  setTimeout(() => server?.kill('SIGKILL'), program.graceMs);
}

function leave(): void {
  const [command, ...args] = program.afterwards ?? [];
  if (command !== undefined) spawnSync(command, args, { stdio: 'ignore', timeout: AFTERWARDS_MS });
  // A killed PostgreSQL leaves children that end a moment later and may still write a file.
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(exitCode);
}

createInterface({ input: process.stdin })
  .on('line', (order) => {
    if (order === 'start' && server === undefined && !stopping) start();
    if (order === 'keep-folder') folder = undefined;
  })
  .on('close', stop);

start();
