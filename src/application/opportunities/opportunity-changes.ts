import type { Actor } from '#domain/actor';
import type { Change, Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityEvent } from '#domain/opportunities/opportunity-events';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import {
  ensureVisible,
  ensureVisibleOrDeleted,
  mayClose,
  mayDelete,
  mayEdit,
  mayPublish,
  mayRemove,
  mayReopen,
  mayRestore,
} from '#domain/opportunities/opportunity-policy';
import type { CloseReason, OpportunityAction } from '#domain/opportunities/opportunity-status';
import type { Decision } from '#domain/permission';

/**
 * Gives the new details from the current state. It is called inside the transaction with the version that is changed, so
 * a patch is applied to exactly that version. When it throws, nothing is changed and the error is passed on.
 */
export type Revision = (current: OpportunityState) => Partial<OpportunityDetails>;

/** Further input that some changes need. The other changes need only the opportunity. */
type Inputs = {
  readonly edit: { readonly revise: Revision };
  readonly close: { readonly reason: CloseReason };
  readonly remove: { readonly reason: string };
};

export type InputOf<Action extends OpportunityAction> = Action extends keyof Inputs ? Inputs[Action] : unknown;

type OpportunityChange<Input> = {
  /** Returns the opportunity if this actor may know that it exists, and throws OpportunityNotFound otherwise. */
  readonly find: (actor: Actor, opportunity: Opportunity | undefined) => Opportunity;
  readonly permit: (actor: Actor, opportunity: Opportunity) => Decision;
  /** Changes the opportunity and returns the event, or undefined when there was nothing to change. */
  readonly change: (opportunity: Opportunity, by: Change, input: Input) => OpportunityEvent | undefined;
};

/**
 * Every change of an existing opportunity: who may make the change, what it does to the opportunity, and which event it
 * returns. The code does not compile while an action of the state machine has no row.
 */
export const OPPORTUNITY_CHANGES: { readonly [Action in OpportunityAction]: OpportunityChange<InputOf<Action>> } = {
  publish: {
    find: ensureVisible,
    permit: mayPublish,
    change: (opportunity, by) => opportunity.publish(by),
  },
  edit: {
    find: ensureVisible,
    permit: mayEdit,
    change: (opportunity, by, { revise }) => opportunity.edit(revise(opportunity.state), by),
  },
  close: {
    find: ensureVisible,
    permit: mayClose,
    change: (opportunity, by, { reason }) => opportunity.close(reason, by),
  },
  reopen: {
    find: ensureVisible,
    permit: mayReopen,
    change: (opportunity, by) => opportunity.reopen(by),
  },
  remove: {
    find: ensureVisible,
    permit: mayRemove,
    change: (opportunity, by, { reason }) => opportunity.remove(reason, by),
  },
  restore: {
    find: ensureVisible,
    permit: mayRestore,
    change: (opportunity, by) => opportunity.restore(by),
  },
  delete: {
    // Deleting again changes nothing and succeeds, so that a client that lost the response can send its request again.
    find: ensureVisibleOrDeleted,
    permit: mayDelete,
    change: (opportunity, by) => opportunity.delete(by),
  },
};
