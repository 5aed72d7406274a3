import type { ZodType } from 'zod';
import type { MessageType } from './message.ts';
import { OpportunityClosedV1 } from './opportunity-closed-v1.ts';
import { OpportunityCreatedV1 } from './opportunity-created-v1.ts';
import { OpportunityPublishedV1 } from './opportunity-published-v1.ts';

/** The published contract, whole: what the value of a record of each type is. A type without a schema does not compile. */
export const MESSAGE_SCHEMAS = {
  'opportunities.OpportunityCreated.v1': OpportunityCreatedV1,
  'opportunities.OpportunityPublished.v1': OpportunityPublishedV1,
  'opportunities.OpportunityClosed.v1': OpportunityClosedV1,
} as const satisfies Record<MessageType, ZodType>;
