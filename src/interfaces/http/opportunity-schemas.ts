import { z } from 'zod';
import type { CreateOpportunityCommand } from '#application/create-opportunity';
import type { OpportunityView } from '#application/opportunity-view';
import type { Clock } from '#application/ports/clock';
import type { TextLimit } from '#domain/text';
import {
  COMMITMENTS,
  COMPENSATION_KINDS,
  COMPENSATION_PERIODS,
  DEGREES,
  ELIGIBILITY_DESCRIPTION,
  LOCATION_LIMITS,
  MOST_LANGUAGES,
  MOST_TAGS,
  normaliseDetails,
  OPPORTUNITY_TYPES,
  type OpportunityDetails,
  RANGES,
  REMOVAL_REASON,
  TAG,
  TEXT_LIMITS,
  WORK_MODES,
} from '#domain/opportunity/opportunity-details';
import { missingForReaders, passedDeadline, violationsOf } from '#domain/opportunity/opportunity-invariants';
import { CLOSE_REASONS } from '#domain/opportunity/opportunity-status';
import type { Violation } from '#domain/violation';

// These schemas say of what kind each field is. How long, how large and what goes with what, the domain decides: it is
// asked below, and its limits are quoted here for the API's description only.

const text = ({ min, max }: TextLimit) => z.string().meta({ minLength: min, maxLength: max });
const number = ([minimum, maximum]: readonly [number, number]) => z.number().meta({ minimum, maximum });
const whole = ([minimum, maximum]: readonly [number, number]) => z.number().meta({ type: 'integer', minimum, maximum });
const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 instant' })
  .transform((value) => new Date(value));
/** May be left out or null, which is the same. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null as never);

const location = z.strictObject({
  label: text(LOCATION_LIMITS.label),
  city: optional(text(LOCATION_LIMITS.city)),
  region: optional(text(LOCATION_LIMITS.region)),
  country: optional(z.string()),
  latitude: optional(number(DEGREES.latitude)),
  longitude: optional(number(DEGREES.longitude)),
});

const compensation = z.strictObject({
  kind: z.enum(COMPENSATION_KINDS),
  minAmount: optional(whole(RANGES.amount)),
  maxAmount: optional(whole(RANGES.amount)),
  currency: optional(z.string()),
  period: optional(z.enum(COMPENSATION_PERIODS)),
});

const eligibility = z.strictObject({
  description: optional(text(ELIGIBILITY_DESCRIPTION)),
  minAge: optional(whole(RANGES.age)),
  maxAge: optional(whole(RANGES.age)),
});

const details = {
  type: z.enum(OPPORTUNITY_TYPES),
  title: text(TEXT_LIMITS.title),
  summary: optional(text(TEXT_LIMITS.summary)),
  description: optional(text(TEXT_LIMITS.description)),
  organizationName: optional(text(TEXT_LIMITS.organizationName)),
  organizationUrl: optional(text(TEXT_LIMITS.organizationUrl)),
  workMode: optional(z.enum(WORK_MODES)),
  location: optional(location),
  compensation: optional(compensation),
  commitment: optional(z.enum(COMMITMENTS)),
  opensAt: optional(instant),
  deadlineAt: optional(instant),
  startsAt: optional(instant),
  endsAt: optional(instant),
  timeZone: optional(text(TEXT_LIMITS.timeZone)),
  openings: optional(whole(RANGES.openings)),
  eligibility: optional(eligibility),
  applyUrl: optional(text(TEXT_LIMITS.applyUrl)),
  applyEmail: optional(text(TEXT_LIMITS.applyEmail)),
  tags: z.array(text(TAG)).meta({ maxItems: MOST_TAGS }).default([]),
  languages: z.array(z.string()).meta({ maxItems: MOST_LANGUAGES }).default([]),
} satisfies Record<keyof OpportunityDetails, z.ZodType>;

/**
 * The body of POST /opportunities. A deadline that has passed is told of only beside other violations. Alone it is left
 * to the aggregate, which refuses it after the Idempotency-Key was looked up: a repetition may come after the deadline.
 * @param clock says which deadlines have passed.
 */
export function createOpportunityBody(clock: Clock) {
  return z
    .strictObject({ ...details, status: z.enum(['draft', 'published']).default('published') })
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
export const closeOpportunityBody = z.strictObject({ reason: z.enum(CLOSE_REASONS) });

/** The body of POST /opportunities/{id}/remove. */
export const removeOpportunityBody = z.strictObject({ reason: text(REMOVAL_REASON) });

/** The optional body of an action without parameters. */
export const emptyBody = z.strictObject({}).optional();

/** An opportunity as the API answers it. Instants become RFC 3339 in UTC with milliseconds when serialised. */
export function opportunityResource(opportunity: OpportunityView) {
  // Nobody sees a deleted one, and what a removed one was before is the moderators' business;
  // that an answer is an earlier one, a header says.
  const { id, ownerId, details, deletedAt, removedFrom, replayed, ...state } = opportunity;
  return { id, ownerId, ...details, ...state };
}
