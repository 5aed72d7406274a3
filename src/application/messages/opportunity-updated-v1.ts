import { z } from 'zod';
import type { OpportunityUpdated } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityUpdatedV1 = OpportunityChangeV1.extend({
  changedFields: z.array(z.string()).describe('Properties of the opportunity that are different now.'),
});

export function opportunityUpdatedV1(fact: OpportunityUpdated, id: string): Message {
  // That the contact's address changed is told; what it is, no event tells.
  const changedFields = [...fact.changedFields];
  return cloudEvent(fact, id, OpportunityUpdatedV1, { ...opportunityChangeV1(fact), changedFields });
}
