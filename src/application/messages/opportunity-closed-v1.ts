import { z } from 'zod';
import type { OpportunityClosed } from '#domain/opportunity/opportunity-events';
import { CLOSE_REASONS } from '#domain/opportunity/opportunity-status';
import { cloudEvent, type Message } from './message.ts';
import { opportunityStateV1, OpportunityStateV1 } from './opportunity-state-v1.ts';

export const OpportunityClosedV1 = z.object({
  actorId: z.string().describe('Who did it: the user id of the token issuer.'),
  occurredAt: z.iso.datetime({ precision: 3 }),
  reason: z.enum(CLOSE_REASONS),
  opportunity: OpportunityStateV1,
});

export function opportunityClosedV1(fact: OpportunityClosed, id: string): Message {
  return cloudEvent(fact, id, OpportunityClosedV1, {
    actorId: fact.actorId,
    occurredAt: fact.occurredAt.toISOString(),
    reason: fact.reason,
    opportunity: opportunityStateV1(fact.opportunity),
  });
}
