import { z } from 'zod';
import type { CreateOpportunityCommand } from '#application/opportunities/create-opportunity';
import type { Clock } from '#application/ports/system/clock';
import { normaliseDetails, type OpportunityDetails, REMOVAL_REASON } from '#domain/opportunities/opportunity-details';
import { missingForReaders, passedDeadline, violationsOf } from '#domain/opportunities/opportunity-invariants';
import { CLOSE_REASONS, type OpportunityAction } from '#domain/opportunities/opportunity-status';
import type { Violation } from '#domain/domain-error';
import { text } from '../openapi/value-schemas.ts';
import { given, requestShape } from './field-kinds.ts';
import { DETAILS } from './opportunity-fields.ts';

/** JSON Schema for the fields that a new opportunity must have, unless it is a draft. */
export const COMPLETE_UNLESS_DRAFT = {
  if: { required: ['status'], properties: { status: { const: 'draft' } } },
  else: {
    ...given('description'),
    anyOf: [given('applyUrl'), given('applyEmail')],
    if: { required: ['workMode'], properties: { workMode: { enum: ['onsite', 'hybrid'] } } },
    then: given('location'),
  },
};

const details = requestShape(DETAILS);

/** The body of POST /opportunities without the rules that need the domain. */
export const newOpportunity = z
  .strictObject({
    ...details,
    status: z
      .enum(['draft', 'published'])
      .meta({ description: 'Only its owner and moderators see a draft.' })
      .default('published'),
  })
  .meta({ id: 'NewOpportunity', ...COMPLETE_UNLESS_DRAFT });

/**
 * The body of POST /opportunities with all its rules. A passed deadline is reported here only together with other
 * violations. A passed deadline alone is left to the aggregate, which checks it after the Idempotency-Key was looked up:
 * the retry of a successful request may arrive after the deadline.
 * @param clock tells which deadlines have passed
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

/** The whole opportunity after a PATCH, in the form of POST, by its status. Only actions change the status itself. */
export const EDITED_OPPORTUNITY = {
  published: z
    .strictObject(details)
    .superRefine(...rules((_body, given) => [...violationsOf(given), ...missingForReaders(given)])),
  other: z.strictObject(details).superRefine(...rules((_body, given) => violationsOf(given))),
};

/**
 * The body of PATCH. The patched opportunity is checked as a whole, but it shows no trace of a null for an unknown field. So
 * the patch is checked as well.
 */
export const opportunityPatch = patchOf(details).meta({ id: 'OpportunityPatch' });

/** Derives the schema of a merge patch (RFC 7396): every field is optional, and null clears a field that POST may leave out. */
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

/** The JSON that a PATCH is applied to: the details of the opportunity. */
export function patchable(details: OpportunityDetails): unknown {
  return JSON.parse(JSON.stringify(details));
}

/**
 * Adds the rules of the domain to a schema. They run even if the schema has found errors, so that all violations are
 * reported at once.
 * @param violations learns from `refused` whether the schema has found errors
 */
function rules<Body extends Partial<OpportunityDetails>>(
  violations: (body: Body, given: OpportunityDetails, refused: boolean) => readonly Violation[],
): [(body: Body, context: z.RefinementCtx<Body>) => void, { when: (payload: { value: unknown }) => boolean }] {
  return [
    (body, context) => {
      // The schema has reported values of the wrong kind, and the domain could not read them.
      const wrong = context.issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path = [] }) => path);
      // The domain measures the length of normalised text.
      const given = normaliseDetails(without(body, wrong));
      for (const { path, code, message } of violations(body, given, context.issues.length > 0)) {
        if (wrong.some((place) => place.every((part, depth) => part === path[depth]))) continue;
        context.addIssue({ code: 'custom', path: [...path], message, params: { code } });
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
  ];
}

/** Returns a copy without the values at some places. A place is a field, or a member of a field. */
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

/**
 * The actions with a path of their own, POST /opportunities/{id}/{action}. The route, the description and its example do
 * not compile while one of these actions is missing there.
 */
export type PostedAction = Exclude<OpportunityAction, 'edit' | 'delete'>;

/** The body of POST /opportunities/{id}/close. */
export const closeOpportunityBody = z
  .strictObject({
    reason: z.enum(CLOSE_REASONS).meta({ description: 'The reason for which nobody can apply any more.' }),
  })
  .meta({ id: 'Closing' });

/** The body of POST /opportunities/{id}/remove. */
export const removeOpportunityBody = z
  .strictObject({
    reason: text(REMOVAL_REASON).meta({
      description: 'The reason, which the owner may read. Line feeds and tabs are allowed.',
      examples: ['It asks applicants for money.'],
    }),
  })
  .meta({ id: 'Removal' });

/** The optional body of an action without parameters. */
export const emptyBody = z.strictObject({}).meta({ id: 'Nothing' });
