import { styleText } from 'node:util';

let unfinished = false;

/** Prints a line about the local servers. */
export function say(line: string): void {
  clearProgress();
  console.log(`${styleText('cyan', '▪')} ${line}`);
}

/** Prints text unchanged. */
export function print(text: string): void {
  clearProgress();
  console.log(text);
}

/** Prints a line that the next line replaces. Without a terminal, it prints every fiftieth as a line of its own. */
export function sayProgress(what: string, count: number): void {
  if (process.stdout.isTTY) {
    process.stdout.write(`\r${styleText('cyan', '▪')} ${what}: ${count}`);
    unfinished = true;
  } else if (count % 50 === 0) {
    say(`${what}: ${count}`);
  }
}

/** The seconds since an instant of `performance.now()`, as text. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

function clearProgress(): void {
  if (unfinished) process.stdout.write('\r\u001b[K');
  unfinished = false;
}
