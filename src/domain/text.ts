import type { Violation } from './domain-error.ts';

export type TextLimit = {
  /** Fewest code points. */
  readonly min: number;
  /** Most code points (not UTF-16 units: an emoji counts once, as in JSON Schema). */
  readonly max: number;
  /** Whether line breaks and tabs are part of the text. */
  readonly multiline: boolean;
  /** Whether capital letters are refused. */
  readonly lowerCase?: boolean;
};

// What is inside of brackets in a regular expression. It is for the API's description as well, so all engines must read it in
// the same way: no \p{…}, which needs the flag u in JavaScript and does not exist in Python, and no look-ahead.
const CONTROL = String.raw`\u0000-\u001F\u007F-\u009F`;
const CONTROL_BUT_LINES = String.raw`\u0000-\u0008\u000B-\u001F\u007F-\u009F`;
/** Line separators, and bidirectional overrides, which can make a title read as another one (CVE-2021-42574). */
const SEPARATORS_AND_OVERRIDES = String.raw`\u2028-\u202E\u2066-\u2069`;
/** Characters that no single line may have. */
export const NOT_IN_LINES = CONTROL + SEPARATORS_AND_OVERRIDES;
/** Blanks, fillers and format characters; the Braille blank; accents, which need a letter to stand on. */
const INVISIBLE =
  CONTROL +
  String.raw` \u00A0\u00AD\u0300-\u036F\u0483-\u0489\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u1AB0-\u1AFF` +
  String.raw`\u1DC0-\u1DFF\u2000-\u200F\u2028-\u202F\u205F-\u206F\u20D0-\u20FF\u2800\u3000\u3164\uFE00-\uFE0F` +
  String.raw`\uFE20-\uFE2F\uFEFF\uFFA0\uFFF0-\uFFFB`;
/** More of them, where only the flag u sees one character. */
const INVISIBLE_BEYOND = String.raw`\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}`;
/** Of the alphabets in which small and capital letters do not alternate. */
const CAPITALS = String.raw`A-Z\u00C0-\u00D6\u00D8-\u00DE\u0391-\u03A1\u03A3-\u03AB\u0400-\u042F`;

const hasControl = new RegExp(`[${CONTROL}]`, 'u');
const hasControlButLines = new RegExp(`[${CONTROL_BUT_LINES}]`, 'u');
const hasSeparatorOrOverride = new RegExp(`[${SEPARATORS_AND_OVERRIDES}]`, 'u');
// eslint-disable-next-line no-misleading-character-class -- the accents are ranges of their own, and stand on no letter
const hasVisible = new RegExp(`[^${INVISIBLE}${INVISIBLE_BEYOND}]`, 'u');

/**
 * What textViolation() says of characters, as a regular expression. It does not know lengths, halves of surrogate pairs, the
 * invisible beyond U+FFFF, and the capitals of smaller alphabets.
 */
export function textPattern({ min, multiline, lowerCase }: TextLimit): string {
  const refused = (multiline ? CONTROL_BUT_LINES : NOT_IN_LINES) + (lowerCase ? CAPITALS : '');
  const visible = min > 0 ? `[^${refused}${INVISIBLE}][^${refused}]*` : '';
  return `^[^${refused}]*${visible}$`;
}

/** Equal text becomes equal bytes: Unicode normalisation form C. */
export function normaliseText(text: string): string {
  return text.normalize('NFC');
}

/** What is wrong with a text, the worst first; undefined when nothing is. PostgreSQL can store whatever passes. */
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

/** Of a text with so few UTF-16 units that it cannot have too many code points, and with enough, just the units. */
function codePoints(text: string, { min, max }: TextLimit): number {
  return text.length <= max && text.length >= 2 * min ? text.length : Array.from(text).length;
}
