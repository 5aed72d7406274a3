import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';

/** The searched fields, and how much a word in each of them counts. The order is that of the table opportunity_words. */
const WEIGHTS = { title: 1, organizationName: 0.4, tags: 0.4, summary: 0.2, description: 0.1 } as const;
const FIELDS = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];

/** A word or a phrase. The last word of an open term may be the beginning of a longer one. */
type Term = { readonly words: readonly string[]; readonly excluded: boolean; readonly open: boolean };

/** Alternatives, each with terms that must all be met. */
export type Search = readonly (readonly Term[])[];

/** Gives the words of each searched field, between blanks. */
export function searchableTexts(details: OpportunityDetails): string[] {
  return FIELDS.map((field) => wordsIn([details[field] ?? []].flat().join(' ')).join(' '));
}

/**
 * Reads what a user typed into the search box. "or" between alternatives binds less tightly than words side by side.
 * @returns undefined when nothing can match: an alternative without a word that must occur would match nearly everything.
 */
export function parseSearch(given: string): Search | undefined {
  // The keyboards of phones write typographic quotes.
  const text = given.replace(/[“”„«»]/g, '"');
  const alternatives: Term[][] = [[]];
  for (const [token, minus, quoted, bareMinus, bare] of text.matchAll(/(-?)"([^"]*)"?|(-?)(\S+)/g)) {
    const isLast = text.endsWith(token);
    const words = wordsIn(quoted ?? bare ?? '');
    const excluded = (minus ?? bareMinus) === '-';
    // At the end of a search, "or" is a word that is not complete yet.
    if (token.toLowerCase() === 'or' && !isLast) alternatives.push([]);
    else if (words.length > 0)
      alternatives.at(-1)?.push({ words, excluded, open: !excluded && isLast && mayGoOn(token) });
  }
  const meant = alternatives.filter((terms) => terms.length > 0);
  const isBounded = meant.length > 0 && meant.every((terms) => terms.some(({ excluded }) => !excluded));
  return isBounded ? meant : undefined;
}

/** Gives the search in the query language of FTS5. Words have only letters, digits and marks, so none needs an escape. */
export function matchExpression(search: Search): string {
  const written = ({ words, open }: Term) => `"${words.join(' ')}"${open ? ' *' : ''}`;
  return search
    .map((terms) => {
      const wanted = terms.filter(({ excluded }) => !excluded).map(written);
      const excluded = terms.filter((term) => term.excluded).map(written);
      return `(${[`(${wanted.join(' AND ')})`, ...excluded].join(' NOT ')})`;
    })
    .join(' OR ');
}

/**
 * Ranks a match. FTS5 has a rank of its own, which depends on all other rows: a page would be sorted by other numbers than
 * the page before.
 * @param texts the texts that searchableTexts() gave.
 */
export function rankOf(search: Search, texts: readonly string[]): number {
  const fields = texts.map((text) => text.split(' '));
  const best = (term: Term) =>
    Math.max(0, ...FIELDS.map((field, index) => (has(fields[index] ?? [], term) ? WEIGHTS[field] : 0)));
  const fitting = search.filter((terms) => terms.every((term) => best(term) > 0 !== term.excluded));
  return Math.max(0, ...fitting.map((terms) => terms.reduce((sum, term) => sum + best(term), 0)));
}

function has(text: readonly string[], { words, open }: Term): boolean {
  return text.some((_word, start) =>
    words.every((word, index) => {
      const there = text[start + index] ?? '';
      return open && index === words.length - 1 ? there.startsWith(word) : there === word;
    }),
  );
}

/** Two letters or digits may begin a longer word, and so may one letter of a script that has words of one letter. */
function mayGoOn(token: string): boolean {
  return /([\p{L}\p{N}]{2}|[\p{L}--\p{ASCII}])$/v.test(token);
}

function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}
