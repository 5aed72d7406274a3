import { IllegalTransition } from './opportunity-errors.ts';
import type { OpportunityDetails } from './opportunity-details.ts';

export const OPPORTUNITY_STATUSES = ['draft', 'published', 'closed', 'removed', 'deleted'] as const;
export type OpportunityStatus = (typeof OPPORTUNITY_STATUSES)[number];

export const CLOSE_REASONS = ['filled', 'expired', 'cancelled', 'withdrawn'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

type Edge = {
  readonly from: readonly OpportunityStatus[];
  readonly to: OpportunityStatus | 'as it was' | 'as before its removal';
  /** The participle of the action, for refusals: "A draft cannot be closed." */
  readonly done: string;
};

/**
 * The whole state machine. An action is refused in every status that is not listed under from. The tests and the request
 * generators take their lists of actions from this table, or are compared with it.
 */
export const TRANSITIONS = {
  publish: { from: ['draft'], to: 'published', done: 'published' },
  edit: { from: ['draft', 'published', 'closed'], to: 'as it was', done: 'edited' },
  close: { from: ['published'], to: 'closed', done: 'closed' },
  reopen: { from: ['closed'], to: 'published', done: 'reopened' },
  remove: { from: ['draft', 'published', 'closed'], to: 'removed', done: 'removed' },
  restore: { from: ['removed'], to: 'as before its removal', done: 'restored' },
  delete: { from: ['draft', 'published', 'closed'], to: 'deleted', done: 'deleted' },
} as const satisfies Record<string, Edge>;

export type OpportunityAction = keyof typeof TRANSITIONS;

/**
 * Gives the status after an action.
 * @param removedFrom the status of a removed opportunity before its removal.
 * @throws IllegalTransition when no edge of the action starts at this status.
 */
export function transition(
  status: OpportunityStatus,
  action: OpportunityAction,
  removedFrom: OpportunityStatus | null = null,
): OpportunityStatus {
  const { from, to, done }: Edge = TRANSITIONS[action];
  if (!from.includes(status)) throw new IllegalTransition(refusal(status, to, done), status);
  if (to === 'as it was') return status;
  if (to === 'as before its removal') return removedFrom ?? 'draft';
  return to;
}

/** An opportunity in each status, as refusals name it. */
const SUBJECTS: Record<OpportunityStatus, string> = {
  draft: 'A draft',
  published: 'A published opportunity',
  closed: 'A closed opportunity',
  removed: 'A removed opportunity',
  deleted: 'A deleted opportunity',
};

function refusal(status: OpportunityStatus, to: Edge['to'], done: string): string {
  return status === to ? `This opportunity is already ${status}.` : `${SUBJECTS[status]} cannot be ${done}.`;
}

/** Whether applications are accepted at that instant. It is computed, because a job that expires opportunities may lag. */
export function isOpen(
  { status, opensAt, deadlineAt }: { status: OpportunityStatus } & Pick<OpportunityDetails, 'opensAt' | 'deadlineAt'>,
  instant: Date,
): boolean {
  return (
    status === 'published' && (opensAt === null || opensAt <= instant) && (deadlineAt === null || instant < deadlineAt)
  );
}
