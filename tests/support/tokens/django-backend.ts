import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../tools/local/processes/ports.ts';
import { eventually } from '../system/eventually.ts';
import { pythonEnvironment, run } from './python-environment.ts';

const EXAMPLE = 'examples/django';
const REQUIREMENTS = [`${EXAMPLE}/requirements.txt`, `${EXAMPLE}/requirements-kafka.txt`];
/** Files that a developer's own work with the example leaves behind. A test must not copy them. */
const LEFT_BEHIND = /\/(\.venv|\.env|db\.sqlite3|__pycache__)$/;

/** examples/django as its users run it: a copy with its own .env and its own database, and Django's own server. */
export type DjangoBackend = {
  readonly url: string;
  /** @param lines the lines of the .env. Later commands read it; the server has read the earlier one at its start. */
  configure(lines: Record<string, string>): void;
  /** Runs `manage.py`. @returns its output @throws Error with its output when it fails. */
  manage(...args: string[]): Promise<string>;
  /** Runs Python code in Django's shell, with User and RefreshToken imported. */
  shell(code: string): Promise<string>;
  stop(): void;
};

/** @throws Error when Python is missing, its packages cannot be fetched, or Django does not start. */
export async function startDjango(lines: Record<string, string>): Promise<DjangoBackend> {
  const python = join(await pythonEnvironment('django', ...REQUIREMENTS), 'python');
  const folder = mkdtempSync(join(tmpdir(), 'opportunities-django-'));
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !LEFT_BEHIND.test(path) });
  // The settings come from .env alone.
  const whereAndHow = { cwd: folder, env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' } };
  const configure = (given: Record<string, string>): void => {
    const text = Object.entries({ DJANGO_SECRET_KEY: 'only-for-this-test', ...given }).map(
      ([name, value]) => `${name}=${value}\n`,
    );
    writeFileSync(join(folder, '.env'), text.join(''));
  };
  const manage = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(python, ['manage.py', ...args], whereAndHow);
    if (code !== 0) throw new Error(`manage.py ${args.join(' ')}: ${output}`);
    return output.trim();
  };

  configure(lines);
  await manage('migrate', '--verbosity', '0');
  const port = await freePort();
  // Without the reloader, the server is one process and ends with one signal.
  const server = spawn(python, ['manage.py', 'runserver', '--noreload', `127.0.0.1:${port}`], {
    ...whereAndHow,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const stop = (): void => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);
  const url = `http://127.0.0.1:${port}`;
  const isThere = async () => ((await fetch(`${url}/api/auth/login/`)).status === 405 ? true : undefined);
  await eventually(isThere, 30_000).catch((error: unknown) => {
    throw new Error(`Django did not start: ${output}`, { cause: error });
  });

  const imports = [
    'from django.contrib.auth.models import User',
    'from rest_framework_simplejwt.tokens import RefreshToken',
  ];
  const shell = (code: string) => manage('shell', '--no-imports', '--command', [...imports, code].join('\n'));
  return { url, configure, manage, shell, stop };
}
