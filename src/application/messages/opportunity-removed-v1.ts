import { z } from 'zod';
import type { OpportunityRemoved } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityRemovedV1 = OpportunityChangeV1.extend({ reason: z.string() });

export function opportunityRemovedV1(fact: OpportunityRemoved, id: string): Message {
  return cloudEvent(fact, id, OpportunityRemovedV1, { ...opportunityChangeV1(fact), reason: fact.reason });
}
