import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type Run = { readonly code: number | null; readonly output: string };

/**
 * A virtual environment with the very versions of requirement files; made on first use, kept where `npm start` keeps its
 * servers.
 * @param name what the folder's name begins with.
 * @returns where its programs are.
 * @throws Error when there is no Python 3.10 or newer with venv and pip, or the packages cannot be fetched.
 */
export async function pythonEnvironment(name: string, ...requirements: readonly string[]): Promise<string> {
  const folder = await madeOnce(name, requirements, async (place) => {
    await mustRun('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10) and sys.version)']);
    await mustRun('python3', ['-m', 'venv', '--clear', place]);
    await mustRun(join(place, 'bin/python'), [...INSTALL, ...requirements.flatMap((file) => ['-r', file])]);
  });
  return join(folder, 'bin');
}

/**
 * A folder for PYTHONPATH with these packages and not what they need: so that one environment does for several versions of them.
 * @param programs those of the environment
 * @throws Error when they cannot be fetched.
 */
export function pythonPackages(programs: string, name: string, requirements: string): Promise<string> {
  return madeOnce(name, [requirements], (place) =>
    mustRun(join(programs, 'python'), [...INSTALL, '--no-deps', '--upgrade', '--target', place, '-r', requirements]),
  );
}

const INSTALL = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];

/** @param make creates the environment; it must cope with an unfinished earlier attempt */
async function madeOnce(
  name: string,
  requirements: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const file of requirements) hash.update(readFileSync(file));
  const folder = resolve(process.env['LOCAL_DIR'] ?? '.local', `${name}-${hash.digest('hex').slice(0, 12)}`);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    await make(folder);
    writeFileSync(complete, '');
  }
  return folder;
}

/** Runs a program to its end, with both of its outputs in one text. @param env the whole environment */
export async function run(
  program: string,
  args: readonly string[],
  { cwd = '.', env = process.env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(program, args).catch((error: unknown) => ({ code: null, output: String(error) }));
  if (code !== 0) throw new Error(`This test needs Python 3.10 or newer with venv and pip. ${output}`);
}
