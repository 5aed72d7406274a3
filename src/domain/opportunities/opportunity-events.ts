import type { OpportunityDetails } from './opportunity-details.ts';
import type { OpportunityState } from './opportunity-state.ts';
import type { CloseReason } from './opportunity-status.ts';

/**
 * The content of every event: what happened, and the state right after the change, so that no reader has to request the
 * state.
 */
type EventNamed<Name extends string> = {
  readonly name: Name;
  readonly opportunity: OpportunityState;
  /** The id of the actor who changed the opportunity. */
  readonly actorId: string;
  readonly occurredAt: Date;
};

export type OpportunityCreated = EventNamed<'OpportunityCreated'>;
export type OpportunityUpdated = EventNamed<'OpportunityUpdated'> & {
  readonly changedFields: readonly (keyof OpportunityDetails)[];
};
export type OpportunityPublished = EventNamed<'OpportunityPublished'>;
export type OpportunityClosed = EventNamed<'OpportunityClosed'> & { readonly reason: CloseReason };
export type OpportunityReopened = EventNamed<'OpportunityReopened'>;
export type OpportunityRemoved = EventNamed<'OpportunityRemoved'> & { readonly reason: string };
export type OpportunityRestored = EventNamed<'OpportunityRestored'>;
export type OpportunityDeleted = EventNamed<'OpportunityDeleted'>;

/** Everything that can happen to an opportunity. Each of these events has a row in opportunity-events-v1.ts. */
export type OpportunityEvent =
  | OpportunityCreated
  | OpportunityUpdated
  | OpportunityPublished
  | OpportunityClosed
  | OpportunityReopened
  | OpportunityRemoved
  | OpportunityRestored
  | OpportunityDeleted;
