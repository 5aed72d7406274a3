import { z } from 'zod';
import type { OpportunityPublished } from '#domain/opportunity/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityStateV1, OpportunityStateV1 } from './opportunity-state-v1.ts';

export const OpportunityPublishedV1 = z.object({
  actorId: z.string().describe('Who did it: the user id of the token issuer.'),
  occurredAt: z.iso.datetime({ precision: 3 }),
  opportunity: OpportunityStateV1,
});

export function opportunityPublishedV1(fact: OpportunityPublished, id: string): Message {
  return cloudEvent(fact, id, OpportunityPublishedV1, {
    actorId: fact.actorId,
    occurredAt: fact.occurredAt.toISOString(),
    opportunity: opportunityStateV1(fact.opportunity),
  });
}
