import type { Violation } from './domain-error.ts';

export type TextLimit = {
  /** Smallest number of code points. */
  readonly min: number;
  /** Largest number of code points. They are not UTF-16 units: an emoji counts once, as in JSON Schema. */
  readonly max: number;
  /** Whether line breaks and tabs are part of the text. */
  readonly multiline: boolean;
  /** Whether capital letters are refused. */
  readonly lowerCase?: boolean;
};

// Classes of characters, to be put between the brackets of a regular expression. The API's description uses them as well,
// so all engines must read them in the same way: without \p{…}, which needs the flag u in JavaScript and does not exist in
// Python, and without look-ahead.
const CONTROL = String.raw`\u0000-\u001F\u007F-\u009F`;
const CONTROL_BUT_LINES = String.raw`\u0000-\u0008\u000B-\u001F\u007F-\u009F`;
/** Line separators, and bidirectional overrides, which can disguise one title as another (CVE-2021-42574). */
const SEPARATORS_AND_OVERRIDES = String.raw`\u2028-\u202E\u2066-\u2069`;
/** Characters that are refused in a text of one line. */
export const NOT_IN_LINES = CONTROL + SEPARATORS_AND_OVERRIDES;
/** Blanks, fillers, format characters, the Braille blank, and accents, which are visible only on a letter. */
const INVISIBLE =
  CONTROL +
  String.raw` \u00A0\u00AD\u0300-\u036F\u0483-\u0489\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u1AB0-\u1AFF` +
  String.raw`\u1DC0-\u1DFF\u2000-\u200F\u2028-\u202F\u205F-\u206F\u20D0-\u20FF\u2800\u3000\u3164\uFE00-\uFE0F` +
  String.raw`\uFE20-\uFE2F\uFEFF\uFFA0\uFFF0-\uFFFB`;
/** Invisible characters above U+FFFF. Only an expression with the flag u reads each of them as one character. */
const INVISIBLE_BEYOND = String.raw`\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}`;
/** Capital letters of the alphabets whose capitals lie side by side in Unicode. */
const CAPITALS = String.raw`A-Z\u00C0-\u00D6\u00D8-\u00DE\u0391-\u03A1\u03A3-\u03AB\u0400-\u042F`;

const hasControl = new RegExp(`[${CONTROL}]`, 'u');
const hasControlButLines = new RegExp(`[${CONTROL_BUT_LINES}]`, 'u');
const hasSeparatorOrOverride = new RegExp(`[${SEPARATORS_AND_OVERRIDES}]`, 'u');
// eslint-disable-next-line no-misleading-character-class -- the accents are separate ranges, and combine with no letter
const hasVisible = new RegExp(`[^${INVISIBLE}${INVISIBLE_BEYOND}]`, 'u');

/**
 * The rules of textViolation() about characters, as a regular expression. It does not check lengths, halves of surrogate
 * pairs, invisible characters above U+FFFF, and the capitals of some smaller alphabets.
 */
export function textPattern({ min, multiline, lowerCase }: TextLimit): string {
  const refused = (multiline ? CONTROL_BUT_LINES : NOT_IN_LINES) + (lowerCase ? CAPITALS : '');
  const visible = min > 0 ? `[^${refused}${INVISIBLE}][^${refused}]*` : '';
  return `^[^${refused}]*${visible}$`;
}

/** Gives Unicode normalisation form C, in which equal texts have equal bytes. */
export function normaliseText(text: string): string {
  return text.normalize('NFC');
}

/** The most serious violation of a text, or undefined. PostgreSQL can store every text that has none. */
export function textViolation(text: string, limit: TextLimit): Omit<Violation, 'path'> | undefined {
  if (!text.isWellFormed()) return { code: 'invalid_characters', message: 'contains half of a surrogate pair' };
  if ((limit.multiline ? hasControlButLines : hasControl).test(text))
    return {
      code: 'invalid_characters',
      message: limit.multiline
        ? 'contains a control character (only line feeds and tabs are allowed)'
        : 'contains a control character or a line break',
    };
  if (!limit.multiline && hasSeparatorOrOverride.test(text))
    return { code: 'invalid_characters', message: 'contains a line separator or a text direction override' };
  const length = codePoints(text, limit);
  if (length < limit.min) return { code: 'too_short', message: `must have at least ${limit.min} characters` };
  if (length > limit.max) return { code: 'too_long', message: `must have at most ${limit.max} characters` };
  if (limit.min > 0 && !hasVisible.test(text))
    return { code: 'blank', message: 'must have at least one visible character' };
  if (limit.lowerCase && text !== text.toLowerCase())
    return { code: 'invalid_format', message: 'must be in lower case' };
  return undefined;
}

/**
 * Counts code points. Where the number of UTF-16 units already proves that the length is allowed, that number is enough,
 * and much cheaper.
 */
function codePoints(text: string, { min, max }: TextLimit): number {
  return text.length <= max && text.length >= 2 * min ? text.length : Array.from(text).length;
}
