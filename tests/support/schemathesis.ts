import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const REQUIREMENTS = 'tests/outside/requirements.txt';

export type Run = { readonly code: number | null; readonly output: string };

/**
 * Where the program of those very versions is; made on first use, kept where `npm start` keeps its servers.
 * @throws Error when there is no Python 3.10 or newer with venv, or its packages cannot be fetched.
 */
export async function schemathesisProgram(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = resolve(process.env['LOCAL_DIR'] ?? '.local', `schemathesis-${digest}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  await mustRun('python3', ['-m', 'venv', '--clear', folder]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await mustRun(join(folder, 'bin', 'python'), install);
  return program;
}

/** Runs a program to its end, with both of its outputs in one text. */
export async function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(program, args).catch((error: unknown) => ({ code: null, output: String(error) }));
  if (code !== 0) throw new Error(`Testing from outside needs Python 3.10 or newer with venv and pip. ${output}`);
}
