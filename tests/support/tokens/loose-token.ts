/** Reads a token as a lenient parser would. Returns undefined when even that fails. */
export type LooseToken = {
  readonly text: string;
  readonly headerText: string;
  readonly payloadText: string;
  readonly header: Readonly<Record<string, unknown>> | undefined;
  readonly claims: Readonly<Record<string, unknown>> | undefined;
};

export function readLoosely(text: string): LooseToken {
  const [headerText = '', payloadText = ''] = text
    .split('.')
    .map((part) => Buffer.from(part, 'base64').toString('latin1'));
  return { text, headerText, payloadText, header: objectIn(headerText), claims: objectIn(payloadText) };
}

function objectIn(latin1: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(latin1, 'latin1').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Counts the members of an object and of all objects inside it, after JSON.parse. */
export function members(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return inside.reduce<number>((sum, each) => sum + members(each), Array.isArray(value) ? 0 : inside.length);
}
const outsideStrings = (text: string) => text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""');
export const colons = (text: string) => outsideStrings(text).split(':').length - 1;
export function depth(text: string): number {
  let now = 0;
  let deepest = 0;
  for (const letter of outsideStrings(text)) {
    if (letter === '[' || letter === '{') now += 1;
    if (letter === ']' || letter === '}') now -= 1;
    deepest = Math.max(deepest, now);
  }
  return deepest;
}
export function hasInfinite(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInfinite);
}
