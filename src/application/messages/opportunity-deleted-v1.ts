import type { OpportunityDeleted } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityDeletedV1 = OpportunityChangeV1;

export function opportunityDeletedV1(fact: OpportunityDeleted, id: string): Message {
  return cloudEvent(fact, id, OpportunityDeletedV1, opportunityChangeV1(fact));
}
