import type { OpportunityDetails } from './opportunity-details.ts';
import type { CloseReason, OpportunityStatus } from './opportunity-status.ts';

/** All properties of an opportunity at one version. */
export type OpportunityState = {
  readonly id: string;
  readonly ownerId: string;
  readonly details: OpportunityDetails;
  readonly status: OpportunityStatus;
  readonly closeReason: CloseReason | null;
  /** The status that a removed opportunity had before its removal; null while it is not removed. */
  readonly removedFrom: OpportunityStatus | null;
  readonly removalReason: string | null;
  /** The version starts at 1 and grows by one with each event, so it is also the event's place in the opportunity's history. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly publishedAt: Date | null;
  readonly closedAt: Date | null;
  readonly deletedAt: Date | null;
};
