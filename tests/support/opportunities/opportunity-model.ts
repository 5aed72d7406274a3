import fc from 'fast-check';
import type { DomainErrorCode } from '#domain/domain-error';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { OpportunityEvent } from '#domain/opportunities/opportunity-events';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import { CLOSE_REASONS, type CloseReason, type OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { SOME_DAY, someDetails } from './an-opportunity.ts';

const HOUR = 3_600_000;

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
const others = fc.record({ name: fc.constantFrom('publish' as const, 'reopen' as const, 'restore' as const) });
const deletion = fc.record({ name: fc.constant('delete' as const) });

/** Actions that end a life, or a large part of it, are less frequent. */
export const change = fc.oneof(
  { weight: 9, arbitrary: others },
  { weight: 3, arbitrary: edit },
  { weight: 3, arbitrary: close },
  { weight: 2, arbitrary: remove },
  { weight: 1, arbitrary: deletion },
);
export type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

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
  const alive = status === 'draft' || status === 'published' || status === 'closed';
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
