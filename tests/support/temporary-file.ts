import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;
let files = 0;

/** A file that is gone when the process ends. @returns its path */
export function temporaryFile(content: string | Buffer): string {
  folder ??= removedAtTheEnd(mkdtempSync(join(tmpdir(), 'opportunities-')));
  files += 1;
  const path = join(folder, String(files));
  writeFileSync(path, content);
  return path;
}

function removedAtTheEnd(path: string): string {
  process.once('exit', () => {
    rmSync(path, { recursive: true });
  });
  return path;
}
