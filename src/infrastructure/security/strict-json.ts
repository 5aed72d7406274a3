import { isUtf8 } from 'node:buffer';

/** Objects and arrays within one another. A token of Django has one level, or two with a claim that is an object. */
const DEEPEST = 32;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Says in words for clients what is wrong, and nothing of what was read. */
export class NotStrictJson extends Error {}

/**
 * One JSON object that every reader takes for the same: UTF-8 without a byte order mark, no name twice in an object
 * (RFC 7519 §4 leaves open which of them counts), no number too large for a double, no more than 32 levels. Where Python's
 * json is laxer, it takes the last of two names, `NaN`, `Infinity`, UTF-16 and UTF-32.
 * @throws NotStrictJson
 */
export function parseStrictObject(bytes: Buffer): JsonObject {
  if (!isUtf8(bytes)) throw new NotStrictJson('is not UTF-8');
  const text = bytes.toString();
  const { members, levels } = outline(bytes);
  if (levels > DEEPEST) throw new NotStrictJson('is nested too deeply');
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NotStrictJson('is not a JSON object');
  if (membersOf(value) !== members) throw new NotStrictJson('has the same name twice');
  return value as JsonObject;
}

/**
 * How a number at the top was written; 9007199254740993 and 42.0 cannot be told from 9007199254740992 and 42 when they are
 * numbers already.
 */
export function writtenNumber(bytes: Buffer, name: string): string | undefined {
  const sources = new Map<unknown, string | undefined>();
  const top: unknown = JSON.parse(bytes.toString(), function (this: unknown, key, value, context: Source = {}) {
    if (key === name) sources.set(this, context.source);
    return value as unknown;
  });
  return sources.get(top);
}

/** What JSON.parse tells a reviver of primitive values (ES2026); not in TypeScript's library yet. */
type Source = { readonly source?: string };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotStrictJson('is not JSON');
  }
}

/** Whether there are more than 32 levels: to be asked before a parser is, whom each level costs many times what it costs here. */
export function isDeep(bytes: Buffer): boolean {
  return outline(bytes).levels > DEEPEST;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** What can be seen between strings without parsing; of bytes that are no JSON it means nothing. */
function outline(bytes: Buffer): { members: number; levels: number } {
  let members = 0;
  let open = 0;
  let levels = 0;
  // Stryker disable next-line EqualityOperator: beyond the end there is no byte.
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at += 1;
      // Stryker disable next-line EqualityOperator: beyond the end there is no byte.
      while (at < bytes.length) {
        if (bytes[at] === QUOTE) break;
        at += bytes[at] === BACKSLASH ? 2 : 1;
      }
    } else if (byte === COLON) members += 1;
    // [ and {, ] and } differ in one bit.
    else if ((byte | 0x20) === 0x7b) {
      open += 1;
      levels = Math.max(levels, open);
    } else if ((byte | 0x20) === 0x7d) open -= 1;
  }
  return { members, levels };
}
/** Counts those that are left: of two with the same name JSON.parse keeps the last. */
function membersOf(value: unknown): number {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotStrictJson('has a number that is too large');
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return inside.reduce<number>((sum, each) => sum + membersOf(each), Array.isArray(value) ? 0 : inside.length);
}
