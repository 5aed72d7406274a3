import { ArrayType, defineEntity, p } from '@mikro-orm/postgresql';
import { Opportunity } from '#domain/opportunities/opportunity';
import type {
  Compensation,
  Eligibility,
  Location,
  OpportunityDetails,
} from '#domain/opportunities/opportunity-details';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import type { CloseReason, OpportunityStatus } from '#domain/opportunities/opportunity-status';

/**
 * Stores a list of texts as text[], with quotes around each element. MikroORM quotes only some elements, but PostgreSQL
 * reads an unquoted null as NULL, and drops the blanks around an unquoted element (PostgreSQL 18, §8.15.2).
 */
export class TextArray extends ArrayType {
  override convertToDatabaseValue(texts: string[] | null): string | null {
    return texts && `{${texts.map(quoted).join(',')}}`;
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

const DetailsSchema = defineEntity({
  name: 'OpportunityDetails',
  embeddable: true,
  properties: {
    type: p.text().$type<OpportunityDetails['type']>(),
    title: p.text(),
    summary: p.text().nullable(),
    description: p.text().nullable(),
    organizationName: p.text().nullable(),
    organizationUrl: p.text().nullable(),
    workMode: p.text().$type<NonNullable<OpportunityDetails['workMode']>>().nullable(),
    location: p.json<Location>().nullable(),
    compensation: p.json<Compensation>().nullable(),
    commitment: p.text().$type<NonNullable<OpportunityDetails['commitment']>>().nullable(),
    opensAt: p.datetime().nullable(),
    deadlineAt: p.datetime().nullable(),
    startsAt: p.datetime().nullable(),
    endsAt: p.datetime().nullable(),
    timeZone: p.text().nullable(),
    openings: p.integer().nullable(),
    eligibility: p.json<Eligibility>().nullable(),
    applyUrl: p.text().nullable(),
    applyEmail: p.text().nullable(),
    tags: p.type(TextArray),
    languages: p.type(TextArray),
  } satisfies Record<keyof OpportunityDetails, unknown>,
});

/**
 * Maps the domain's own class from outside, so that the domain needs no decorators and this layer needs no mapper.
 * MikroORM creates loaded objects without calling the constructor, and fills the private fields that the accessors
 * name.
 */
export const OpportunitySchema = defineEntity({
  // The type asks for a public constructor, but MikroORM never calls one.
  class: Opportunity as unknown as new () => Opportunity,
  tableName: 'opportunity',
  properties: {
    id: p.uuid().primary(),
    ownerId: p.text().accessor('ownerId'),
    details: () => p.embedded(DetailsSchema).prefix(false).accessor('_details'),
    status: p.text().$type<OpportunityStatus>().accessor('_status'),
    closeReason: p.text().$type<CloseReason>().nullable().accessor('_closeReason'),
    removedFrom: p.text().$type<OpportunityStatus>().nullable().accessor('_removedFrom'),
    removalReason: p.text().nullable().accessor('_removalReason'),
    // The aggregate counts its own version. An UPDATE finds the row only while it still has the version that was read.
    version: p.integer().accessor('_version'),
    createdAt: p.datetime().accessor('createdAt'),
    updatedAt: p.datetime().accessor('_updatedAt'),
    publishedAt: p.datetime().nullable().accessor('_publishedAt'),
    closedAt: p.datetime().nullable().accessor('_closedAt'),
    deletedAt: p.datetime().nullable().accessor('_deletedAt'),
  } satisfies Record<keyof OpportunityState, unknown>,
});
