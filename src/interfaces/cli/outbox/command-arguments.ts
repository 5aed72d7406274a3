import { parseArgs } from 'node:util';
import type { TimeSpan } from '#application/ports/outbox/retained-events';

/** The command line cannot be followed: everything that is wrong with it, each with its argument. */
export class BadUsage extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** boolean: it is there or not. string: it has a value. */
type OptionTypes = Readonly<Record<string, 'boolean' | 'string'>>;

export class CommandLine {
  readonly positionals: readonly string[];
  private readonly values: ReadonlyMap<string, string | true>;
  private readonly problems: string[];

  constructor(positionals: readonly string[], values: ReadonlyMap<string, string | true>, problems: string[]) {
    this.positionals = positionals;
    this.values = values;
    this.problems = problems;
  }

  has(option: string): boolean {
    return this.values.has(option);
  }

  text(option: string): string | undefined {
    const value = this.values.get(option);
    return value === true ? undefined : value;
  }

  /** From 1 to the most. */
  count(option: string, otherwise: number, most: number): number {
    const text = this.text(option);
    if (text === undefined) return otherwise;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) this.wrong(`--${option} ${text}: must be a whole number from 1 to ${most}`);
    return value;
  }

  wrong(problem: string): void {
    this.problems.push(problem);
  }

  /** To be called when everything was read; whoever asks for help is not told of problems. */
  finish(): { help: boolean; json: boolean } {
    const help = this.has('help');
    if (!help && this.problems.length > 0) throw new BadUsage(this.problems);
    return { help, json: this.has('json') };
  }
}

/**
 * Reads what comes behind the name of a command. Every command has --json and --help.
 * @param positionals how many arguments without an option there may be.
 */
export function readCommandLine(args: readonly string[], own: OptionTypes = {}, positionals = 0): CommandLine {
  const types = new Map(Object.entries({ json: 'boolean', help: 'boolean', ...own }));
  const { tokens } = parseArgs({
    args: withoutSwallowing(args, types),
    options: {
      ...Object.fromEntries([...types].map(([name, type]) => [name, { type: type as 'boolean' | 'string' }])),
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  const values = new Map<string, string | true>();
  const found: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option') {
      const { name, rawName, value } = token;
      const type = types.get(name);
      if (type === undefined) problems.push(`${rawName}: there is no such option`);
      else if (values.has(name)) problems.push(`${rawName}: is there twice`);
      else if (type === 'boolean' && value !== undefined) problems.push(`${rawName}=${value}: takes no value`);
      else if (type === 'string' && (value === undefined || value === ''))
        problems.push(`${rawName}: lacks its value; one that begins with a dash is written ${rawName}=-…`);
      values.set(name, value ?? true);
    } else if (token.kind === 'positional') {
      if (found.length >= positionals) problems.push(`${token.value}: is one argument too many`);
      found.push(token.value);
    }
  }
  return new CommandLine(found, values, problems);
}

/** An option that lacks its value would otherwise take the next option for it, and hide what is wrong with that one. */
function withoutSwallowing(args: readonly string[], types: ReadonlyMap<string, string>): string[] {
  return args.map((arg, index) => {
    const lacksValue = types.get(/^--(.+)$/.exec(arg)?.[1] ?? '') === 'string' && /^-./.test(args[index + 1] ?? '');
    return lacksValue ? `${arg}=` : arg;
  });
}

const EVENT_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Notes what is wrong with it. */
export function checkEventId(line: CommandLine, id: string): void {
  if (!EVENT_ID.test(id)) line.wrong(`${id}: is not the id of an event, such as 01a204b7-f81d-7702-a63b-cc7085dfefde`);
}

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
