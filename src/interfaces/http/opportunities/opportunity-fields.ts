import { z } from 'zod';
import {
  COMMITMENTS,
  COMPENSATION_KINDS,
  COMPENSATION_PERIODS,
  DEGREES,
  ELIGIBILITY_DESCRIPTION,
  LANGUAGE,
  LOCATION_LIMITS,
  MOST_LANGUAGES,
  MOST_TAGS,
  OPPORTUNITY_TYPES,
  RANGES,
  TAG,
  TEXT_LIMITS,
  WORK_MODES,
} from '#domain/opportunities/opportunity-details';
import { COUNTRIES, CURRENCIES, EMAIL_PATTERN, LANGUAGE_PATTERN } from '#domain/opportunities/formats';
import { TIME_ZONES } from '#domain/opportunities/formats';
import { type TextLimit, textPattern } from '#domain/text';

// The fields that requests and answers share. zod looks at their kinds. How long, how large and in which form, the domain
// decides; what .meta() says of that is quoted from the domain, and is for the API's description alone.

const INT32_MAX = 2 ** 31 - 1;

/** A text in a format: its pattern says more than that of any text. */
const formatted = ({ min, max }: TextLimit, pattern: string) =>
  z.string().meta({ minLength: min, maxLength: max, pattern });

export const text = (limit: TextLimit) => formatted(limit, textPattern(limit));

const code = (codes: readonly string[]) => z.string().meta({ enum: codes });
const number = ([minimum, maximum]: readonly [number, number]) => z.number().meta({ minimum, maximum });
const whole = ([minimum, maximum]: readonly [number, number]) =>
  z.number().meta({ type: 'integer', format: maximum > INT32_MAX ? 'int64' : 'int32', minimum, maximum });

const url = formatted(TEXT_LIMITS.applyUrl, '^[Hh][Tt][Tt][Pp][Ss]://');
const ANY_URL =
  'https on a public host name: no IP address, no user or password. Best sent in ASCII, with its host in lower case, as the pattern of requests has it; others are taken, too.';

export const placeFields = {
  label: text(LOCATION_LIMITS.label).meta({
    description: 'The place as people write it, in one line.',
    examples: ['Madrid, Spain'],
  }),
  city: text(LOCATION_LIMITS.city).meta({ description: 'One line.', examples: ['Madrid'] }),
  region: text(LOCATION_LIMITS.region).meta({ description: 'One line.', examples: ['Comunidad de Madrid'] }),
  country: code(COUNTRIES).meta({ description: 'ISO 3166-1 alpha-2, and XK for Kosovo.', examples: ['ES'] }),
  latitude: number(DEGREES.latitude).meta({
    description: 'Degrees, WGS 84. Always together with the longitude.',
    examples: [40.4168],
  }),
  longitude: number(DEGREES.longitude).meta({ description: 'Degrees, WGS 84.', examples: [-3.7038] }),
};

export const compensationFields = {
  kind: z
    .enum(COMPENSATION_KINDS)
    .meta({ description: 'What is given or, for a fee, asked for.', examples: ['stipend'] }),
  minAmount: whole(RANGES.amount).meta({
    description: 'Whole minor units of the currency: 90000 EUR are €900.00.',
    examples: [90_000],
  }),
  maxAmount: whole(RANGES.amount).meta({
    description: 'Whole minor units of the currency; not below minAmount.',
    examples: [120_000],
  }),
  currency: code(CURRENCIES).meta({ description: 'ISO 4217; given if and only if an amount is.', examples: ['EUR'] }),
  period: z.enum(COMPENSATION_PERIODS).meta({ description: 'For what the amount is given.', examples: ['month'] }),
};

export const eligibilityFields = {
  description: text(ELIGIBILITY_DESCRIPTION).meta({
    description: 'Who may apply. May have line feeds and tabs.',
    examples: ['Students in their last year.'],
  }),
  minAge: whole(RANGES.age).meta({ description: 'Years.', examples: [18] }),
  maxAge: whole(RANGES.age).meta({ description: 'Years; not below minAge.', examples: [30] }),
};

export const fields = {
  type: z.enum(OPPORTUNITY_TYPES).meta({ description: 'What it is.', examples: ['internship'] }),
  title: text(TEXT_LIMITS.title).meta({ description: 'One line.', examples: ['Backend internship'] }),
  summary: text(TEXT_LIMITS.summary).meta({
    description: 'What a list shows. May have line feeds and tabs.',
    examples: ['Six months with the team that runs our API.'],
  }),
  description: text(TEXT_LIMITS.description).meta({
    description: 'Plain text or Markdown source, never rendered by the service. May have line feeds and tabs.',
    examples: ['Build services with us.'],
  }),
  organizationName: text(TEXT_LIMITS.organizationName).meta({ description: 'One line.', examples: ['ACME'] }),
  organizationUrl: url.meta({ description: ANY_URL, examples: ['https://example.org'] }),
  workMode: z.enum(WORK_MODES).meta({ description: 'Where one works or takes part.', examples: ['hybrid'] }),
  commitment: z.enum(COMMITMENTS).meta({ description: 'How much time it takes.', examples: ['full_time'] }),
  timeZone: code(TIME_ZONES).meta({
    description: 'A name of the IANA time zone database, in which the instants are to be shown.',
    examples: ['Europe/Madrid'],
  }),
  openings: whole(RANGES.openings).meta({ description: 'How many people are sought.', examples: [2] }),
  applyUrl: url.meta({ description: `Where one applies: ${ANY_URL}`, examples: ['https://example.org/apply'] }),
  applyEmail: formatted(TEXT_LIMITS.applyEmail, EMAIL_PATTERN).meta({
    description: 'Where one applies. Everyone who may read the opportunity sees it.',
    examples: ['jobs@example.org'],
  }),
  tags: z
    .array(text(TAG))
    .meta({ maxItems: MOST_TAGS, uniqueItems: true, description: 'In lower case.', examples: [['backend', 'node']] }),
  languages: z.array(formatted(LANGUAGE, LANGUAGE_PATTERN)).meta({
    maxItems: MOST_LANGUAGES,
    uniqueItems: true,
    description: 'BCP 47 tags: the languages that one needs.',
    examples: [['en', 'pt-BR']],
  }),
};

/** What the four instants mean, in requests and answers. */
export const INSTANTS = {
  opensAt: { description: 'From when on one can apply. Null: at once.', examples: ['2027-01-01T08:00:00.000Z'] },
  deadlineAt: {
    description: 'Until when one can apply; after opensAt. Null: until filled.',
    examples: ['2027-03-01T22:59:59.000Z'],
  },
  startsAt: { description: 'When it begins.', examples: ['2027-06-01T07:00:00.000Z'] },
  endsAt: { description: 'When it ends; not before startsAt.', examples: ['2027-11-30T17:00:00.000Z'] },
};
