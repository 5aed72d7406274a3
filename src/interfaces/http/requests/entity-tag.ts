import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { HttpProblem } from '../problems/problem-details.ts';

/** An entity tag as this API gives it, strong or weak; also one of an earlier answer in which it was (not) open. */
const OURS = /^"(\d{1,9})(-open)?"$/;
const TAG = String.raw`(W/)?"[!#-~\u0080-\u00FF]*"`;
/** Nothing, anything, or tags with commas between; there may be commas within, too. */
export const IF_MATCH_PATTERN = String.raw`^([*]|${TAG}([ \t]*,[ \t]*${TAG})*)?$`;
const ifMatchHeader = new RegExp(IF_MATCH_PATTERN);
const eachTag = new RegExp(TAG, 'g');

/**
 * A strong validator (RFC 9110 §8.8.3): the version, and whether one can apply, which changes with time alone.
 * Opaque to clients.
 */
export function entityTag({ version, isOpen }: OpportunityView): string {
  return `"${version}${isOpen ? '-open' : ''}"`;
}

/**
 * The versions that an If-Match header names (RFC 9110 §13.1.1); undefined when any will do. A weak tag matches nothing,
 * and neither does one that is not ours.
 * @throws HttpProblem bad_request when it is not a list of entity tags.
 */
export function versionsIn(ifMatch: string): readonly number[] | undefined {
  const header = ifMatch.trim();
  if (header === '' || header === '*') return undefined;
  if (!ifMatchHeader.test(header))
    throw new HttpProblem('bad_request', 'If-Match must be "*" or entity tags in double quotes.');
  return [...header.matchAll(eachTag)].flatMap(([tag]) => {
    const [, version] = OURS.exec(tag) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
}

/**
 * Whether an If-None-Match header names the tag (RFC 9110 §13.1.2). Koa's own answer depends on Cache-Control, too, and
 * some clients' fetch() sends "no-cache" with every conditional request.
 */
export function isKnown(tag: string, ifNoneMatch: string): boolean {
  return ifNoneMatch.split(',').some((part) => ['*', tag, `W/${tag}`].includes(part.trim()));
}
