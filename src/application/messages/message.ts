import type { ZodType, input } from 'zod';
import type { OpportunityFact } from '#domain/opportunities/opportunity-events';

/** An event as it goes over the wire: what is in it was validated and serialised once, when the event was written. */
export type Message = {
  /** UUIDv7; the same at every repetition of the event, so that consumers can tell one. */
  readonly id: string;
  /** Events with one key keep their order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly payload: string;
};

/** The name on the wire of every fact. A fact without a name does not compile. */
export const MESSAGE_TYPES = {
  OpportunityCreated: 'opportunities.OpportunityCreated.v1',
  OpportunityUpdated: 'opportunities.OpportunityUpdated.v1',
  OpportunityPublished: 'opportunities.OpportunityPublished.v1',
  OpportunityClosed: 'opportunities.OpportunityClosed.v1',
  OpportunityReopened: 'opportunities.OpportunityReopened.v1',
  OpportunityRemoved: 'opportunities.OpportunityRemoved.v1',
  OpportunityRestored: 'opportunities.OpportunityRestored.v1',
  OpportunityDeleted: 'opportunities.OpportunityDeleted.v1',
} as const satisfies Record<OpportunityFact['name'], string>;

export type MessageType = (typeof MESSAGE_TYPES)[keyof typeof MESSAGE_TYPES];

/**
 * A CloudEvent 1.0 in Kafka's binary content mode (Kafka protocol binding §3.2): attributes are headers with the prefix
 * ce_, the value is the data alone.
 * @throws ZodError when the data does not keep the published contract: a defect of this service.
 */
export function cloudEvent<Schema extends ZodType>(
  fact: OpportunityFact,
  id: string,
  schema: Schema,
  data: input<Schema>,
): Message {
  const type = MESSAGE_TYPES[fact.name];
  return {
    id,
    key: fact.opportunity.id,
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_type: type,
      ce_source: '/opportunities',
      ce_subject: fact.opportunity.id,
      ce_time: fact.occurredAt.toISOString(),
      ce_dataschema: `urn:opportunities:schema:${type}`,
      ce_sequence: String(fact.opportunity.version),
      'content-type': 'application/json',
    },
    payload: JSON.stringify(schema.parse(data)),
  };
}
