import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from './doctor-arguments.ts';
import type { EnvFile } from '../env-file.ts';

/** Far more than any token or answer of a login has. */
const MOST_TOKEN_BYTES = 1_000_000;
/** chmod's o+r */
const OTHERS_MAY_READ = 0o004;

/** A .env file that was named and cannot be read. */
export class UnreadableFile extends Error {}

/** @throws UnreadableFile */
export async function readEnvFile(path: string): Promise<EnvFile> {
  try {
    const bytes = await readFile(path);
    return { path, text: bytes.toString('utf8'), isUtf8: isUtf8(bytes) };
  } catch (error) {
    throw new UnreadableFile(`${path} cannot be read: ${codeOf(error)}`);
  }
}

/** @returns undefined when there is none */
export async function readEnvFileIfExists(path: string): Promise<EnvFile | undefined> {
  return (await exists(path)) ? readEnvFile(path) : undefined;
}

export async function isReadableByAll(path: string): Promise<boolean> {
  // Windows has no such mode.
  return process.platform !== 'win32' && ((await stat(path)).mode & OTHERS_MAY_READ) !== 0;
}

export async function hasSettingsIniBeside(path: string): Promise<boolean> {
  return exists(join(dirname(path), 'settings.ini'));
}

/**
 * The text that has the token in it.
 * @param source as given to --token
 * @throws UsageError
 */
export async function readToken(source: string, standardInput: AsyncIterable<Buffer | string>): Promise<string> {
  if (source === '-') return readAll(standardInput);
  if (!source.startsWith('@')) return source;
  try {
    return await readFile(source.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`The file of --token cannot be read: ${codeOf(error)}`);
  }
}

async function readAll(input: AsyncIterable<Buffer | string>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of input) {
    parts.push(Buffer.from(part));
    bytes += part.length;
    if (bytes > MOST_TOKEN_BYTES) throw new UsageError('What came over standard input is too long for a token.');
  }
  return Buffer.concat(parts).toString('utf8');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'for an unknown reason';
}
