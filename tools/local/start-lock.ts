import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf, pidIn } from './processes/process-info.ts';

/** Matches the command line of Node running start.ts. It does not match a shell or npm that has started Node. */
const START = /^\S*node\S* .*\bstart\.ts\b/;

/**
 * Locks a state folder for this process until the process ends.
 * @throws Error with one line when another `npm start` has locked the folder.
 */
export function lockStateFolder(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'start.pid');
  const claim = (): boolean => {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  };
  if (!claim()) {
    const pid = pidIn(file);
    if (pid !== undefined && pid !== process.pid && START.test(commandLineOf(pid) ?? '')) {
      throw new Error(`npm start already runs on ${dir} (process ${pid}): stop it first, or set LOCAL_DIR.`);
    }
    // The file is left over from a process that was killed.
    rmSync(file, { force: true });
    if (!claim()) throw new Error(`Another npm start has just begun on ${dir}.`);
  }
  process.once('exit', () => {
    rmSync(file, { force: true });
  });
}
