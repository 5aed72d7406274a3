import type { EventSummary } from '#application/ports/operations/parked-messages';

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** Formats a length of time in its largest unit of which there are two: 90 s, 3 min, 47 h. */
export function duration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds >= 2 * unit) ?? [1, 's'];
  return `${Math.floor(Math.max(seconds, 0) / size)} ${name}`;
}

/** Formats a number with thousands separators. */
export function amount(count: number): string {
  return count.toLocaleString('en-GB');
}

/** Formats a number with its noun: 1 event, 2 events. */
export function counted(count: number, one: string): string {
  return `${amount(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** Formats an instant to the second, in UTC. */
export function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Escapes control characters, so that a key or a reason cannot control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** Formats rows as columns under their headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_heading, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export const EVENT_HEADINGS = ['EVENT', 'TYPE', 'KEY', 'BYTES', 'AGE'];

export function eventCells({ id, type, key, payloadBytes, ageSeconds }: EventSummary): string[] {
  return [id, printable(type ?? '?'), printable(key), amount(payloadBytes), duration(ageSeconds)];
}
