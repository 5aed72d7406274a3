import { IllegalTransition } from './opportunity-errors.ts';
import type { OpportunityDetails } from './opportunity-details.ts';

export const OPPORTUNITY_STATUSES = ['draft', 'published', 'closed', 'removed', 'deleted'] as const;
export type OpportunityStatus = (typeof OPPORTUNITY_STATUSES)[number];

export const CLOSE_REASONS = ['filled', 'expired', 'cancelled', 'withdrawn'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

type Edge = {
  readonly from: readonly OpportunityStatus[];
  readonly to: OpportunityStatus | 'as it was' | 'as before its removal';
};

/** The state machine, whole: an action that is not listed here for a status is refused. */
export const TRANSITIONS = {
  publish: { from: ['draft'], to: 'published' },
  edit: { from: ['draft', 'published', 'closed'], to: 'as it was' },
  close: { from: ['published'], to: 'closed' },
  reopen: { from: ['closed'], to: 'published' },
  remove: { from: ['draft', 'published', 'closed'], to: 'removed' },
  restore: { from: ['removed'], to: 'as before its removal' },
  delete: { from: ['draft', 'published', 'closed'], to: 'deleted' },
} as const satisfies Record<string, Edge>;

export type OpportunityAction = keyof typeof TRANSITIONS;

/**
 * Where an action leads.
 * @param removedFrom the status that it had before it was removed.
 * @throws IllegalTransition when the action does not start at this status.
 */
export function transition(
  status: OpportunityStatus,
  action: OpportunityAction,
  removedFrom: OpportunityStatus | null = null,
): OpportunityStatus {
  const { from, to }: Edge = TRANSITIONS[action];
  if (!from.includes(status)) throw new IllegalTransition(action, status);
  if (to === 'as it was') return status;
  if (to === 'as before its removal') return removedFrom ?? 'draft';
  return to;
}

/** Whether one can apply at that instant: computed, because a job that expires opportunities may lag. */
export function isOpen(
  { status, opensAt, deadlineAt }: { status: OpportunityStatus } & Pick<OpportunityDetails, 'opensAt' | 'deadlineAt'>,
  instant: Date,
): boolean {
  return (
    status === 'published' && (opensAt === null || opensAt <= instant) && (deadlineAt === null || instant < deadlineAt)
  );
}
