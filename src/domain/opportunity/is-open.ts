import type { OpportunityDetails } from './opportunity-details.ts';
import type { OpportunityStatus } from './opportunity-status.ts';

/** Whether one can apply at that instant: computed, because a job that expires opportunities may lag. */
export function isOpen(
  { status, opensAt, deadlineAt }: { status: OpportunityStatus } & Pick<OpportunityDetails, 'opensAt' | 'deadlineAt'>,
  instant: Date,
): boolean {
  return (
    status === 'published' && (opensAt === null || opensAt <= instant) && (deadlineAt === null || instant < deadlineAt)
  );
}
