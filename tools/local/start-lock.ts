import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf, pidIn } from './processes/process-info.ts';

/** Node running start.ts; not a shell or npm that was told to. */
const START = /^\S*node\S* .*\bstart\.ts\b/;

/**
 * Claims a state folder for this process until it ends.
 * @throws Error with one line when another `npm start` has it.
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
    // Left by one that was killed.
    rmSync(file, { force: true });
    if (!claim()) throw new Error(`Another npm start has just begun on ${dir}.`);
  }
  process.once('exit', () => {
    rmSync(file, { force: true });
  });
}
