import type { Violation } from './violation.ts';

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

// What is inside of brackets in a regular expression (ECMA-262, flag u). Control characters are written out, because few
// other regular expressions know \p{Cc}, and these are for the API's description as well.
const CONTROL = String.raw`\u0000-\u001F\u007F-\u009F`;
const CONTROL_BUT_LINES = String.raw`\u0000-\u0008\u000B-\u001F\u007F-\u009F`;
/** Line separators, and bidirectional overrides, which can make a title read as another one (CVE-2021-42574). */
const SEPARATORS_AND_OVERRIDES = String.raw`\u2028-\u202E\u2066-\u2069`;
/** Characters that no single line may have. */
export const NOT_IN_LINES = CONTROL + SEPARATORS_AND_OVERRIDES;
// Fillers and the Braille blank are letters and symbols that show nothing.
const VISIBLE = String.raw`(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]`;
const CAPITAL = String.raw`\p{Changes_When_Lowercased}`;

const hasControl = new RegExp(`[${CONTROL}]`, 'u');
const hasControlButLines = new RegExp(`[${CONTROL_BUT_LINES}]`, 'u');
const hasSeparatorOrOverride = new RegExp(`[${SEPARATORS_AND_OVERRIDES}]`, 'u');
const hasVisible = new RegExp(VISIBLE, 'u');
const hasCapital = new RegExp(CAPITAL, 'u');

/** What textViolation() says of characters, as a regular expression. Lengths, and halves of surrogate pairs, are not in it. */
export function textPattern({ min, multiline, lowerCase }: TextLimit): string {
  const visible = min > 0 ? String.raw`(?=[\s\S]*${VISIBLE})` : '';
  const refused = (multiline ? CONTROL_BUT_LINES : NOT_IN_LINES) + (lowerCase ? CAPITAL : '');
  return `^${visible}[^${refused}]*$`;
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
  const length = Array.from(text).length;
  if (length < limit.min) return { code: 'too_short', message: `must have at least ${limit.min} characters` };
  if (length > limit.max) return { code: 'too_long', message: `must have at most ${limit.max} characters` };
  if (limit.min > 0 && !hasVisible.test(text))
    return { code: 'blank', message: 'must have at least one visible character' };
  if (limit.lowerCase && hasCapital.test(text)) return { code: 'invalid_format', message: 'must be in lower case' };
  return undefined;
}
