import type { Agreement } from './agreements.ts';
import { ofClaims } from './claim-alterations.ts';
import { ofHeaders } from './header-alterations.ts';
import { ofSignatures, ofSpelling, ofWholes } from './spelling-alterations.ts';
import { ofText } from './text-alterations.ts';
import type { Alteration } from './token-alteration.ts';
import { draftOf, type Part, writtenToken } from './token-draft.ts';

/** A token and a description of its alterations. */
export type AlteredToken = { readonly what: string; readonly token: string };

/**
 * Makes one token for each alteration: some thousands for a thorough agreement. Otherwise only the alterations of header and
 * signature are tried, which are a few hundred.
 */
export function eachAlteration(agreement: Agreement, now: Date, issued: AlteredToken): AlteredToken[] {
  const { header, signature, ...others } = alterations(agreement, now);
  const groups = agreement.thorough ? [header, signature, ...Object.values(others)] : [header, signature];
  return groups.flat().map((alteration) => altered(agreement, issued, [alteration]));
}

/** Makes tokens of all kinds with one, two or three random alterations. @param random returns numbers from 0 to below 1. */
export function someAlterations(
  agreement: Agreement,
  now: Date,
  issued: readonly AlteredToken[],
  count: number,
  random: () => number,
): AlteredToken[] {
  const groups = Object.values(alterations(agreement, now));
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const several = () => Array.from({ length: one([1, 1, 1, 2, 2, 3]) }, () => one(one(groups)));
  return Array.from({ length: count }, () => altered(agreement, one(issued), several()));
}

function altered(agreement: Agreement, base: AlteredToken, chosen: readonly Alteration[]): AlteredToken {
  const draft = chosen.reduce((before, { alter }) => alter(before), draftOf(base.token));
  const what = [base.what, ...chosen.map((each) => each.what)].join(' + ');
  return { what, token: writtenToken(draft, agreement.signature) };
}

function alterations(
  agreement: Agreement,
  now: Date,
): Record<string, Alteration[]> & Record<'header' | 'signature', Alteration[]> {
  const both = (of: (part: Part) => Alteration[]) => [...of('header'), ...of('payload')];
  return {
    claims: ofClaims(agreement, Math.floor(now.getTime() / 1000)),
    header: ofHeaders(),
    text: both(ofText),
    spelling: both(ofSpelling),
    signature: ofSignatures(agreement),
    whole: ofWholes(),
  };
}
