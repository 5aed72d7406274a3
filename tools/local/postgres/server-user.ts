import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

/** A command line, and the user to start it as where the command line does not change the user itself. */
export type Command = {
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
};

/** The user for a program that refuses to run as root. */
export type ServerUser = {
  readonly uid: number;
  readonly gid: number;
  /** Turns a command line into one that runs as this user. */
  run(command: string, args: readonly string[]): Command;
};

/** Names of users to try when there is no data folder with an owner. */
const CANDIDATES = ['postgres', 'nobody'] as const;

/**
 * Capabilities to try, of which the first that this machine grants is used. Without one, the user could not enter a
 * checkout below a folder that only root may enter, e.g. root's home.
 */
const CAPABILITIES = ['dac_override', 'dac_read_search'] as const;

/**
 * Chooses the user as which root runs PostgreSQL: the owner of the data folder if that is not root, else `postgres`,
 * else `nobody`.
 * @param dataDir the data folder, which need not exist.
 * @returns undefined when this process is not root's, so that no other user is needed.
 */
export function serverUser(dataDir: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = ownerOf(dataDir) ?? knownUser();
  for (const capability of CAPABILITIES) {
    const prefix = setpriv(uid, gid, capability);
    if (spawnSync('setpriv', [...prefix, 'true'], { stdio: 'ignore' }).status === 0) {
      return { uid, gid, run: (command, args) => ({ command: 'setpriv', args: [...prefix, command, ...args] }) };
    }
  }
  return { uid, gid, run: (command, args) => ({ command, args, user: { uid, gid } }) };
}

function setpriv(uid: number, gid: number, capability: string): string[] {
  return [
    ...['--reuid', String(uid), '--regid', String(gid), '--clear-groups'],
    // initdb looks for postgres with access(2), which respects the capabilities of an ordinary user only with this bit.
    '--securebits=+no_setuid_fixup',
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=-all,+${capability}`,
  ];
}

function ownerOf(dataDir: string): { uid: number; gid: number } | undefined {
  if (!existsSync(dataDir)) return undefined;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? undefined : { uid, gid };
}

function knownUser(): { uid: number; gid: number } {
  const id = (...args: string[]): number => {
    const { status, stdout } = spawnSync('id', args, { encoding: 'utf8' });
    return status === 0 ? Number.parseInt(stdout, 10) : Number.NaN;
  };
  for (const name of CANDIDATES) {
    const uid = id('-u', name);
    const gid = id('-g', name);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user postgres or nobody: run this as another user.',
  );
}
