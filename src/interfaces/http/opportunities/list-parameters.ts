import { z } from 'zod';
import type { ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
import { LIST_ORDERS } from '#application/ports/opportunities/opportunity-catalogue';
import { COUNTRIES, isCountry } from '#domain/opportunities/formats';
import {
  COMMITMENTS,
  INSTANT_PATTERN,
  LOCATION_LIMITS,
  OPPORTUNITY_TYPES,
  TAG,
  WORK_MODES,
} from '#domain/opportunities/opportunity-details';
import { READABLE_STATUSES } from '#domain/opportunities/opportunity-policy';
import { normaliseText, textPattern, type TextLimit, textViolation } from '#domain/text';
import { COMPACT_FIELD_NAMES, FIELD_NAMES } from './opportunity-fields.ts';

/** The largest number of values of one parameter: more than a screen lets a user choose. */
const MOST_VALUES = 20;
const SEARCH: TextLimit = { min: 1, max: 100, multiline: false };
const OWNER: TextLimit = { min: 1, max: 128, multiline: false };

/** Text, normalised as in the domain. Koa has replaced invalid UTF-8 by U+FFFD, so this character is refused. */
const text = (limit: TextLimit) =>
  z
    .string()
    .transform(normaliseText)
    .superRefine((value, context) => {
      const violation = value.includes('\uFFFD')
        ? { code: 'invalid_characters', message: 'must be valid UTF-8' }
        : textViolation(value, limit);
      if (violation) refuse(context, violation.message, violation.code);
    })
    .meta({ minLength: limit.min, maxLength: limit.max, pattern: textPattern(limit) });

const values = <Schema extends z.ZodType>(one: Schema) =>
  z
    .array(one)
    .max(MOST_VALUES, { error: `must not be given more than ${MOST_VALUES} times` })
    // Values are sorted, so that the cursor does not depend on their order in the query.
    .transform((given) => [...new Set(given)].sort())
    .default([]);

const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 instant, such as 2027-03-01T12:00:00Z' })
  .meta({ override: { pattern: INSTANT_PATTERN, maxLength: 35 } })
  .transform((value) => new Date(value))
  .refine((value) => value >= new Date('1970-01-01T00:00:00Z') && value < new Date('2200-01-01T00:00:00Z'), {
    error: 'must lie between the years 1970 and 2199',
  });

/** A parameter that accepts only "true". A client that does not want its effect leaves the parameter out. */
const only = z.literal('true');

/** The list parameters: the query of GET /opportunities. */
export const listParameters = z
  .strictObject({
    q: text(SEARCH)
      .optional()
      .meta({
        description:
          'Full-text search in title, organization, tags, summary and description. All words must occur. Write `or` between ' +
          'alternatives, `-` before a word that must not occur, and double quotes around a phrase. The last word may be ' +
          'incomplete. A search that only excludes words finds nothing.',
      }),
    type: values(z.enum(OPPORTUNITY_TYPES)).meta({
      description: 'Only opportunities of this type. Repeat the parameter to accept several values.',
    }),
    tag: values(text(TAG)).meta({
      description: 'Only opportunities with this tag. Repeat the parameter to accept several values.',
    }),
    country: values(
      z
        .string()
        .refine(isCountry, { error: 'must be an ISO 3166-1 alpha-2 code, such as ES' })
        .meta({ enum: COUNTRIES }),
    ).meta({
      description:
        'Only opportunities in this country (ISO 3166-1 alpha-2). Repeat the parameter to accept several values.',
    }),
    city: values(text(LOCATION_LIMITS.city)).meta({
      description: 'Only opportunities in this city, in any case. Repeat the parameter to accept several values.',
    }),
    workMode: values(z.enum(WORK_MODES)).meta({
      description: 'Only opportunities with this work mode. Repeat the parameter to accept several values.',
    }),
    commitment: values(z.enum(COMMITMENTS)).meta({
      description: 'Only opportunities with this commitment. Repeat the parameter to accept several values.',
    }),
    status: values(z.enum(READABLE_STATUSES)).meta({
      description:
        'Only opportunities in this status. Repeat the parameter to accept several values. The default is `published`, and ' +
        'every status with `mine`. Only moderators and admins see drafts and removed opportunities of other users.',
    }),
    open: only.optional().meta({
      description: 'Only opportunities to which people can apply now: published, opened, and with no passed deadline.',
    }),
    mine: only.optional().meta({ description: 'Only the user’s own opportunities, in every status.' }),
    ownerId: text(OWNER).optional().meta({
      description: 'Only opportunities that this user posted. It cannot be combined with `mine`.',
    }),
    deadlineFrom: instant.optional().meta({
      description:
        'Only opportunities with a deadline at this instant or later. Open-ended opportunities are left out.',
    }),
    deadlineTo: instant.optional().meta({
      description: 'Only opportunities with a deadline before this instant. Open-ended opportunities are left out.',
    }),
    publishedFrom: instant.optional().meta({
      description: 'Only opportunities that were published at this instant or later.',
    }),
    publishedTo: instant.optional().meta({
      description: 'Only opportunities that were published before this instant.',
    }),
    sort: z
      .enum(LIST_ORDERS)
      .optional()
      .meta({
        description:
          'The order: last published first, last changed first, next deadline first (open-ended opportunities last), or best ' +
          'match of `q` first. The default is `relevance` with `q`, `-updatedAt` with `mine`, and `-publishedAt` otherwise.',
      }),
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, { error: 'must be a whole number from 1 to 100' })
      .meta({ override: { type: 'integer', format: 'int32', minimum: 1, maximum: 100 } })
      .transform(Number)
      .default(20)
      .meta({ description: 'The largest number of items of a page, from 1 to 100. The default is 20.' }),
    cursor: z.string().meta({ maxLength: 500, pattern: '^[A-Za-z0-9_-]+$' }).optional().meta({
      description:
        'The `page.nextCursor` of the previous page. Send it with the same parameters; only `limit` and `fields` may change.',
    }),
    fields: z
      .string()
      .meta({ maxLength: 1000, pattern: `^(${FIELD_NAMES.join('|')})(,(${FIELD_NAMES.join('|')}))*$` })
      .transform((names) => names.split(','))
      .superRefine((names, context) => {
        const known: readonly string[] = FIELD_NAMES;
        if (names.every((name) => known.includes(name))) return;
        refuse(
          context,
          `accepts only these names, with commas between them: ${FIELD_NAMES.join(', ')}`,
          'unknown_value',
        );
      })
      .transform((names) => FIELD_NAMES.filter((field) => field === 'id' || names.includes(field)))
      .optional()
      .meta({
        description:
          'Names of the fields to return, with commas between them. `id` is always returned. The default is the compact list: ' +
          'the fields that a screen with many opportunities shows.',
      }),
  })
  .superRefine(
    (query, context) => {
      const wrong = new Set(context.issues.map(({ path = [] }) => path[0]));
      for (const [parameter, message] of contradictions(query))
        if (!wrong.has(parameter)) refuse(context, message, 'contradictory', [parameter]);
    },
    // Contradictions are reported together with all other errors.
    { when: ({ value }) => typeof value === 'object' && value !== null },
  );

export type ListParameters = z.output<typeof listParameters>;

function contradictions({
  q,
  mine,
  open,
  status,
  ownerId,
  sort,
  ...range
}: Partial<ListParameters>): [string, string][] {
  const found: [string, string][] = [];
  if (mine && ownerId !== undefined) found.push(['ownerId', 'cannot be combined with mine']);
  if (open && Array.isArray(status) && status.length > 0 && !status.includes('published'))
    found.push(['status', 'must include published when open is true: no other status is open']);
  if (sort === 'relevance' && q === undefined) found.push(['sort', 'by relevance requires the parameter q']);
  if (isEmpty(range.deadlineFrom, range.deadlineTo)) found.push(['deadlineTo', 'must be after deadlineFrom']);
  if (isEmpty(range.publishedFrom, range.publishedTo)) found.push(['publishedTo', 'must be after publishedFrom']);
  return found;
}

function isEmpty(from: Date | undefined, to: Date | undefined): boolean {
  return from instanceof Date && to instanceof Date && from >= to;
}

/** Turns the list parameters into a command, without the position at which the page begins. */
export function listCommand(query: ListParameters): Omit<ListOpportunitiesCommand, 'after'> {
  const { q = null, mine, sort } = query;
  return {
    filter: {
      search: q,
      types: query.type,
      tags: query.tag,
      countries: query.country,
      cities: query.city,
      workModes: query.workMode,
      commitments: query.commitment,
      statuses: query.status,
      open: query.open !== undefined,
      mine: mine !== undefined,
      ownerId: query.ownerId ?? null,
      deadline: { from: query.deadlineFrom ?? null, to: query.deadlineTo ?? null },
      published: { from: query.publishedFrom ?? null, to: query.publishedTo ?? null },
    },
    order: sort ?? (q !== null ? 'relevance' : mine ? '-updatedAt' : '-publishedAt'),
    limit: query.limit,
    fields: query.fields ?? COMPACT_FIELD_NAMES,
  };
}

function refuse(context: z.core.$RefinementCtx, message: string, code: string, path: string[] = []): void {
  context.addIssue({ code: 'custom', message, params: { code }, path });
}
