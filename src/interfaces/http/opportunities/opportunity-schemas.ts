import { z } from 'zod';
import type { CreateOpportunityCommand } from '#application/opportunities/create-opportunity';
import type { Clock } from '#application/ports/system/clock';
import { HTTPS_URL_PATTERN, INTERNAL_URL_PATTERN } from '#domain/opportunities/formats';
import {
  INSTANT_PATTERN,
  normaliseDetails,
  type OpportunityDetails,
  REMOVAL_REASON,
  TEXT_LIMITS,
} from '#domain/opportunities/opportunity-details';
import { missingForReaders, passedDeadline, violationsOf } from '#domain/opportunities/opportunity-invariants';
import { CLOSE_REASONS } from '#domain/opportunities/opportunity-status';
import type { Violation } from '#domain/domain-error';
import { compensationFields, eligibilityFields, fields, INSTANTS, placeFields, text } from './opportunity-fields.ts';

// What goes with what, in the words of JSON Schema (2020-12), for the API's description. The domain decides
// (opportunity-invariants.ts); a test compares the two. What JSON Schema has no words for, which of two is the larger, stands
// in the descriptions of the fields.

const given = (field: string) => ({ required: [field], properties: { [field]: { not: { type: 'null' } } } });

/** Of a location. */
export const COORDINATES_TOGETHER = {
  allOf: [
    { if: given('latitude'), then: given('longitude') },
    { if: given('longitude'), then: given('latitude') },
  ],
};

/** Of a compensation. */
export const CURRENCY_WITH_AMOUNT = {
  if: { anyOf: [given('minAmount'), given('maxAmount')] },
  then: given('currency'),
  else: { properties: { currency: { type: 'null' } } },
};

/** Of a new opportunity: what readers need, unless it is a draft. */
export const COMPLETE_UNLESS_DRAFT = {
  if: { required: ['status'], properties: { status: { const: 'draft' } } },
  else: {
    ...given('description'),
    anyOf: [given('applyUrl'), given('applyEmail')],
    if: { required: ['workMode'], properties: { workMode: { enum: ['onsite', 'hybrid'] } } },
    then: given('location'),
  },
};

// These schemas say of what kind each field is. How long, how large and what goes with what, the domain decides: it is
// asked below. What .meta() and opportunity-conditions.ts say of that is for the API's description alone.

const instant = ({ description, examples }: { description: string; examples: string[] }) =>
  z.iso
    .datetime({ offset: true, error: 'must be an RFC 3339 instant' })
    .meta({ description, examples, override: { pattern: INSTANT_PATTERN, maxLength: 35 } })
    .transform((value) => new Date(value));
const PUBLIC_URL = {
  pattern: HTTPS_URL_PATTERN,
  not: { type: 'string', maxLength: TEXT_LIMITS.applyUrl.max, pattern: INTERNAL_URL_PATTERN },
};
/** May be left out or null, which is the same. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null as never);

const location = z.strictObject({
  label: placeFields.label,
  city: optional(placeFields.city),
  region: optional(placeFields.region),
  country: optional(placeFields.country),
  latitude: optional(placeFields.latitude),
  longitude: optional(placeFields.longitude),
});

const compensation = z.strictObject({
  kind: compensationFields.kind,
  minAmount: optional(compensationFields.minAmount),
  maxAmount: optional(compensationFields.maxAmount),
  currency: optional(compensationFields.currency),
  period: optional(compensationFields.period),
});

const eligibility = z.strictObject({
  description: optional(eligibilityFields.description),
  minAge: optional(eligibilityFields.minAge),
  maxAge: optional(eligibilityFields.maxAge),
});

const details = {
  type: fields.type,
  title: fields.title,
  summary: optional(fields.summary),
  description: optional(fields.description),
  organizationName: optional(fields.organizationName),
  organizationUrl: optional(fields.organizationUrl.meta(PUBLIC_URL)),
  workMode: optional(fields.workMode),
  location: optional(location.meta({ id: 'NewLocation', ...COORDINATES_TOGETHER })),
  compensation: optional(compensation.meta({ id: 'NewCompensation', ...CURRENCY_WITH_AMOUNT })),
  commitment: optional(fields.commitment),
  opensAt: optional(instant(INSTANTS.opensAt)),
  deadlineAt: optional(instant(INSTANTS.deadlineAt)),
  startsAt: optional(instant(INSTANTS.startsAt)),
  endsAt: optional(instant(INSTANTS.endsAt)),
  timeZone: optional(fields.timeZone),
  openings: optional(fields.openings),
  eligibility: optional(eligibility.meta({ id: 'NewEligibility' })),
  applyUrl: optional(fields.applyUrl.meta(PUBLIC_URL)),
  applyEmail: optional(fields.applyEmail),
  tags: fields.tags.default([]),
  languages: fields.languages.default([]),
} satisfies Record<keyof OpportunityDetails, z.ZodType>;

/** What POST /opportunities takes, but for the rules that need the domain. */
export const newOpportunity = z
  .strictObject({
    ...details,
    status: z
      .enum(['draft', 'published'])
      .meta({ description: 'A draft is seen by its owner and by moderators alone.' })
      .default('published'),
  })
  .meta({ id: 'NewOpportunity', ...COMPLETE_UNLESS_DRAFT });

/**
 * The body of POST /opportunities. A deadline that has passed is told of only beside other violations. Alone it is left
 * to the aggregate, which refuses it after the Idempotency-Key was looked up: a repetition may come after the deadline.
 * @param clock says which deadlines have passed.
 */
export function createOpportunityBody(clock: Clock) {
  return newOpportunity
    .superRefine(
      ...rules<Partial<OpportunityDetails> & { status: string }>(({ status }, given, refused) => {
        if (status === 'draft') return violationsOf(given);
        const lasting = [...violationsOf(given), ...missingForReaders(given)];
        return refused || lasting.length > 0 ? [...lasting, ...passedDeadline(given, clock.now())] : [];
      }),
    )
    .transform(({ status, ...given }): CreateOpportunityCommand => ({ status, details: given }));
}

/** What an opportunity of that status is after PATCH: all that it says, in the form of POST. Its status has actions. */
export const EDITED_OPPORTUNITY = {
  published: z
    .strictObject(details)
    .superRefine(...rules((_body, given) => [...violationsOf(given), ...missingForReaders(given)])),
  other: z.strictObject(details).superRefine(...rules((_body, given) => violationsOf(given))),
};

/**
 * What PATCH itself may say. The patched opportunity is checked as a whole, but a null for a field that does not exist leaves
 * no trace in it.
 */
export const opportunityPatch = patchOf(details).meta({ id: 'OpportunityPatch' });

/** A merge patch (RFC 7396) names what changes, at every depth; null clears what POST may leave out. */
function patchOf(shape: Record<string, z.ZodType>): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([name, field]) => {
        if (!(field instanceof z.ZodDefault)) return [name, field.optional()];
        const given = field.unwrap() as z.ZodType;
        const inner = given instanceof z.ZodNullable ? (given.unwrap() as z.ZodType) : given;
        return [name, (inner instanceof z.ZodObject ? patchOf(inner.shape) : inner).nullable().optional()];
      }),
    ),
  );
}

/** What PATCH patches: the details alone, as JSON has them. */
export function patchable(details: OpportunityDetails): unknown {
  return JSON.parse(JSON.stringify(details));
}

/**
 * Asks the domain about a body, whatever else is wrong with it: all violations are reported at once.
 * @param violations is told whether the body is refused already.
 */
function rules<Body extends Partial<OpportunityDetails>>(
  violations: (body: Body, given: OpportunityDetails, refused: boolean) => readonly Violation[],
): [(body: Body, context: z.RefinementCtx<Body>) => void, { when: (payload: { value: unknown }) => boolean }] {
  return [
    (body, context) => {
      // Values of the wrong kind are reported already, and the domain could not read them.
      const wrong = context.issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path = [] }) => path);
      // As the domain will see it: lengths are those of normalised text.
      const given = normaliseDetails(without(body, wrong));
      for (const { path, code, message } of violations(body, given, context.issues.length > 0)) {
        if (wrong.some((place) => place.every((part, depth) => part === path[depth]))) continue;
        context.addIssue({ code: 'custom', path: [...path], message, params: { code } });
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
  ];
}

/** A copy in which nothing is left at those places: fields, and what is directly in one. */
function without(body: Partial<OpportunityDetails>, places: readonly (readonly PropertyKey[])[]): OpportunityDetails {
  const copy: Record<PropertyKey, unknown> = { ...body };
  for (const field of new Set(places.map(([first = '']) => first))) copy[field] = shallowCopy(copy[field]);
  for (const [field = '', inner] of places) {
    if (inner === undefined) Reflect.deleteProperty(copy, field);
    else Reflect.deleteProperty(copy[field] as object, inner);
  }
  return copy as OpportunityDetails;
}

function shallowCopy(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[])];
  return typeof value === 'object' ? { ...value } : value;
}

/** The body of POST /opportunities/{id}/close. */
export const closeOpportunityBody = z
  .strictObject({ reason: z.enum(CLOSE_REASONS).meta({ description: 'Why nobody can apply any more.' }) })
  .meta({ id: 'Closing' });

/** The body of POST /opportunities/{id}/remove. */
export const removeOpportunityBody = z
  .strictObject({
    reason: text(REMOVAL_REASON).meta({
      description: 'Why, for its owner to read. May have line feeds and tabs.',
      examples: ['It asks applicants for money.'],
    }),
  })
  .meta({ id: 'Removal' });

/** The optional body of an action without parameters. */
export const emptyBody = z.strictObject({}).meta({ id: 'Nothing' });
