import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { HttpProblem } from '../problems/problem-details.ts';

/** An entity tag of this API. An earlier response may have had it with or without -open. */
const OURS = /^"(\d{1,9})(-open)?"$/;
const TAG = String.raw`(W/)?"[!#-~\u0080-\u00FF]*"`;
/** An If-Match header: empty, "*", or tags with commas between them. A tag may itself contain commas. */
export const IF_MATCH_PATTERN = String.raw`^([*]|${TAG}([ \t]*,[ \t]*${TAG})*)?$`;
const ifMatchHeader = new RegExp(IF_MATCH_PATTERN);
const eachTag = new RegExp(TAG, 'g');

/**
 * Returns a strong validator (RFC 9110 §8.8.3). It contains the version, and whether people can apply, which can change
 * with time alone, without a new version. The tag is opaque to clients.
 */
export function entityTag({ version, isOpen }: OpportunityView): string {
  return `"${version}${isOpen ? '-open' : ''}"`;
}

/**
 * Returns the versions that an If-Match header names (RFC 9110 §13.1.1), or undefined when the header accepts every
 * version. A weak tag matches no version, and neither does a tag that is not from this API.
 * @throws HttpProblem bad_request when the header is not a list of entity tags.
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
 * Whether an If-None-Match header names the tag (RFC 9110 §13.1.2). Koa's own check also regards Cache-Control, and in some
 * clients fetch() sends "no-cache" with every conditional request.
 */
export function isKnown(tag: string, ifNoneMatch: string): boolean {
  return ifNoneMatch.split(',').some((part) => ['*', tag, `W/${tag}`].includes(part.trim()));
}
