import { z } from 'zod';
import type { ListedViewField, ListOpportunitiesCommand } from '#application/opportunities/list-opportunities';
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
import { normaliseText, textPattern, type TextLimit, textViolation } from '#domain/text';

/** Values of one parameter: more than any screen offers to tick at once. */
const MOST_VALUES = 20;
const SEARCH: TextLimit = { min: 1, max: 100, multiline: false };
const OWNER: TextLimit = { min: 1, max: 128, multiline: false };

/** The names of all that an opportunity answers with, in the order of the resource. */
export const FIELDS = [
  'id',
  'ownerId',
  'type',
  'title',
  'summary',
  'description',
  'organizationName',
  'organizationUrl',
  'workMode',
  'location',
  'compensation',
  'commitment',
  'opensAt',
  'deadlineAt',
  'startsAt',
  'endsAt',
  'timeZone',
  'openings',
  'eligibility',
  'applyUrl',
  'applyEmail',
  'tags',
  'languages',
  'status',
  'closeReason',
  'removalReason',
  'version',
  'createdAt',
  'updatedAt',
  'publishedAt',
  'closedAt',
  'isOpen',
] as const satisfies readonly ListedViewField[];

/** What a row of a list on a phone shows, and what tells whether a kept copy is still good. */
const COMPACT = [
  'id',
  'ownerId',
  'type',
  'title',
  'summary',
  'organizationName',
  'workMode',
  'location',
  'compensation',
  'commitment',
  'deadlineAt',
  'startsAt',
  'tags',
  'status',
  'version',
  'updatedAt',
  'publishedAt',
  'isOpen',
] as const satisfies readonly ListedViewField[];

/** Text as the domain has it. Bytes that are not UTF-8 have become U+FFFD by now, which nobody looks for. */
const text = (limit: TextLimit) =>
  z
    .string()
    .transform(normaliseText)
    .superRefine((value, context) => {
      const violation = value.includes('\uFFFD')
        ? { code: 'invalid_characters', message: 'is not UTF-8' }
        : textViolation(value, limit);
      if (violation) refuse(context, violation.message, violation.code);
    })
    .meta({ minLength: limit.min, maxLength: limit.max, pattern: textPattern(limit) });

const values = <Schema extends z.ZodType>(one: Schema) =>
  z
    .array(one)
    .max(MOST_VALUES, { error: `must not be given more than ${MOST_VALUES} times` })
    // In one order, so that a cursor does not depend on the one they came in.
    .transform((given) => [...new Set(given)].sort())
    .default([]);

const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 instant' })
  .meta({ override: { pattern: INSTANT_PATTERN, maxLength: 35 } })
  .transform((value) => new Date(value))
  .refine((value) => value >= new Date('1970-01-01T00:00:00Z') && value < new Date('2200-01-01T00:00:00Z'), {
    error: 'must lie between the years 1970 and 2199',
  });

const only = z.literal('true', { error: 'must be true' });

/** The query of GET /opportunities. */
export const listQuery = z
  .strictObject({
    q: text(SEARCH)
      .optional()
      .meta({
        description:
          'Full-text search in title, organization, tags, summary and description: words that must all occur, `or` between ' +
          'alternatives, `-` before what must not occur, double quotes around phrases. The last word may be the beginning ' +
          'of one. A search without a word that has to occur finds nothing.',
      }),
    type: values(z.enum(OPPORTUNITY_TYPES)).meta({
      description: 'Of this type; repeat it for any of several.',
    }),
    tag: values(text(TAG)).meta({
      description: 'With this tag; repeat it for any of several.',
    }),
    country: values(
      z
        .string()
        .refine(isCountry, { error: 'must be an ISO 3166-1 alpha-2 code, such as ES' })
        .meta({ enum: COUNTRIES }),
    ).meta({
      description: 'In this country (ISO 3166-1 alpha-2); repeat it for any of several.',
    }),
    city: values(text(LOCATION_LIMITS.city)).meta({
      description: 'In this city, in upper or lower case; repeat it for any of several.',
    }),
    workMode: values(z.enum(WORK_MODES)).meta({
      description: 'With this mode of work; repeat it for any of several.',
    }),
    commitment: values(z.enum(COMMITMENTS)).meta({
      description: 'With this commitment; repeat it for any of several.',
    }),
    status: values(z.enum(['draft', 'published', 'closed', 'removed'])).meta({
      description:
        'In this status; repeat it for any of several. Without it: published, and with `mine` all. Of drafts and removed ' +
        'ones everybody but moderators and admins sees their own alone.',
    }),
    open: only.optional().meta({
      description: 'Only those for which one can apply now: published, opened, deadline not passed.',
    }),
    mine: only.optional().meta({ description: 'Only the caller’s own, in any status.' }),
    ownerId: text(OWNER).optional().meta({
      description: 'Only those that this user posted. Not together with `mine`.',
    }),
    deadlineFrom: instant.optional().meta({
      description: 'With a deadline at this instant or later. Not the open-ended ones.',
    }),
    deadlineTo: instant.optional().meta({
      description: 'With a deadline before this instant. Not the open-ended ones.',
    }),
    publishedFrom: instant.optional().meta({
      description: 'Published at this instant or later.',
    }),
    publishedTo: instant.optional().meta({
      description: 'Published before this instant.',
    }),
    sort: z
      .enum(LIST_ORDERS)
      .optional()
      .meta({
        description:
          'Last published first, last changed first, first deadline first (open-ended ones last), or what fits `q` best ' +
          'first. Without it: `relevance` with `q`, else `-updatedAt` with `mine`, else `-publishedAt`.',
      }),
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, { error: 'must be a whole number from 1 to 100' })
      .meta({ override: { type: 'integer', format: 'int32', minimum: 1, maximum: 100 } })
      .transform(Number)
      .default(20)
      .meta({ description: 'Most items of a page, 1 to 100; 20 without it.' }),
    cursor: z
      .string()
      .meta({ maxLength: 500, pattern: '^[A-Za-z0-9_-]+$' })
      .optional()
      .meta({ description: 'Where to go on: the `page.nextCursor` of the page before. All else stays as it was.' }),
    fields: z
      .string()
      .meta({ maxLength: 1000, pattern: `^(${FIELDS.join('|')})(,(${FIELDS.join('|')}))*$` })
      .transform((names) => names.split(','))
      .superRefine((names, context) => {
        const known: readonly string[] = FIELDS;
        if (names.every((name) => known.includes(name))) return;
        refuse(context, `must be names of these, with commas between them: ${FIELDS.join(', ')}`, 'unknown_value');
      })
      .transform((names) => FIELDS.filter((field) => field === 'id' || names.includes(field)))
      .optional()
      .meta({
        description:
          'The fields to answer with, with commas between them; `id` always is. Without it, all but those that only a ' +
          'single opportunity’s screen shows.',
      }),
  })
  .superRefine(
    (query, context) => {
      const wrong = new Set(context.issues.map(({ path = [] }) => path[0]));
      for (const [parameter, message] of contradictions(query))
        if (!wrong.has(parameter)) refuse(context, message, 'contradictory', [parameter]);
    },
    // Also when something else is wrong: all is reported at once.
    { when: ({ value }) => typeof value === 'object' && value !== null },
  );

export type ListQuery = z.output<typeof listQuery>;

function contradictions({ q, mine, open, status, ownerId, sort, ...range }: Partial<ListQuery>): [string, string][] {
  const found: [string, string][] = [];
  if (mine && ownerId !== undefined) found.push(['ownerId', 'makes no sense together with mine']);
  if (open && Array.isArray(status) && status.length > 0 && !status.includes('published'))
    found.push(['status', 'leaves out published, and nothing else is open']);
  if (sort === 'relevance' && q === undefined) found.push(['sort', 'by relevance needs a q']);
  if (isEmpty(range.deadlineFrom, range.deadlineTo)) found.push(['deadlineTo', 'must be after deadlineFrom']);
  if (isEmpty(range.publishedFrom, range.publishedTo)) found.push(['publishedTo', 'must be after publishedFrom']);
  return found;
}

function isEmpty(from: Date | undefined, to: Date | undefined): boolean {
  return from instanceof Date && to instanceof Date && from >= to;
}

/** What the query asks for, but for where to begin. */
export function listCommand(query: ListQuery): Omit<ListOpportunitiesCommand, 'after'> {
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
    fields: query.fields ?? COMPACT,
  };
}

function refuse(context: z.core.$RefinementCtx, message: string, code: string, path: string[] = []): void {
  context.addIssue({ code: 'custom', message, params: { code }, path });
}
