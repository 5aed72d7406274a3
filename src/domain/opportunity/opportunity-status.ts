import { IllegalTransition } from './opportunity-errors.ts';

export const OPPORTUNITY_STATUSES = ['draft', 'published', 'closed', 'removed'] as const;
export type OpportunityStatus = (typeof OPPORTUNITY_STATUSES)[number];

export const CLOSE_REASONS = ['filled', 'expired', 'cancelled', 'withdrawn'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** The state machine, whole: an action that is not listed here for a status is refused. */
export const TRANSITIONS = {
  publish: { from: ['draft'], to: 'published' },
  close: { from: ['published'], to: 'closed' },
} as const satisfies Record<string, { from: readonly OpportunityStatus[]; to: OpportunityStatus }>;

export type OpportunityAction = keyof typeof TRANSITIONS;

/** @throws IllegalTransition when the action does not start at this status. */
export function transition(status: OpportunityStatus, action: OpportunityAction): OpportunityStatus {
  const { from, to }: { from: readonly OpportunityStatus[]; to: OpportunityStatus } = TRANSITIONS[action];
  if (!from.includes(status)) throw new IllegalTransition(action, status);
  return to;
}
