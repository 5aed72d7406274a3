import { z } from 'zod';
import type {
  OpportunityClosed,
  OpportunityEvent,
  OpportunityRemoved,
  OpportunityUpdated,
} from '#domain/opportunities/opportunity-events';
import { CLOSE_REASONS } from '#domain/opportunities/opportunity-status';
import type { Message } from './message.ts';
import { opportunityStateV1, OpportunityStateV1 } from './opportunity-state-v1.ts';

/** The data of every event. Some events add properties to it. */
const OpportunityChangeV1 = z.object({
  actorId: z.string().describe('The user who made the change, by the user id of the token issuer.'),
  occurredAt: z.iso.datetime({ precision: 3 }),
  opportunity: OpportunityStateV1.describe('The whole state of the opportunity right after the change.'),
});

function opportunityChangeV1({ actorId, occurredAt, opportunity }: OpportunityEvent) {
  return { actorId, occurredAt: occurredAt.toISOString(), opportunity: opportunityStateV1(opportunity) };
}

/**
 * The published contract: for each event its name on the wire, the schema of its data, and the data itself. The code
 * does not compile while an event of the domain has no row.
 */
export const OPPORTUNITY_EVENTS_V1: { readonly [Name in OpportunityEvent['name']]: Row<EventNamed<Name>> } = {
  OpportunityCreated: row('opportunities.OpportunityCreated.v1', OpportunityChangeV1, opportunityChangeV1),
  OpportunityUpdated: row(
    'opportunities.OpportunityUpdated.v1',
    OpportunityChangeV1.extend({
      changedFields: z.array(z.string()).describe('Properties of the opportunity that are different now.'),
    }),
    // The list names applyEmail when that address changed. No event contains the address itself.
    (event: OpportunityUpdated) => ({ ...opportunityChangeV1(event), changedFields: [...event.changedFields] }),
  ),
  OpportunityPublished: row('opportunities.OpportunityPublished.v1', OpportunityChangeV1, opportunityChangeV1),
  OpportunityClosed: row(
    'opportunities.OpportunityClosed.v1',
    OpportunityChangeV1.extend({ reason: z.enum(CLOSE_REASONS) }),
    (event: OpportunityClosed) => ({ ...opportunityChangeV1(event), reason: event.reason }),
  ),
  OpportunityReopened: row('opportunities.OpportunityReopened.v1', OpportunityChangeV1, opportunityChangeV1),
  OpportunityRemoved: row(
    'opportunities.OpportunityRemoved.v1',
    OpportunityChangeV1.extend({ reason: z.string() }),
    (event: OpportunityRemoved) => ({ ...opportunityChangeV1(event), reason: event.reason }),
  ),
  OpportunityRestored: row('opportunities.OpportunityRestored.v1', OpportunityChangeV1, opportunityChangeV1),
  OpportunityDeleted: row('opportunities.OpportunityDeleted.v1', OpportunityChangeV1, opportunityChangeV1),
};

type EventNamed<Name> = Extract<OpportunityEvent, { readonly name: Name }>;

type Row<Event> = {
  /** The event's name on the wire. A name never changes: a version that breaks readers gets a new name. */
  readonly type: string;
  readonly schema: z.ZodType;
  data(event: Event): unknown;
};

/** Builds a row. The types of the arguments make the compiler check the data against the schema. */
function row<Event, Schema extends z.ZodType>(
  type: `opportunities.${string}.v1`,
  schema: Schema,
  data: (event: Event) => z.input<Schema>,
): Row<Event> {
  return { type, schema, data };
}

/**
 * Turns an event of the domain into the message that is published: a CloudEvent 1.0.
 * @throws ZodError when the data breaks the published contract, which is a defect of this service.
 */
export function messageOf(event: OpportunityEvent, id: string): Message {
  const contract: Row<OpportunityEvent> = OPPORTUNITY_EVENTS_V1[event.name];
  const { type, schema } = contract;
  const { opportunity, occurredAt } = event;
  return {
    id,
    key: opportunity.id,
    attributes: {
      specversion: '1.0',
      id,
      type,
      source: '/opportunities',
      subject: opportunity.id,
      time: occurredAt.toISOString(),
      dataschema: `urn:opportunities:schema:${type}`,
      sequence: String(opportunity.version),
      datacontenttype: 'application/json',
    },
    payload: JSON.stringify(schema.parse(contract.data(event))),
  };
}
