import type { OpportunityReopened } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityReopenedV1 = OpportunityChangeV1;

export function opportunityReopenedV1(fact: OpportunityReopened, id: string): Message {
  return cloudEvent(fact, id, OpportunityReopenedV1, opportunityChangeV1(fact));
}
