import { parseEnv } from 'node:util';

export type Variables = Readonly<Record<string, string | undefined>>;

export type EnvFile = {
  readonly path: string;
  readonly text: string;
  /** Python refuses to read it otherwise. */
  readonly isUtf8: boolean;
};

/** As `node --env-file` reads it. */
export function readAsNode(text: string): Variables {
  return parseEnv(text);
}

/**
 * As python-decouple 3.8 reads it (RepositoryEnv): line by line, the value is everything behind the first "=" without the
 * blanks around it, and without quotes when the same kind stands at both of its ends. Nothing is a comment but a line that
 * begins with "#"; the last of several lines counts.
 */
export function readAsDecouple(text: string): Variables {
  const found = new Map<string, string>();
  for (const line of linesOf(text).map(strip)) {
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals < 0) continue;
    found.set(strip(line.slice(0, equals)), unquoted(strip(line.slice(equals + 1))));
  }
  return Object.fromEntries(found);
}

/** Python's universal newlines. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/** Python's str.strip(): it knows a few blanks that JavaScript's trim() does not, and not the byte order mark. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charAt(start))) start += 1;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(char: string): boolean {
  return (/\s/.test(char) && char !== '\uFEFF') || '\x1c\x1d\x1e\x1f\x85'.includes(char);
}

function unquoted(value: string): string {
  const first = value.charAt(0);
  const isQuoted = value.length >= 2 && (first === '"' || first === "'") && value.endsWith(first);
  return isQuoted ? value.slice(1, -1) : value;
}
