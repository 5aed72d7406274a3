import { normaliseText, type TextLimit } from '../text.ts';

export const OPPORTUNITY_TYPES = [
  'job',
  'internship',
  'volunteering',
  'scholarship',
  'grant',
  'fellowship',
  'event',
  'competition',
  'course',
  'mentorship',
  'other',
] as const;
export const WORK_MODES = ['onsite', 'remote', 'hybrid'] as const;
export const COMMITMENTS = ['full_time', 'part_time', 'flexible', 'one_off'] as const;
export const COMPENSATION_KINDS = ['paid', 'stipend', 'unpaid', 'award', 'fee'] as const;
export const COMPENSATION_PERIODS = ['hour', 'day', 'week', 'month', 'year', 'total'] as const;

export type Location = {
  readonly label: string;
  readonly city: string | null;
  readonly region: string | null;
  /** Country code of ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Degrees in WGS 84. Latitude and longitude are given together or not at all. */
  readonly latitude: number | null;
  readonly longitude: number | null;
};

export type Compensation = {
  readonly kind: (typeof COMPENSATION_KINDS)[number];
  /** Whole minor units of the currency, such as cents. */
  readonly minAmount: number | null;
  readonly maxAmount: number | null;
  /** Currency code of ISO 4217. It is given if and only if an amount is given. */
  readonly currency: string | null;
  readonly period: (typeof COMPENSATION_PERIODS)[number] | null;
};

export type Eligibility = {
  readonly description: string | null;
  /** Years. */
  readonly minAge: number | null;
  readonly maxAge: number | null;
};

/** The details that the owner gives about an opportunity. Null means that the owner said nothing. */
export type OpportunityDetails = {
  readonly type: (typeof OPPORTUNITY_TYPES)[number];
  readonly title: string;
  readonly summary: string | null;
  /** Plain text or Markdown source. This service never renders it. */
  readonly description: string | null;
  readonly organizationName: string | null;
  readonly organizationUrl: string | null;
  readonly workMode: (typeof WORK_MODES)[number] | null;
  readonly location: Location | null;
  readonly compensation: Compensation | null;
  readonly commitment: (typeof COMMITMENTS)[number] | null;
  readonly opensAt: Date | null;
  /** Null means that applications are accepted until the opportunity is filled. */
  readonly deadlineAt: Date | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  /** Name in the IANA time zone database. */
  readonly timeZone: string | null;
  /** How many people are sought. */
  readonly openings: number | null;
  readonly eligibility: Eligibility | null;
  readonly applyUrl: string | null;
  /** Every reader of the opportunity sees this address, but no event contains it. */
  readonly applyEmail: string | null;
  readonly tags: readonly string[];
  /** Language tags of BCP 47. */
  readonly languages: readonly string[];
};

const line = (min: number, max: number): TextLimit => ({ min, max, multiline: false });
const lines = (min: number, max: number): TextLimit => ({ min, max, multiline: true });

/** Fields that hold a text in people's own words. The code does not compile while one of them has no limit. */
type TextField = {
  [Field in keyof OpportunityDetails]: string extends NonNullable<OpportunityDetails[Field]> ? Field : never;
}[keyof OpportunityDetails];

export const TEXT_LIMITS = {
  title: line(3, 140),
  summary: lines(1, 280),
  description: lines(1, 10_000),
  organizationName: line(1, 160),
  organizationUrl: line(1, 2048),
  applyUrl: line(1, 2048),
  applyEmail: line(3, 254),
  timeZone: line(1, 64),
} as const satisfies Record<TextField, TextLimit>;
export const LOCATION_LIMITS = { label: line(1, 200), city: line(1, 100), region: line(1, 100) } as const;
/** Limits of a moderator's reason for a removal. The owner reads it. */
export const REMOVAL_REASON = lines(1, 500);
export const ELIGIBILITY_DESCRIPTION = lines(1, 2000);
export const TAG: TextLimit = { ...line(1, 30), lowerCase: true };
/** The length that RFC 5646 §4.4.1 recommends: enough for every tag in use. */
export const LANGUAGE = line(1, 35);
export const MOST_TAGS = 10;
export const MOST_LANGUAGES = 5;
/** Ranges of whole numbers, both ends included. */
export const RANGES = { openings: [1, 100_000], age: [0, 120], amount: [0, 10 ** 12] } as const;
/** Every consumer's date type can hold the instants from EARLIEST, included, to LATEST, excluded. */
export const EARLIEST = new Date('1970-01-01T00:00:00.000Z');
export const LATEST = new Date('2200-01-01T00:00:00.000Z');
const WITHIN_A_YEAR = String.raw`-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?`;
/**
 * The range from EARLIEST to LATEST, as a regular expression for RFC 3339 instants. It does not check the number of
 * days of a month. In the first and the last year it accepts only UTC, because an offset might lead out of the range.
 */
export const INSTANT_PATTERN =
  `^((197[1-9]|19[89][0-9]|20[0-9]{2}|21[0-8][0-9]|219[0-8])${WITHIN_A_YEAR}` +
  `(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])|(1970|2199)${WITHIN_A_YEAR}Z)$`;
/** Ranges in degrees, both ends included. */
export const DEGREES = { latitude: [-90, 90], longitude: [-180, 180] } as const;

/** Gives the same details with every text in Unicode normalisation form C. */
export function normaliseDetails(details: OpportunityDetails): OpportunityDetails {
  return normalised(details) as OpportunityDetails;
}

function normalised(value: unknown): unknown {
  if (typeof value === 'string') return normaliseText(value);
  if (Array.isArray(value)) return value.map(normalised);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalised(inner)]));
}

/** Names the fields in which two versions differ. */
export function changedFields(before: OpportunityDetails, after: OpportunityDetails): (keyof OpportunityDetails)[] {
  return (Object.keys(after) as (keyof OpportunityDetails)[]).filter((field) => !same(before[field], after[field]));
}

function same(one: unknown, other: unknown): boolean {
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  // The database returns the keys of an object in another order, so the order must not matter.
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => same(Reflect.get(one, key), Reflect.get(other, key)))
  );
}
