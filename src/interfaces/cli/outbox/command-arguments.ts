import { parseArgs } from 'node:util';
import type { TimeSpan } from '#application/ports/outbox/retained-events';

/** An error for an invalid command line. It lists every problem, each with its argument. */
export class BadUsage extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The options of a command: a boolean option is given or not, a string option has a value. */
type OptionTypes = Readonly<Record<string, 'boolean' | 'string'>>;

/** The arguments behind the name of a command. Problems are collected, so that all are reported at once. */
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

  /** @returns a whole number from 1 to `most`; `otherwise` when the option is not given. */
  count(option: string, otherwise: number, most: number): number {
    const text = this.text(option);
    if (text === undefined) return otherwise;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) this.wrong(`--${option} ${text}: must be a whole number from 1 to ${most}.`);
    return value;
  }

  /** Notes a problem. */
  wrong(problem: string): void {
    this.problems.push(problem);
  }

  /** Ends the reading. Call it after all arguments are read. @throws BadUsage for the noted problems, unless --help is given. */
  finish(): { help: boolean; json: boolean } {
    const help = this.has('help');
    if (!help && this.problems.length > 0) throw new BadUsage(this.problems);
    return { help, json: this.has('json') };
  }
}

/**
 * Reads the arguments behind the name of a command. Every command has --json and --help.
 * @param positionals the number of arguments without an option that the command takes.
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
      if (type === undefined) problems.push(`${rawName}: this option does not exist.`);
      else if (values.has(name)) problems.push(`${rawName}: is given twice.`);
      else if (type === 'boolean' && value !== undefined)
        problems.push(`${rawName}=${value}: this option takes no value.`);
      else if (type === 'string' && (value === undefined || value === ''))
        problems.push(`${rawName}: the value is missing. Write a value that begins with a dash as ${rawName}=-…`);
      values.set(name, value ?? true);
    } else if (token.kind === 'positional') {
      if (found.length >= positionals) problems.push(`${token.value}: is one argument too many.`);
      found.push(token.value);
    }
  }
  return new CommandLine(found, values, problems);
}

/** Without this, an option that lacks its value would take the next option as its value, and hide the problems of that next option. */
function withoutSwallowing(args: readonly string[], types: ReadonlyMap<string, string>): string[] {
  return args.map((arg, index) => {
    const lacksValue = types.get(/^--(.+)$/.exec(arg)?.[1] ?? '') === 'string' && /^-./.test(args[index + 1] ?? '');
    return lacksValue ? `${arg}=` : arg;
  });
}

const EVENT_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Notes a problem when the text cannot be the id of an event. */
export function checkEventId(line: CommandLine, id: string): void {
  if (!EVENT_ID.test(id)) line.wrong(`${id}: is not the id of an event, such as 01a204b7-f81d-7702-a63b-cc7085dfefde.`);
}

/** An instant of RFC 3339 §5.6 with capital letters, and with at most the microseconds that PostgreSQL stores. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;
const AGO = /^(\d{1,6})(s|m|h|d)$/;
const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The options of a time span, for readCommandLine. */
export const SPAN = { from: 'string', to: 'string' } as const;

/** Reads --from and --to, and notes problems. */
export function readSpan(line: CommandLine, now: number): TimeSpan {
  if (!line.has('from'))
    line.wrong('--from is missing: give an instant such as 2026-11-26T10:00:00Z, or an age such as 2h.');
  const from = readInstant(line, 'from', now);
  const to = readInstant(line, 'to', now);
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to) && !isBefore(from, to))
    line.wrong(`--from ${line.text('from') ?? ''}: must be before --to ${line.text('to') ?? ''}.`);
  return { from: from ?? '', to };
}

function readInstant(line: CommandLine, option: 'from' | 'to', now: number): string | undefined {
  const text = line.text(option);
  if (text === undefined || text === '') return undefined;
  const [, count, unit] = AGO.exec(text) ?? [];
  const time = unit === undefined ? NaN : now - Number(count) * (MILLISECONDS[unit] ?? NaN);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  if (isInstant(text)) return text;
  line.wrong(
    `--${option} ${text}: must be an instant such as 2026-11-26T10:00:00Z, or an age such as 90s, 30m, 2h or 1d.`,
  );
  return undefined;
}

/** Checks the day as well, because JavaScript reads 30 February as 2 March. */
function isInstant(text: string): boolean {
  if (!INSTANT.test(text) || Number.isNaN(Date.parse(text))) return false;
  const day = Number(text.slice(8, 10));
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

/** Compares two instants of the same millisecond, which a Date cannot tell apart. */
function isBefore(a: string, b: string): boolean {
  return Date.parse(a) === Date.parse(b) && micros(a) < micros(b);
}

function micros(text: string): string {
  return (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0');
}
