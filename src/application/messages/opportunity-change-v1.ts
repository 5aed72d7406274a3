import { z } from 'zod';
import type { OpportunityFact } from '#domain/opportunities/opportunity-events';
import { opportunityStateV1, OpportunityStateV1 } from './opportunity-state-v1.ts';

/** What every event says. Some say more. */
export const OpportunityChangeV1 = z.object({
  actorId: z.string().describe('Who did it: the user id of the token issuer.'),
  occurredAt: z.iso.datetime({ precision: 3 }),
  opportunity: OpportunityStateV1.describe('Everything it is right after the change.'),
});

export function opportunityChangeV1(fact: OpportunityFact): z.input<typeof OpportunityChangeV1> {
  return {
    actorId: fact.actorId,
    occurredAt: fact.occurredAt.toISOString(),
    opportunity: opportunityStateV1(fact.opportunity),
  };
}
