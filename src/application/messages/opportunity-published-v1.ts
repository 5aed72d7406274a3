import type { OpportunityPublished } from '#domain/opportunities/opportunity-events';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityPublishedV1 = OpportunityChangeV1;

export function opportunityPublishedV1(fact: OpportunityPublished, id: string): Message {
  return cloudEvent(fact, id, OpportunityPublishedV1, opportunityChangeV1(fact));
}
