import type { TimeSpan } from '#application/ports/retained-events';
import type { CommandLine } from './outbox-arguments.ts';

/** RFC 3339 §5.6, with the letters large and up to the microseconds that PostgreSQL keeps. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;
const AGO = /^(\d{1,6})(s|m|h|d)$/;
const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Options for readCommandLine. */
export const SPAN = { from: 'string', to: 'string' } as const;

/** Notes what is wrong with it. */
export function readSpan(line: CommandLine, now: number): TimeSpan {
  if (!line.has('from'))
    line.wrong('--from is missing: an instant such as 2026-11-26T10:00:00Z, or 2h for two hours ago');
  const from = readInstant(line, 'from', now);
  const to = readInstant(line, 'to', now);
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to) && !isBefore(from, to))
    line.wrong(`--from ${line.text('from') ?? ''}: must be before --to ${line.text('to') ?? ''}`);
  return { from: from ?? '', to };
}

function readInstant(line: CommandLine, option: 'from' | 'to', now: number): string | undefined {
  const text = line.text(option);
  if (text === undefined || text === '') return undefined;
  const [, count, unit] = AGO.exec(text) ?? [];
  const time = unit === undefined ? NaN : now - Number(count) * (MILLISECONDS[unit] ?? NaN);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  if (isInstant(text)) return text;
  line.wrong(`--${option} ${text}: must be an instant such as 2026-11-26T10:00:00Z, or so long ago: 90s, 30m, 2h, 1d`);
  return undefined;
}

/** JavaScript takes 30 February for 2 March. */
function isInstant(text: string): boolean {
  if (!INSTANT.test(text) || Number.isNaN(Date.parse(text))) return false;
  const day = Number(text.slice(8, 10));
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

/** By what a Date does not hold: in the same millisecond. */
function isBefore(a: string, b: string): boolean {
  return Date.parse(a) === Date.parse(b) && micros(a) < micros(b);
}

function micros(text: string): string {
  return (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0');
}
