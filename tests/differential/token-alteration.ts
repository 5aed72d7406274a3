import { type Draft, type Part, withMember } from './token-draft.ts';

/** One thing that is wrong with a token, or only unusual. */
export type Alteration = { readonly what: string; readonly alter: (draft: Draft) => Draft };

/** @param value undefined takes it away */
export const withValue = (part: Part, name: string, value: string | undefined): Alteration => ({
  what: `${part} ${text(name)}: ${value === undefined ? 'missing' : value.slice(0, 60)}`,
  alter: (draft) => withMember(draft, part, name, value),
});

/** As it is written in JSON. */
export const text = (value: unknown) => JSON.stringify(value);
export const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
