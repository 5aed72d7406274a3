import { z } from 'zod';
import type { OpportunityClosed } from '#domain/opportunities/opportunity-events';
import { CLOSE_REASONS } from '#domain/opportunities/opportunity-status';
import { cloudEvent, type Message } from './message.ts';
import { opportunityChangeV1, OpportunityChangeV1 } from './opportunity-change-v1.ts';

export const OpportunityClosedV1 = OpportunityChangeV1.extend({ reason: z.enum(CLOSE_REASONS) });

export function opportunityClosedV1(fact: OpportunityClosed, id: string): Message {
  return cloudEvent(fact, id, OpportunityClosedV1, { ...opportunityChangeV1(fact), reason: fact.reason });
}
