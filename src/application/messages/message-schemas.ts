import type { ZodType } from 'zod';
import type { MessageType } from './message.ts';
import { OpportunityClosedV1 } from './opportunity-closed-v1.ts';
import { OpportunityCreatedV1 } from './opportunity-created-v1.ts';
import { OpportunityDeletedV1 } from './opportunity-deleted-v1.ts';
import { OpportunityPublishedV1 } from './opportunity-published-v1.ts';
import { OpportunityRemovedV1 } from './opportunity-removed-v1.ts';
import { OpportunityReopenedV1 } from './opportunity-reopened-v1.ts';
import { OpportunityRestoredV1 } from './opportunity-restored-v1.ts';
import { OpportunityUpdatedV1 } from './opportunity-updated-v1.ts';

/** The published contract, whole: what the value of a record of each type is. A type without a schema does not compile. */
export const MESSAGE_SCHEMAS = {
  'opportunities.OpportunityCreated.v1': OpportunityCreatedV1,
  'opportunities.OpportunityUpdated.v1': OpportunityUpdatedV1,
  'opportunities.OpportunityPublished.v1': OpportunityPublishedV1,
  'opportunities.OpportunityClosed.v1': OpportunityClosedV1,
  'opportunities.OpportunityReopened.v1': OpportunityReopenedV1,
  'opportunities.OpportunityRemoved.v1': OpportunityRemovedV1,
  'opportunities.OpportunityRestored.v1': OpportunityRestoredV1,
  'opportunities.OpportunityDeleted.v1': OpportunityDeletedV1,
} as const satisfies Record<MessageType, ZodType>;
