import { ArrayType, defineEntity, p } from '@mikro-orm/postgresql';
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
 * Maps the state of an opportunity from outside, so that the domain needs no decorators and this layer needs no mapper: a
 * property of the state has the same name here, and its column has that name in snake case.
 */
export const OpportunitySchema = defineEntity({
  name: 'Opportunity',
  tableName: 'opportunity',
  properties: {
    id: p.uuid().primary(),
    ownerId: p.text(),
    details: () => p.embedded(DetailsSchema).prefix(false),
    status: p.text().$type<OpportunityStatus>(),
    closeReason: p.text().$type<CloseReason>().nullable(),
    removedFrom: p.text().$type<OpportunityStatus>().nullable(),
    removalReason: p.text().nullable(),
    // The aggregate counts its own version. An UPDATE finds the row only while it still has the version that was read.
    version: p.integer(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    publishedAt: p.datetime().nullable(),
    closedAt: p.datetime().nullable(),
    deletedAt: p.datetime().nullable(),
  } satisfies Record<keyof OpportunityState, unknown>,
});
