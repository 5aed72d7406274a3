import { isUtf8 } from 'node:buffer';

/** Levels of objects and arrays. A token of Django has one level, or two with a claim that is an object. */
const MOST_LEVELS = 32;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The message is meant for the client. It quotes nothing of the text. */
export class NotStrictJson extends Error {}

/**
 * Parses a JSON object that every parser reads in the same way: UTF-8 without a byte order mark, no repeated name in an
 * object (RFC 7519 §4 leaves open which one counts), no number too large for a double, no more than 32 levels. Python's json
 * is laxer: it accepts `NaN`, `Infinity`, UTF-16 and UTF-32, and takes the last of two equal names.
 * @throws NotStrictJson
 */
export function parseStrictObject(bytes: Buffer): JsonObject {
  if (!isUtf8(bytes)) throw new NotStrictJson('is not UTF-8');
  const text = bytes.toString();
  const { members, levels } = outline(bytes);
  if (levels > MOST_LEVELS) throw new NotStrictJson('is nested too deeply');
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NotStrictJson('is not a JSON object');
  if (membersOf(value) !== members) throw new NotStrictJson('repeats a name');
  return value as JsonObject;
}

/**
 * Returns the text of a number in the outermost object. As numbers, 9007199254740993 and 42.0 cannot be told from
 * 9007199254740992 and 42.
 */
export function writtenNumber(bytes: Buffer, name: string): string | undefined {
  const sources = new Map<unknown, string | undefined>();
  const top: unknown = JSON.parse(bytes.toString(), function (this: unknown, key, value, context: Source = {}) {
    if (key === name) sources.set(this, context.source);
    return value as unknown;
  });
  return sources.get(top);
}

/** The third argument of a reviver (ES2026), which TypeScript's library does not have yet. */
type Source = { readonly source?: string };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotStrictJson('is not JSON');
  }
}

/** Tells whether there are more than 32 levels. A parser would need many times as long to find out. */
export function isDeep(bytes: Buffer): boolean {
  return outline(bytes).levels > MOST_LEVELS;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Counts members and levels without parsing: it only skips strings. For bytes that are not JSON the counts mean nothing. */
function outline(bytes: Buffer): { members: number; levels: number } {
  let members = 0;
  let open = 0;
  let levels = 0;
  // Stryker disable next-line EqualityOperator: there is no byte beyond the end, so both operators do the same.
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at += 1;
      // Stryker disable next-line EqualityOperator: there is no byte beyond the end, so both operators do the same.
      while (at < bytes.length) {
        if (bytes[at] === QUOTE) break;
        at += bytes[at] === BACKSLASH ? 2 : 1;
      }
    } else if (byte === COLON) members += 1;
    // [ and { differ in one bit, and so do ] and }.
    else if ((byte | 0x20) === 0x7b) {
      open += 1;
      levels = Math.max(levels, open);
    } else if ((byte | 0x20) === 0x7d) open -= 1;
  }
  return { members, levels };
}

/** Counts the members of the parsed value. JSON.parse keeps only the last of two members with the same name. */
function membersOf(value: unknown): number {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotStrictJson('has a number that is too large');
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return inside.reduce<number>((sum, each) => sum + membersOf(each), Array.isArray(value) ? 0 : inside.length);
}
