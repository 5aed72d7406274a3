import { z } from 'zod';
import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { CLOSE_REASONS, OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { REMOVAL_REASON } from '#domain/opportunities/opportunity-details';
import { compensationFields, eligibilityFields, fields, INSTANTS, placeFields, text } from './opportunity-fields.ts';

/** A Date, as its JSON is described: RFC 3339 in UTC with milliseconds. */
const instant = ({ description, examples }: { description: string; examples: string[] }) =>
  z.date().meta({ description, examples, override: { format: 'date-time', maxLength: 24 } });
/** When something happened. */
export const at = (description: string) => instant({ description, examples: ['2026-11-22T19:24:55.197Z'] });

const location = z.object({
  label: placeFields.label,
  city: placeFields.city.nullable(),
  region: placeFields.region.nullable(),
  country: placeFields.country.nullable(),
  latitude: placeFields.latitude.nullable(),
  longitude: placeFields.longitude.nullable(),
});

const compensation = z.object({
  kind: compensationFields.kind,
  minAmount: compensationFields.minAmount.nullable(),
  maxAmount: compensationFields.maxAmount.nullable(),
  currency: compensationFields.currency.nullable(),
  period: compensationFields.period.nullable(),
});

const eligibility = z.object({
  description: eligibilityFields.description.nullable(),
  minAge: eligibilityFields.minAge.nullable(),
  maxAge: eligibilityFields.maxAge.nullable(),
});

/** A UUIDv7 of ours; the route takes any UUID, and finds nothing under others. */
export const opportunityId = z.string().meta({
  format: 'uuid',
  maxLength: 36,
  description: 'A UUIDv7: later ones sort after earlier ones.',
  examples: ['01a204b7-f81d-7702-a63b-cc7085dfefde'],
});

/** An opportunity as the API answers it. */
export const opportunity = z
  .object({
    id: opportunityId,
    ownerId: z.string().meta({
      maxLength: 128,
      description: 'The user_id of the token that posted it.',
      examples: ['42'],
    }),
    type: fields.type,
    title: fields.title,
    summary: fields.summary.nullable(),
    description: fields.description.nullable(),
    organizationName: fields.organizationName.nullable(),
    organizationUrl: fields.organizationUrl.nullable(),
    workMode: fields.workMode.nullable(),
    location: location.meta({ id: 'Location' }).nullable(),
    compensation: compensation.meta({ id: 'Compensation' }).nullable(),
    commitment: fields.commitment.nullable(),
    opensAt: instant(INSTANTS.opensAt).nullable(),
    deadlineAt: instant(INSTANTS.deadlineAt).nullable(),
    startsAt: instant(INSTANTS.startsAt).nullable(),
    endsAt: instant(INSTANTS.endsAt).nullable(),
    timeZone: fields.timeZone.nullable(),
    openings: fields.openings.nullable(),
    eligibility: eligibility.meta({ id: 'Eligibility' }).nullable(),
    applyUrl: fields.applyUrl.nullable(),
    applyEmail: fields.applyEmail.nullable(),
    tags: fields.tags,
    languages: fields.languages,
    status: z.enum(OPPORTUNITY_STATUSES).meta({
      description: 'What has become of it. Changed by actions alone. Of what is deleted, nothing is answered.',
      examples: ['published'],
    }),
    closeReason: z.enum(CLOSE_REASONS).nullable().meta({ description: 'Why it is closed.' }),
    removalReason: text(REMOVAL_REASON)
      .nullable()
      .meta({ description: 'Why a moderator removed it, for its owner to read.' }),
    version: z
      .int32()
      .min(1)
      .meta({ format: 'int32', description: '1, and one more with each change.', examples: [1] }),
    createdAt: at('When it was posted.'),
    updatedAt: at('When it was changed last.'),
    publishedAt: at('When it was published.').nullable(),
    closedAt: at('When it was closed.').nullable(),
    isOpen: z.boolean().meta({
      description: 'Whether one can apply now: published, opened, deadline not passed. Computed for each answer.',
      examples: [true],
    }),
  })
  .meta({ id: 'Opportunity' });

/** An item of a list: the fields that were asked for. */
const listedOpportunity = opportunity
  .partial()
  .required({ id: true })
  .meta({ id: 'ListedOpportunity', description: 'The fields that were asked for, and else those that a list shows.' });

/** A page of a list. */
export const opportunityPage = z
  .object({
    items: z.array(listedOpportunity).meta({ maxItems: 100 }),
    page: z.object({
      nextCursor: z
        .string()
        .nullable()
        .meta({ maxLength: 500, description: 'To be sent as cursor for the next page; null on the last one.' }),
    }),
  })
  .meta({ id: 'OpportunityPage' });

type Unchanging<T> = T extends Date ? T : { readonly [Key in keyof T]: Unchanging<T[Key]> };

/** What the schema above describes; Dates become RFC 3339 in UTC with milliseconds when it is serialised. */
export function opportunityResource(view: OpportunityView): Unchanging<z.output<typeof opportunity>> {
  // Nobody sees a deleted one, and what a removed one was before is the moderators' business;
  // that an answer is an earlier one, a header says.
  const { id, ownerId, details, deletedAt, removedFrom, replayed, ...state } = view;
  return { id, ownerId, ...details, ...state };
}
