import type { OpportunityCreated } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityCreatedV1 = OpportunityChangeV1;

export function opportunityCreatedV1(fact: OpportunityCreated, id: string): Message {
  return cloudEvent(fact, id, OpportunityCreatedV1, opportunityChangeV1(fact));
}
