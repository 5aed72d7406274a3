import { type OpportunityAction, type OpportunityStatus, TRANSITIONS } from '#domain/opportunities/opportunity-status';

/** The actions of the state machine. Tests loop over this list, so that a new action is tested without being added to a list. */
export const ACTIONS = Object.keys(TRANSITIONS) as OpportunityAction[];

/** The actions with a path of their own: POST /opportunities/{id}/{action}. */
export const POSTED_ACTIONS = ACTIONS.filter((action) => action !== 'edit' && action !== 'delete');

/**
 * Gives the status after an action, read from the table of transitions. The independent model in opportunity-model.ts proves
 * that the table is right.
 */
export function statusAfter(
  action: OpportunityAction,
  status: OpportunityStatus,
  removedFrom: OpportunityStatus = 'draft',
): OpportunityStatus | 'refused' {
  const { from, to } = TRANSITIONS[action];
  if (!(from as readonly OpportunityStatus[]).includes(status)) return 'refused';
  return to === 'as it was' ? status : to === 'as before its removal' ? removedFrom : to;
}

/**
 * Gives a shortest list of actions that lead from a draft to a status.
 * @throws Error when no action leads to the status, so that it can never occur.
 */
export function wayTo(status: OpportunityStatus): OpportunityAction[] {
  const ways = new Map<OpportunityStatus, OpportunityAction[]>([['draft', []]]);
  for (const [reached, way] of ways)
    for (const action of ACTIONS) {
      const next = statusAfter(action, reached);
      if (next !== 'refused' && !ways.has(next)) ways.set(next, [...way, action]);
    }
  const way = ways.get(status);
  if (!way) throw new Error(`No action leads to the status "${status}". See docs/architects/add-a-status.md.`);
  return way;
}
