import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { runDoctor, runOutboxCommand } from '../../../src/commands.ts';
import { COMPILE_CACHE } from './service-process.ts';

export type Ended = { readonly code: number | null; readonly output: string; readonly error: string };
type Environment = Readonly<Record<string, string>>;

/** Starts the built command in a process of its own, as an operator does. @param args the command and its arguments */
export function startCommand(
  args: readonly string[],
  environment: Environment,
  input = '',
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['dist/main.js', ...args], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [output, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  // A command that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => undefined).end(input);
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, output, error }));
  return { child, ended };
}

/**
 * Runs a command in this process. A process of its own would need a second of computing time before it begins, so tests
 * start one only for what a process adds: its exit code, its signals, its end.
 */
export async function runCommand(
  [command, ...args]: readonly string[],
  environment: Environment,
  input = '',
): Promise<Ended> {
  if (command === 'doctor') return runDoctor(args, environment, Readable.from([Buffer.from(input)]));
  if (command === 'outbox') return runOutboxCommand(args, environment);
  throw new Error(`${String(command)} is not a command for operators`);
}
