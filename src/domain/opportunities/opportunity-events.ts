import type { OpportunityDetails } from './opportunity-details.ts';
import type { CloseReason, OpportunityStatus } from './opportunity-status.ts';

/** Everything an opportunity is at one version. */
export type OpportunityState = {
  readonly id: string;
  readonly ownerId: string;
  readonly details: OpportunityDetails;
  readonly status: OpportunityStatus;
  readonly closeReason: CloseReason | null;
  /** What it was before a moderator removed it. */
  readonly removedFrom: OpportunityStatus | null;
  readonly removalReason: string | null;
  /** Starts at 1 and grows by one with each fact, so a fact's version is its place in the opportunity's history. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly publishedAt: Date | null;
  readonly closedAt: Date | null;
  readonly deletedAt: Date | null;
};

/** A change that happened. It carries the state right after, so that nobody has to ask again. */
type Fact<Name extends string> = {
  readonly name: Name;
  readonly opportunity: OpportunityState;
  /** The id of the actor who did it. */
  readonly actorId: string;
  readonly occurredAt: Date;
};

export type OpportunityCreated = Fact<'OpportunityCreated'>;
export type OpportunityUpdated = Fact<'OpportunityUpdated'> & {
  readonly changedFields: readonly (keyof OpportunityDetails)[];
};
export type OpportunityPublished = Fact<'OpportunityPublished'>;
export type OpportunityClosed = Fact<'OpportunityClosed'> & { readonly reason: CloseReason };
export type OpportunityReopened = Fact<'OpportunityReopened'>;
export type OpportunityRemoved = Fact<'OpportunityRemoved'> & { readonly reason: string };
export type OpportunityRestored = Fact<'OpportunityRestored'>;
export type OpportunityDeleted = Fact<'OpportunityDeleted'>;

export type OpportunityFact =
  | OpportunityCreated
  | OpportunityUpdated
  | OpportunityPublished
  | OpportunityClosed
  | OpportunityReopened
  | OpportunityRemoved
  | OpportunityRestored
  | OpportunityDeleted;
