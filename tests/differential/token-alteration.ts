import { type Draft, type Part, withMember } from './token-draft.ts';

/** One change that makes a token wrong or unusual. */
export type Alteration = { readonly what: string; readonly alter: (draft: Draft) => Draft };

/** @param value the new value; undefined removes the member. */
export const withValue = (part: Part, name: string, value: string | undefined): Alteration => ({
  what: `${part} ${text(name)}: ${value === undefined ? 'missing' : value.slice(0, 60)}`,
  alter: (draft) => withMember(draft, part, name, value),
});

/** The value as a JSON text. */
export const text = (value: unknown) => JSON.stringify(value);
export const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
