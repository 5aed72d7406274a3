import type { OpportunityRestored } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityRestoredV1 = OpportunityChangeV1;

export function opportunityRestoredV1(fact: OpportunityRestored, id: string): Message {
  return cloudEvent(fact, id, OpportunityRestoredV1, opportunityChangeV1(fact));
}
