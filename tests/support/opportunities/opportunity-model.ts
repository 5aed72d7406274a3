import fc from 'fast-check';
import { type Actor, isStaff } from '#domain/actor';
import type { DomainErrorCode } from '#domain/domain-error';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityEvent } from '#domain/opportunities/opportunity-events';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import {
  CLOSE_REASONS,
  type CloseReason,
  type OpportunityAction,
  type OpportunityStatus,
} from '#domain/opportunities/opportunity-status';
import { SOME_DAY, someDetails } from './an-opportunity.ts';

const HOUR = 3_600_000;

/** Who sees the opportunities in each status. The model does not read this in the policy, so that it can prove the policy wrong. */
export const SEEN_BY: Record<OpportunityStatus, 'everybody' | 'owner and staff' | 'nobody'> = {
  draft: 'owner and staff',
  published: 'everybody',
  closed: 'everybody',
  removed: 'owner and staff',
  deleted: 'nobody',
};

/** Who may do each action. The model does not read this in the policy either. */
export const DONE_BY: Record<OpportunityAction, 'owner and admins' | 'owner and staff' | 'staff'> = {
  publish: 'owner and admins',
  edit: 'owner and admins',
  close: 'owner and staff',
  reopen: 'owner and admins',
  remove: 'staff',
  restore: 'staff',
  delete: 'owner and admins',
};

export function sees(actor: Actor, { ownerId, status }: Pick<Model, 'ownerId' | 'status'>): boolean {
  const readers = SEEN_BY[status];
  return readers === 'everybody' || (readers === 'owner and staff' && (actor.id === ownerId || isStaff(actor)));
}

export function may(actor: Actor, action: OpportunityAction, { ownerId }: Pick<Model, 'ownerId'>): boolean {
  const allowed = DONE_BY[action];
  if (allowed === 'staff') return isStaff(actor);
  return actor.id === ownerId || (allowed === 'owner and staff' ? isStaff(actor) : actor.role === 'admin');
}

/** Statuses in which an opportunity can be edited, removed and deleted. The model does not read the table of transitions. */
const IN_HANDS_OF_ITS_OWNER: Record<OpportunityStatus, boolean> = {
  draft: true,
  published: true,
  closed: true,
  removed: false,
  deleted: false,
};

/** The model counts time in hours since SOME_DAY. */
export function atHour(hours: number): Date {
  return new Date(SOME_DAY.getTime() + hours * HOUR);
}

/** The details that matter to the model: whether readers have what they need, and the deadline. */
export type Said = { readonly described: boolean; readonly deadlineInHours: number | null };

const described = fc.boolean();
const deadlineInHours = fc.option(fc.integer({ min: 1, max: 8 }));

export const creation = fc.record({
  name: fc.constant('create' as const),
  first: fc.constantFrom('draft' as const, 'published' as const),
  said: fc.record({ described, deadlineInHours }),
});
export type Creation = typeof creation extends fc.Arbitrary<infer T> ? T : never;

const edit = fc.record({
  name: fc.constant('edit' as const),
  said: fc.oneof(fc.record({ described }), fc.record({ deadlineInHours }), fc.constant({})),
});
const close = fc.record({ name: fc.constant('close' as const), reason: fc.constantFrom(...CLOSE_REASONS) });
const remove = fc.record({
  name: fc.constant('remove' as const),
  reason: fc.constantFrom('Spam.', 'Asks for money.', ''),
});
const only = <Name extends OpportunityAction>(name: Name) => fc.record({ name: fc.constant(name) });

/** Each action with its input. Actions that end a life, or a large part of it, are less frequent. */
export const CHANGES = {
  publish: { weight: 3, arbitrary: only('publish') },
  edit: { weight: 3, arbitrary: edit },
  close: { weight: 3, arbitrary: close },
  reopen: { weight: 3, arbitrary: only('reopen') },
  remove: { weight: 2, arbitrary: remove },
  restore: { weight: 3, arbitrary: only('restore') },
  delete: { weight: 1, arbitrary: only('delete') },
} satisfies { [Name in OpportunityAction]: fc.WeightedArbitrary<{ readonly name: Name }> };

export type Change = (typeof CHANGES)[OpportunityAction]['arbitrary'] extends fc.Arbitrary<infer T> ? T : never;
export const change = fc.oneof(...(Object.values(CHANGES) as fc.WeightedArbitrary<Change>[]));

/** The simplest model of an opportunity. */
export type Model = Said & {
  readonly ownerId: string;
  readonly status: OpportunityStatus;
  /** The status before the removal, and the reason for the removal. */
  readonly removed: { readonly from: OpportunityStatus; readonly reason: string } | null;
  readonly closed: { readonly at: number; readonly reason: CloseReason } | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly publishedAt: number | null;
  readonly deletedAt: number | null;
};

/** The outcome of a change: a refusal, or the next model and its event. There is no event when nothing is different. */
export type Outcome =
  | { readonly refusal: DomainErrorCode }
  | { readonly event: OpportunityEvent['name'] | undefined; readonly next: Model };

const passed = ({ deadlineInHours: deadline }: Said, hours: number) => deadline !== null && deadline <= hours;
const unfit = (said: Said, hours: number) => !said.described || passed(said, hours);

export function created({ first, said }: Creation, ownerId: string, hours: number): Outcome {
  if (first === 'published' && unfit(said, hours)) return { refusal: 'validation_failed' };
  const next: Model = {
    ...said,
    ownerId,
    status: first,
    removed: null,
    closed: null,
    version: 1,
    createdAt: hours,
    updatedAt: hours,
    publishedAt: first === 'published' ? hours : null,
    deletedAt: null,
  };
  return { event: 'OpportunityCreated', next };
}

/** The outcome that the aggregate must have for a permitted change. */
export function changed(model: Model, action: Change, hours: number): Outcome {
  const { status } = model;
  const alive = IN_HANDS_OF_ITS_OWNER[status];
  const refused = (refusal: DomainErrorCode): Outcome => ({ refusal });
  const done = (event: OpportunityEvent['name'], news: Partial<Model>): Outcome => ({
    event,
    next: { ...model, ...news, version: model.version + 1, updatedAt: hours },
  });
  switch (action.name) {
    case 'publish':
      if (status !== 'draft') return refused('invalid_state');
      if (unfit(model, hours)) return refused('not_publishable');
      return done('OpportunityPublished', { status: 'published', publishedAt: hours });
    case 'close':
      if (status !== 'published') return refused('invalid_state');
      return done('OpportunityClosed', { status: 'closed', closed: { at: hours, reason: action.reason } });
    case 'reopen':
      if (status !== 'closed') return refused('invalid_state');
      if (unfit(model, hours)) return refused('not_publishable');
      return done('OpportunityReopened', { status: 'published', closed: null });
    case 'remove':
      if (!alive) return refused('invalid_state');
      if (action.reason === '') return refused('validation_failed');
      return done('OpportunityRemoved', { status: 'removed', removed: { from: status, reason: action.reason } });
    case 'restore':
      if (!model.removed) return refused('invalid_state');
      return done('OpportunityRestored', { status: model.removed.from, removed: null });
    case 'delete':
      if (status === 'deleted') return { event: undefined, next: model };
      return alive ? done('OpportunityDeleted', { status: 'deleted', deletedAt: hours }) : refused('invalid_state');
    case 'edit': {
      const said = { described: model.described, deadlineInHours: model.deadlineInHours, ...action.said };
      const otherDeadline = said.deadlineInHours !== model.deadlineInHours;
      if (!alive) return refused('invalid_state');
      if (!otherDeadline && said.described === model.described) return { event: undefined, next: model };
      if (status === 'published' && (!said.described || (otherDeadline && passed(said, hours))))
        return refused('validation_failed');
      return done('OpportunityUpdated', said);
    }
  }
}

/** The details that the model stands for. */
export function detailsOf(said: Partial<Said>): Partial<OpportunityDetails> {
  return {
    ...(said.described !== undefined && { description: said.described ? 'Build services with us.' : null }),
    ...(said.deadlineInHours !== undefined && {
      deadlineAt: said.deadlineInHours === null ? null : atHour(said.deadlineInHours),
    }),
  };
}

export function changedFieldsOf(before: Said, now: Said): string[] {
  return [
    ...(before.described === now.described ? [] : ['description']),
    ...(before.deadlineInHours === now.deadlineInHours ? [] : ['deadlineAt']),
  ];
}

/** Returns the whole state that corresponds to the model. */
export function stateOf(model: Model, id: string): OpportunityState {
  const instant = (hours: number | null) => (hours === null ? null : atHour(hours));
  return {
    id,
    ownerId: model.ownerId,
    details: someDetails(detailsOf(model)),
    status: model.status,
    closeReason: model.closed?.reason ?? null,
    removedFrom: model.removed?.from ?? null,
    removalReason: model.removed?.reason ?? null,
    version: model.version,
    createdAt: atHour(model.createdAt),
    updatedAt: atHour(model.updatedAt),
    publishedAt: instant(model.publishedAt),
    closedAt: instant(model.closed?.at ?? null),
    deletedAt: instant(model.deletedAt),
  };
}

export function isOpenAt(model: Model, hours: number): boolean {
  return model.status === 'published' && !passed(model, hours);
}
