import { z } from 'zod';
import {
  COMMITMENTS,
  COMPENSATION_KINDS,
  COMPENSATION_PERIODS,
  OPPORTUNITY_TYPES,
  type OpportunityDetails,
  WORK_MODES,
} from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import { CLOSE_REASONS, OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';

const instant = z.iso.datetime({ precision: 3 });
const optionalText = z.string().nullable();
const optionalInteger = z.int().nullable();

/**
 * Fields that events publish. No event contains the contact's e-mail address. Only OpportunityRemoved contains the
 * reason of a removal.
 */
type PublishedField =
  | Exclude<keyof OpportunityState, 'details' | 'removedFrom' | 'removalReason'>
  | Exclude<keyof OpportunityDetails, 'applyEmail'>;

/**
 * An opportunity as downstream services see it. The code does not compile while a field is missing here. This version
 * may get new properties; a property that changes its meaning or disappears needs a new version.
 */
export const OpportunityStateV1 = z.object({
  id: z.uuid(),
  ownerId: z.string(),
  type: z.enum(OPPORTUNITY_TYPES),
  title: z.string(),
  summary: optionalText,
  description: optionalText,
  organizationName: optionalText,
  organizationUrl: optionalText,
  workMode: z.enum(WORK_MODES).nullable(),
  location: z
    .object({
      label: z.string(),
      city: optionalText,
      region: optionalText,
      country: optionalText,
      latitude: z.number().nullable(),
      longitude: z.number().nullable(),
    })
    .nullable(),
  compensation: z
    .object({
      kind: z.enum(COMPENSATION_KINDS),
      minAmount: optionalInteger,
      maxAmount: optionalInteger,
      currency: optionalText,
      period: z.enum(COMPENSATION_PERIODS).nullable(),
    })
    .nullable(),
  commitment: z.enum(COMMITMENTS).nullable(),
  opensAt: instant.nullable(),
  deadlineAt: instant.nullable(),
  startsAt: instant.nullable(),
  endsAt: instant.nullable(),
  timeZone: optionalText,
  openings: optionalInteger,
  eligibility: z.object({ description: optionalText, minAge: optionalInteger, maxAge: optionalInteger }).nullable(),
  applyUrl: optionalText,
  tags: z.array(z.string()),
  languages: z.array(z.string()),
  status: z.enum(OPPORTUNITY_STATUSES),
  closeReason: z.enum(CLOSE_REASONS).nullable(),
  version: z.int().positive(),
  createdAt: instant,
  updatedAt: instant,
  publishedAt: instant.nullable(),
  closedAt: instant.nullable(),
  deletedAt: instant.nullable(),
} satisfies Record<PublishedField, z.ZodType>);

export function opportunityStateV1({ details, ...state }: OpportunityState): z.input<typeof OpportunityStateV1> {
  return {
    ...state,
    ...details,
    tags: [...details.tags],
    languages: [...details.languages],
    opensAt: optionalInstant(details.opensAt),
    deadlineAt: optionalInstant(details.deadlineAt),
    startsAt: optionalInstant(details.startsAt),
    endsAt: optionalInstant(details.endsAt),
    createdAt: state.createdAt.toISOString(),
    updatedAt: state.updatedAt.toISOString(),
    publishedAt: optionalInstant(state.publishedAt),
    closedAt: optionalInstant(state.closedAt),
    deletedAt: optionalInstant(state.deletedAt),
  };
}

function optionalInstant(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
