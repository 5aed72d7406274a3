/**
 * The keeper: a small process that runs one server and stops it when the parent process has ended.
 *
 * A terminal's Ctrl-C reaches its whole process group, so a database started in that group would stop before the
 * service has drained; and a parent that is killed with SIGKILL cannot stop anything any more. So each server has a
 * keeper in a process group of its own, connected to its parent by a pipe. When the pipe ends, for whatever reason the
 * parent has ended, the keeper stops the server and exits.
 *
 * `KeptProcess` (kept-process.ts) starts the keeper with the program as JSON in its first argument.
 * The keeper reads orders from standard input, one word per line: `start` (run the program again after it has ended),
 * `keep-folder` (do not remove `removeFolder` at the end). The end of the input means: stop.
 * It writes reports to descriptor 3, one JSON line each: `{"pid":1}`, `{"failed":"why"}`,
 * `{"exit":{"code":0,"signal":null}}`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Program, Report } from './kept-process.ts';

/** File descriptor of the reports. */
const REPORTS = 3;
/** Milliseconds within which `afterwards` has to end. */
const AFTERWARDS_MS = 30_000;

const program = JSON.parse(process.argv[2] ?? '') as Program;
let server: ChildProcess | undefined;
let exitCode = 0;
let stopping = false;
let folder = program.removeFolder;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Signals are ignored, because one that was meant for the parent must not stop its server. Only the pipe decides.
  process.on(signal, () => undefined);
}

function report(message: Report): void {
  try {
    writeSync(REPORTS, `${JSON.stringify(message)}\n`);
  } catch {
    // The parent has ended. The pipe's end will stop this process.
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
    // This event also reports a signal that could not be sent. Only a program that never ran has no pid.
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
  // A test may have stopped the server with SIGSTOP, and a stopped process does not see the signal to end.
  server.kill('SIGCONT');
  setTimeout(() => server?.kill('SIGKILL'), program.graceMs);
}

function leave(): void {
  const [command, ...args] = program.afterwards ?? [];
  if (command !== undefined) spawnSync(command, args, { stdio: 'ignore', timeout: AFTERWARDS_MS });
  // The child processes of a killed PostgreSQL end a moment later and may still write files.
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
