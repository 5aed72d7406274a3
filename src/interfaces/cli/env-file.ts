import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';

export type Variables = Readonly<Record<string, string | undefined>>;

export type EnvFile = {
  readonly path: string;
  readonly text: string;
  /** Python refuses to read a file that is not UTF-8. */
  readonly isUtf8: boolean;
};

/** A .env file that cannot be read. The message names the file. */
export class UnreadableFile extends Error {}

/** @throws UnreadableFile */
export async function readEnvFile(path: string): Promise<EnvFile> {
  try {
    const bytes = await readFile(path);
    return { path, text: bytes.toString('utf8'), isUtf8: isUtf8(bytes) };
  } catch (error) {
    throw new UnreadableFile(`${path} cannot be read: ${fileErrorCode(error)}`);
  }
}

/** @returns undefined when the file does not exist. */
export async function readEnvFileIfExists(path: string): Promise<EnvFile | undefined> {
  return (await exists(path)) ? readEnvFile(path) : undefined;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The code of a file error, such as ENOENT or EACCES. */
export function fileErrorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'for an unknown reason';
}

/** Reads the text as `node --env-file` does. */
export function readAsNode(text: string): Variables {
  return parseEnv(text);
}

/**
 * Reads the text as python-decouple 3.8 does (RepositoryEnv). In each line, the value is everything behind the first "="
 * without the blanks around it, and without quotes when the same quote stands at both ends. Only a line that begins with
 * "#" is a comment. Of several lines with the same name, the last one counts.
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

/** Splits where Python's universal newlines do. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/** Trims like Python's str.strip(). Unlike trim(), it removes a few more control characters, and no byte order mark. */
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
