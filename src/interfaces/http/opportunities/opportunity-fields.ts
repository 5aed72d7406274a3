import { z } from 'zod';
import type { ListedViewField } from '#application/opportunities/list-opportunities';
import { EMAIL_PATTERN, LANGUAGE_PATTERN, TIME_ZONES } from '#domain/opportunities/formats';
import {
  COMMITMENTS,
  LANGUAGE,
  MOST_LANGUAGES,
  MOST_TAGS,
  OPPORTUNITY_TYPES,
  type OpportunityDetails,
  RANGES,
  REMOVAL_REASON,
  TAG,
  TEXT_LIMITS,
  WORK_MODES,
} from '#domain/opportunities/opportunity-details';
import { CLOSE_REASONS, OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { at, code, formatted, instant, text, url, whole } from '../openapi/value-schemas.ts';
import { differing, list, opportunityId, optional, required, type Schemas } from './field-kinds.ts';
import { compensation, eligibility, location } from './nested-fields.ts';

// The one list of the fields of an opportunity in HTTP. The schemas of requests and responses, the names that the list
// parameter `fields` accepts, the compact list and the example in the reference are all made from these two tables.

/** How lists and the reference show a field. */
type Presentation = {
  /** Whether a list shows the field when the client does not name the fields. */
  readonly compact: boolean;
  /** The value in the example of the reference, as JSON. */
  readonly example: unknown;
};

type ResponseField = { readonly response: z.ZodType } & Presentation;
type DetailField = Schemas<z.ZodType, z.ZodType> & Presentation;

/** The details of an opportunity, which its owner writes. Requests and responses have these fields. */
export const DETAILS = {
  type: {
    ...required(z.enum(OPPORTUNITY_TYPES).meta({ description: 'The kind of opportunity.', examples: ['internship'] })),
    compact: true,
    example: 'internship',
  },
  title: {
    ...required(
      text(TEXT_LIMITS.title).meta({ description: 'The title, in one line.', examples: ['Backend internship'] }),
    ),
    compact: true,
    example: 'Backend internship',
  },
  summary: {
    ...optional(
      text(TEXT_LIMITS.summary).meta({
        description: 'A short text for lists. Line feeds and tabs are allowed.',
        examples: ['Six months with the team that runs our API.'],
      }),
    ),
    compact: true,
    example: null,
  },
  description: {
    ...optional(
      text(TEXT_LIMITS.description).meta({
        description: 'Plain text or Markdown source, which the service never renders. Line feeds and tabs are allowed.',
        examples: ['Build services with us.'],
      }),
    ),
    compact: false,
    example: 'Build services with us.',
  },
  organizationName: {
    ...optional(
      text(TEXT_LIMITS.organizationName).meta({
        description: 'The name of the organization, in one line.',
        examples: ['ACME'],
      }),
    ),
    compact: true,
    example: null,
  },
  organizationUrl: {
    ...differing(url('The website of the organization', 'https://example.org')),
    compact: false,
    example: null,
  },
  workMode: {
    ...optional(z.enum(WORK_MODES).meta({ description: 'Where people work or take part.', examples: ['hybrid'] })),
    compact: true,
    example: 'hybrid',
  },
  location: {
    ...location,
    compact: true,
    example: { label: 'Madrid, Spain', city: 'Madrid', region: null, country: 'ES', latitude: null, longitude: null },
  },
  compensation: {
    ...compensation,
    compact: true,
    example: { kind: 'stipend', minAmount: 90_000, maxAmount: null, currency: 'EUR', period: 'month' },
  },
  commitment: {
    ...optional(
      z.enum(COMMITMENTS).meta({ description: 'How much time the opportunity takes.', examples: ['full_time'] }),
    ),
    compact: true,
    example: null,
  },
  opensAt: {
    ...differing(instant('The instant from which people can apply. Null means at once.', '2027-01-01T08:00:00.000Z')),
    compact: false,
    example: null,
  },
  deadlineAt: {
    ...differing(
      instant(
        'The instant until which people can apply. It must be after opensAt. Null means until filled.',
        '2027-03-01T22:59:59.000Z',
      ),
    ),
    compact: true,
    example: '2027-03-01T22:59:59.000Z',
  },
  startsAt: {
    ...differing(instant('The instant at which the opportunity begins.', '2027-06-01T07:00:00.000Z')),
    compact: true,
    example: null,
  },
  endsAt: {
    ...differing(
      instant('The instant at which the opportunity ends. It must not be before startsAt.', '2027-11-30T17:00:00.000Z'),
    ),
    compact: false,
    example: null,
  },
  timeZone: {
    ...optional(
      code(TIME_ZONES).meta({
        description: 'The time zone in which apps show the instants: a name of the IANA time zone database.',
        examples: ['Europe/Madrid'],
      }),
    ),
    compact: false,
    example: 'Europe/Madrid',
  },
  openings: {
    ...optional(whole(RANGES.openings).meta({ description: 'The number of open places.', examples: [2] })),
    compact: false,
    example: null,
  },
  eligibility: {
    ...eligibility,
    compact: false,
    example: null,
  },
  applyUrl: {
    ...differing(url('The page on which people apply', 'https://example.org/apply')),
    compact: false,
    example: 'https://example.org/apply',
  },
  applyEmail: {
    ...optional(
      formatted(TEXT_LIMITS.applyEmail, EMAIL_PATTERN).meta({
        description: 'The e-mail address for applications. Everybody who may read the opportunity sees it.',
        examples: ['jobs@example.org'],
      }),
    ),
    compact: false,
    example: 'jobs@example.org',
  },
  tags: {
    ...list(
      z.array(text(TAG)).meta({
        maxItems: MOST_TAGS,
        uniqueItems: true,
        description: 'Tags in lower case.',
        examples: [['backend', 'node']],
      }),
    ),
    compact: true,
    example: ['backend', 'node'],
  },
  languages: {
    ...list(
      z.array(formatted(LANGUAGE, LANGUAGE_PATTERN)).meta({
        maxItems: MOST_LANGUAGES,
        uniqueItems: true,
        description: 'The languages that applicants need, as BCP 47 tags.',
        examples: [['en', 'pt-BR']],
      }),
    ),
    compact: false,
    example: ['en', 'es'],
  },
} satisfies Record<keyof OpportunityDetails, DetailField>;

/** Every field of a response, in the order in which a response has them. */
export const OPPORTUNITY = {
  id: { response: opportunityId, compact: true, example: '01a204b7-f81d-7702-a63b-cc7085dfefde' },
  ownerId: {
    response: z.string().meta({
      maxLength: 128,
      description: 'The user who posted the opportunity: the user_id of the token.',
      examples: ['42'],
    }),
    compact: true,
    example: '550e8400-e29b-41d4-a716-446655440000',
  },
  ...DETAILS,
  status: {
    response: z.enum(OPPORTUNITY_STATUSES).meta({
      description: 'The status, which only actions change. A deleted opportunity is never returned.',
      examples: ['published'],
    }),
    compact: true,
    example: 'published',
  },
  closeReason: {
    response: z.enum(CLOSE_REASONS).nullable().meta({ description: 'The reason for which the opportunity is closed.' }),
    compact: false,
    example: null,
  },
  removalReason: {
    response: text(REMOVAL_REASON)
      .nullable()
      .meta({ description: 'The reason for which a moderator removed the opportunity. Its owner may read it.' }),
    compact: false,
    example: null,
  },
  version: {
    response: z
      .int32()
      .min(1)
      .meta({
        format: 'int32',
        description: 'The version: 1 at first, and one more after each change.',
        examples: [1],
      }),
    compact: true,
    example: 1,
  },
  createdAt: {
    response: at('The instant at which the opportunity was created.'),
    compact: false,
    example: '2026-11-22T19:24:55.197Z',
  },
  updatedAt: { response: at('The instant of the last change.'), compact: true, example: '2026-11-22T19:24:55.197Z' },
  publishedAt: {
    response: at('The instant at which the opportunity was published.').nullable(),
    compact: true,
    example: '2026-11-22T19:24:55.197Z',
  },
  closedAt: {
    response: at('The instant at which the opportunity was closed.').nullable(),
    compact: false,
    example: null,
  },
  isOpen: {
    response: z.boolean().meta({
      description:
        'Whether people can apply now: the opportunity is published and opened, and its deadline has not passed. The service computes it for each response.',
      examples: [true],
    }),
    compact: true,
    example: true,
  },
} satisfies Record<ListedViewField, ResponseField>;

/** Names of all fields, in the order of a response. */
export const FIELD_NAMES = Object.keys(OPPORTUNITY) as ListedViewField[];

/** Names of the fields that a list shows unless the client names others: enough for a row on a phone. */
export const COMPACT_FIELD_NAMES = FIELD_NAMES.filter((name) => OPPORTUNITY[name].compact);

/** The published opportunity that the reference shows. */
export const EXAMPLE = Object.fromEntries(
  Object.entries(OPPORTUNITY).map(([name, { example }]) => [name, example]),
) as { [Name in ListedViewField]: (typeof OPPORTUNITY)[Name]['example'] };
