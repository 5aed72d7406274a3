import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { type Exit, KeptProcess, type Program, runKept } from '../processes/kept-process.ts';
import { freePort, LOOPBACK } from '../processes/ports.ts';
import { commandLineOf, pidIn } from '../processes/process-info.ts';
import { lastLine, waitUntilReady } from '../processes/readiness.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { type ServerUser, serverUser } from './server-user.ts';

export type PostgresOptions = {
  /** The server's folder: `data/` and `server.log`. It is made when missing, and used again otherwise. */
  readonly dir: string;
  /** The database to name in the URL. It is created when missing. Default: `opportunities`. */
  readonly database?: string;
  /** The port for clients. Default: a free port. */
  readonly port?: number;
  /** Remove `dir` when the server is stopped, or when this process ends in any way. */
  readonly removeOnStop?: boolean;
  /** Further settings, e.g. `{ fsync: 'off' }`, which override the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** A running PostgreSQL server. It ends when this process ends, if it was not stopped earlier. */
export type PostgresServer = {
  readonly url: string;
  readonly port: number;
  /** Process id of the postmaster. It changes with `restart`. */
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the server ends for any reason. `restart` makes a new promise. */
  readonly exited: Promise<Exit>;
  /** Shuts the server down and rolls open transactions back, or ends it with SIGKILL after 10 seconds. */
  stop(): Promise<void>;
  /** Sends the postmaster a signal, e.g. SIGKILL for a crash, SIGSTOP and SIGCONT for a hang. */
  kill(signal: NodeJS.Signals): void;
  /** Waits until the server has ended, and starts it again with the same data and port. @throws Error when that fails. */
  restart(): Promise<void>;
};

const SUPERUSER = 'postgres';
const STOP_MS = 10_000;
/** Milliseconds to wait for an earlier server on the same data to end. */
const PREDECESSOR_MS = 15_000;

const COMPLAINT = /FATAL|PANIC|error:/;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: LOOPBACK,
  // No Unix socket: its path has to be short, and the path of a checkout may be long.
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Starts PostgreSQL and waits until it accepts connections. Every user of this machine may connect. When this process
 * is root's, the server runs as an unprivileged user (server-user.ts).
 * @throws Error with one line that says why it does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dir = resolve(options.dir);
  const dataDir = join(dir, 'data');
  const logFile = join(dir, 'server.log');
  const database = options.database ?? 'opportunities';
  const binaries = await postgresBinaries();
  mkdirSync(dir, { recursive: true });
  const user = serverUser(dataDir);
  checkAccess(dir, dataDir, binaries, user);
  if (existsSync(logFile)) truncateSync(logFile);

  if (!existsSync(dataDir)) await createDataFolder(dir, dataDir, logFile, binaries, user, options.removeOnStop);
  await waitForPredecessor(dataDir);

  const port = options.port ?? (await freePort());
  const settings = { ...SETTINGS, port: String(port), ...options.settings };
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const kept = await KeptProcess.start({
    ...asUser(user, binaries.postgres, args),
    cwd: '/',
    logFile,
    // SIGINT is PostgreSQL's "fast shutdown". SIGTERM would wait until every client has disconnected.
    stopSignal: 'SIGINT',
    graceMs: STOP_MS,
    ...(options.removeOnStop === true ? { removeFolder: dir } : {}),
  });
  const ready = (): Promise<void> =>
    waitUntilReady(kept, {
      name: 'PostgreSQL',
      logFile,
      isReady: () => accepts(port),
      complaint: COMPLAINT,
      // The child processes of a killed server live a moment longer and still use its shared memory.
      predecessor: /shared memory/,
    });
  try {
    await ready();
    await createDatabase(port, database);
  } catch (error) {
    await kept.stop();
    throw error;
  }

  return {
    url: urlOf(port, database),
    port,
    logFile,
    get pid() {
      return kept.pid;
    },
    get exited() {
      return kept.exited;
    },
    stop: () => kept.stop(),
    kill: (signal) => {
      kept.kill(signal);
    },
    restart: async () => {
      await kept.exited;
      await waitForPredecessor(dataDir);
      await kept.startAgain();
      await ready();
    },
  };
}

function urlOf(port: number, database: string): string {
  return `postgresql://${SUPERUSER}@${LOOPBACK}:${port}/${encodeURIComponent(database)}`;
}

function asUser(
  user: ServerUser | undefined,
  command: string,
  args: readonly string[],
): Pick<Program, 'command' | 'args' | 'user'> {
  return user === undefined ? { command, args } : user.run(command, args);
}

/** Gives the folder to the server's user. @throws Error with one line, where PostgreSQL itself would fail later and less clearly. */
function checkAccess(dir: string, dataDir: string, binaries: PostgresBinaries, user: ServerUser | undefined): void {
  if (user === undefined) {
    if (existsSync(dataDir) && statSync(dataDir).uid !== process.getuid?.()) {
      throw new Error(`${dataDir} belongs to another user: remove it, or set LOCAL_DIR to a folder of your own.`);
    }
    return;
  }
  chownSync(dir, user.uid, user.gid);
  if (existsSync(dataDir) && statSync(dataDir).uid !== user.uid) {
    // Root has copied the folder, and PostgreSQL refuses data that belongs to another user.
    spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, dataDir], { stdio: 'ignore' });
  }
  const test = user.run('test', ['-x', binaries.postgres, '-a', '-w', dir]);
  if (spawnSync(test.command, test.args, { cwd: '/', stdio: 'ignore', ...test.user }).status !== 0) {
    throw new Error(
      `PostgreSQL does not run as root, and user ${user.uid} may not enter ${dir} or ${binaries.postgres}: ` +
        'move the checkout out of a folder that only root may enter, run this as another user, or set DATABASE_URL.',
    );
  }
}

/** Makes a data folder under a temporary name and renames it, so that an interrupted start is not mistaken for a complete one. */
async function createDataFolder(
  dir: string,
  dataDir: string,
  logFile: string,
  binaries: PostgresBinaries,
  user: ServerUser | undefined,
  removeOnStop = false,
): Promise<void> {
  const partial = `${dataDir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = ['-D', partial, `--username=${SUPERUSER}`, '--auth=trust', '--no-sync', '--no-instructions', ...locale];
  const { code } = await runKept({
    ...asUser(user, binaries.initdb, args),
    cwd: '/',
    logFile,
    stopSignal: 'SIGTERM',
    graceMs: STOP_MS,
    ...(removeOnStop ? { removeFolder: dir } : {}),
  });
  if (code !== 0) throw new Error(`PostgreSQL's data folder cannot be made: ${lastLine(logFile, COMPLAINT)}`);
  renameSync(partial, dataDir);
}

/**
 * Waits for an earlier server on the same data, which may still be shutting down. A pid file whose process id belongs to
 * another program by now is removed, because PostgreSQL would only see that the process lives and refuse to start.
 */
async function waitForPredecessor(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  const deadline = Date.now() + PREDECESSOR_MS;
  for (;;) {
    const pid = pidIn(pidFile);
    const commandLine = pid === undefined ? undefined : commandLineOf(pid);
    if (pid === undefined || commandLine === undefined) return;
    if (!(commandLine.includes('postgres') && `${commandLine} `.includes(` ${dataDir} `))) {
      rmSync(pidFile, { force: true });
      return;
    }
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL (process ${pid}) already runs on ${dataDir}: stop it first.`);
    await sleep(100);
  }
}

async function accepts(port: number): Promise<boolean> {
  const client = new Client({ connectionString: urlOf(port, 'postgres'), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function createDatabase(port: number, name: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
