import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';

/** A word or a phrase. */
type Term = { readonly words: readonly string[]; readonly excluded: boolean; readonly open: boolean };

/** How much more a word in the title counts than a word in the description. */
const WEIGHTS = { title: 1, organizationName: 0.4, tags: 0.4, summary: 0.2, description: 0.1 } as const;

/** Returns the rank of a match, 0 for none. It reads a search as PostgreSQL's websearch_to_tsquery does. */
export function relevance(details: OpportunityDetails, search: string): number {
  const texts = (Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]).map((field) => ({
    weight: WEIGHTS[field],
    words: wordsIn([details[field] ?? []].flat().join(' ')),
  }));
  const weightOf = (term: Term) => Math.max(0, ...texts.map(({ weight, words }) => (has(words, term) ? weight : 0)));
  const alternatives = alternativesIn(search.replace(/[“”„«»]/g, '"'));
  // An alternative that only excludes words would match nearly everything, so the whole search matches nothing.
  if (!alternatives.every((terms) => terms.some(({ excluded }) => !excluded))) return 0;
  const fitting = alternatives.filter((terms) => terms.every((term) => weightOf(term) > 0 !== term.excluded));
  return Math.max(0, ...fitting.map((terms) => terms.reduce((sum, term) => sum + weightOf(term), 0)));
}

/** Splits a search into alternatives: "or" binds less tightly than adjacent words. */
function alternativesIn(search: string): Term[][] {
  const alternatives: Term[][] = [[]];
  for (const [token, minus, quoted, bareMinus, bare] of search.matchAll(/(-?)"([^"]*)"?|(-?)(\S+)/g)) {
    const words = wordsIn(quoted ?? bare ?? '');
    const excluded = (minus ?? bareMinus) === '-';
    const open = !excluded && search.endsWith(token) && /[\p{L}\p{N}]{2}$/u.test(token);
    // At the end of a search, "or" is an incomplete word.
    if (token.toLowerCase() === 'or' && !search.endsWith(token)) alternatives.push([]);
    else if (words.length > 0) alternatives.at(-1)?.push({ words, excluded, open });
  }
  return alternatives.filter((terms) => terms.length > 0);
}

function has(text: readonly string[], { words, open }: Term): boolean {
  return text.some((_word, start) =>
    words.every((word, index) => {
      const there = text[start + index] ?? '';
      return open && index === words.length - 1 ? there.startsWith(word) : there === word;
    }),
  );
}

function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
