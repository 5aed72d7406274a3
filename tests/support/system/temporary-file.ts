import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;
let files = 0;

/** Creates a file that is deleted when the process ends. @returns the path of the file */
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
