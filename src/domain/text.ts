import type { Violation } from './violation.ts';

export type TextLimit = {
  /** Fewest code points. */
  readonly min: number;
  /** Most code points (not UTF-16 units: an emoji counts once, as in JSON Schema). */
  readonly max: number;
  /** Whether line breaks and tabs are part of the text. */
  readonly multiline: boolean;
};

// Bidirectional overrides can make a title read as another one (CVE-2021-42574).
const BIDI_OVERRIDES = /[\u202A-\u202E\u2066-\u2069]/u;
const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]/u;
const LINE_SEPARATORS = /[\u2028\u2029]/u;
// Fillers and the Braille blank are letters and symbols that show nothing.
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u2800]]/v;

/** Equal text becomes equal bytes: Unicode normalisation form C. */
export function normaliseText(text: string): string {
  return text.normalize('NFC');
}

/** What is wrong with a text, the worst first; undefined when nothing is. PostgreSQL can store whatever passes. */
export function textViolation(text: string, limit: TextLimit): Omit<Violation, 'path'> | undefined {
  if (!text.isWellFormed()) return { code: 'invalid_characters', message: 'contains half of a surrogate pair' };
  if ((limit.multiline ? CONTROL_BUT_LINES : CONTROL).test(text))
    return {
      code: 'invalid_characters',
      message: limit.multiline
        ? 'contains a control character (only line feeds and tabs are allowed)'
        : 'contains a control character or a line break',
    };
  if (!limit.multiline && (BIDI_OVERRIDES.test(text) || LINE_SEPARATORS.test(text)))
    return { code: 'invalid_characters', message: 'contains a line separator or a text direction override' };
  const length = Array.from(text).length;
  if (length < limit.min) return { code: 'too_short', message: `must have at least ${limit.min} characters` };
  if (length > limit.max) return { code: 'too_long', message: `must have at most ${limit.max} characters` };
  if (limit.min > 0 && !VISIBLE.test(text))
    return { code: 'blank', message: 'must have at least one visible character' };
  return undefined;
}
