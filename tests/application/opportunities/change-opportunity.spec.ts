import { expect } from 'chai';
import type { Target } from '#application/opportunities/change-opportunity';
import type { OpportunityView } from '#application/opportunities/opportunity-view';
import { ConcurrentChange, VersionMismatch } from '#application/ports/opportunities/opportunity-repository';
import { StorageUnavailable } from '#application/ports/application-error';
import type { Actor } from '#domain/actor';
import { NotPermitted } from '#domain/permission';
import {
  IllegalTransition,
  InvalidOpportunity,
  NotPublishable,
  OpportunityNotFound,
} from '#domain/opportunities/opportunity-errors';
import {
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
} from '#domain/opportunities/opportunity-status';
import { aListCommand } from '../../support/opportunities/a-listing.ts';
import { someDetails, someId } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { SEEN_BY } from '../../support/opportunities/opportunity-model.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, OWNER, STRANGER } from '../../support/opportunities/some-actors.ts';

type App = ReturnType<typeof inMemoryApplication>;
type ErrorClass = new (...args: never[]) => Error;
type Case = {
  readonly run: (app: App, actor: Actor, target: Target) => Promise<OpportunityView>;
  readonly from: OpportunityStatus;
  readonly to: OpportunityStatus;
  /** A status that the actors may see and the state machine refuses. */
  readonly notFrom: OpportunityStatus;
  readonly allowed: readonly Actor[];
  /** Actors who may see the opportunity but not change it. */
  readonly denied: readonly Actor[];
  readonly event: string;
  readonly says?: object;
};

const CASES: Record<OpportunityAction, Case> = {
  publish: {
    run: (app, actor, target) => app.change.execute(actor, 'publish', target),
    ...{ from: 'draft', to: 'published', notFrom: 'published' },
    ...{ allowed: [OWNER, ADMIN], denied: [MODERATOR] },
    event: 'OpportunityPublished',
  },
  edit: {
    run: (app, actor, target) =>
      app.change.execute(actor, 'edit', { ...target, revise: () => ({ title: 'Another title' }) }),
    ...{ from: 'published', to: 'published', notFrom: 'removed' },
    ...{ allowed: [OWNER, ADMIN], denied: [STRANGER, MODERATOR] },
    event: 'OpportunityUpdated',
    says: { changedFields: ['title'] },
  },
  close: {
    run: (app, actor, target) => app.change.execute(actor, 'close', { ...target, reason: 'expired' }),
    ...{ from: 'published', to: 'closed', notFrom: 'closed' },
    ...{ allowed: [OWNER, MODERATOR, ADMIN], denied: [STRANGER] },
    event: 'OpportunityClosed',
    says: { reason: 'expired' },
  },
  reopen: {
    run: (app, actor, target) => app.change.execute(actor, 'reopen', target),
    ...{ from: 'closed', to: 'published', notFrom: 'published' },
    ...{ allowed: [OWNER, ADMIN], denied: [STRANGER, MODERATOR] },
    event: 'OpportunityReopened',
  },
  remove: {
    run: (app, actor, target) => app.change.execute(actor, 'remove', { ...target, reason: 'Asks for money.' }),
    ...{ from: 'published', to: 'removed', notFrom: 'removed' },
    ...{ allowed: [MODERATOR, ADMIN], denied: [STRANGER, OWNER] },
    event: 'OpportunityRemoved',
    says: { reason: 'Asks for money.' },
  },
  restore: {
    run: (app, actor, target) => app.change.execute(actor, 'restore', target),
    ...{ from: 'removed', to: 'draft', notFrom: 'published' },
    ...{ allowed: [MODERATOR, ADMIN], denied: [OWNER] },
    event: 'OpportunityRestored',
  },
  delete: {
    run: (app, actor, target) => app.change.execute(actor, 'delete', target),
    ...{ from: 'published', to: 'deleted', notFrom: 'removed' },
    ...{ allowed: [OWNER, ADMIN], denied: [STRANGER, MODERATOR] },
    event: 'OpportunityDeleted',
  },
};

describe('changes of an opportunity', () => {
  let app: App;

  beforeEach(() => {
    app = inMemoryApplication();
    app.clock.advance(1000);
  });

  /** Expects a rejection with this error, and no change of what is stored. */
  async function refuses(id: string, change: () => Promise<unknown>, error: ErrorClass) {
    const before = app.stored(id);
    const earlier = app.steps.length;
    expect(await rejection(change())).to.be.instanceOf(error);
    expect(app.steps.slice(earlier)).to.deep.equal(['get']);
    expect(app.stored(id)).to.deep.equal(before);
    expect(app.events()).to.deep.equal([]);
  }

  for (const [action, { run, from, to, notFrom, allowed, denied, event, says = {} }] of Object.entries(CASES)) {
    describe(action, () => {
      const given = (status = from) => app.given(loadedOpportunity(status));

      for (const actor of allowed) {
        it(`is done for the ${actor.id}, and its event is appended last`, async () => {
          const id = given();
          const now = app.clock.now();

          const { isOpen, ...state } = await run(app, actor, { id });

          expect(isOpen).to.equal(to === 'published');
          expect(state).to.deep.include({ ownerId: 'owner', status: to, version: 2, updatedAt: now });
          expect(app.stored(id)).to.deep.equal(state);
          expect(app.steps).to.deep.equal(['get', 'save', 'append']);
          const [message, ...others] = app.events();
          expect(others).to.deep.equal([]);
          expect(message).to.include({ key: id, type: `opportunities.${event}.v1`, sequence: '2' });
          expect(message?.data).to.deep.include({ actorId: actor.id, ...says });
          expect(message?.data.opportunity).to.include({ id, status: to, version: 2, updatedAt: now.toISOString() });
        });
      }

      for (const [name, versions] of [
        ['the version that is there', [1]],
        ['it and others', [7, 1, 9]],
        ['no version', undefined],
      ] as const) {
        it(`is done when the actor has seen ${name}`, async () => {
          const id = given();
          expect((await run(app, allowed[0]!, { id, versions })).version).to.equal(2);
        });
      }

      for (const versions of [[2], [0, 2, 3], []]) {
        it(`is refused at version 1 when the actor has seen ${versions.join(', ') || 'none'}`, async () => {
          const id = given();
          await refuses(id, () => run(app, allowed[0]!, { id, versions }), VersionMismatch);
        });
      }

      it('reports a changed version before a wrong status', async () => {
        const id = given(notFrom);
        await refuses(id, () => run(app, ADMIN, { id, versions: [2] }), VersionMismatch);
        await refuses(id, () => run(app, ADMIN, { id, versions: [1] }), IllegalTransition);
      });

      for (const actor of denied) {
        it(`is denied to the ${actor.id} at every version and in every status`, async () => {
          for (const status of actor === STRANGER ? ([from] as const) : [from, notFrom]) {
            const id = given(status);
            await refuses(id, () => run(app, actor, { id }), NotPermitted);
            await refuses(id, () => run(app, actor, { id, versions: [2] }), NotPermitted);
          }
        });
      }

      it('finds for a stranger no opportunity in a status that not everybody sees, at any version', async () => {
        const hidden = OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] !== 'everybody');
        for (const id of [...hidden.map((status) => given(status)), someId()]) {
          await refuses(id, () => run(app, STRANGER, { id }), OpportunityNotFound);
          await refuses(id, () => run(app, STRANGER, { id, versions: [2] }), OpportunityNotFound);
        }
      });

      it('finds no deleted opportunity, not even for staff', async () => {
        const id = given('deleted');
        // Only actors who may delete the opportunity learn that it is deleted.
        const actors = action === 'delete' ? [MODERATOR] : [OWNER, MODERATOR, ADMIN];
        for (const actor of actors) await refuses(id, () => run(app, actor, { id }), OpportunityNotFound);
      });

      it('lets one of two simultaneous requests win and tells the other', async () => {
        const id = given();
        const results = await Promise.allSettled([run(app, ADMIN, { id }), run(app, ADMIN, { id })]);
        const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
        expect(errors).to.have.length(1);
        expect(errors[0]).to.be.instanceOf(ConcurrentChange);
        expect(app.stored(id)?.version).to.equal(2);
        expect(app.events()).to.have.length(1);
      });

      it('stores nothing when the storage cannot be reached', async () => {
        const id = given();
        app.database.away = true;
        expect(await rejection(run(app, ADMIN, { id }))).to.be.instanceOf(StorageUnavailable);
        expect(app.stored(id)).to.include({ status: from, version: 1 });
        expect(app.events()).to.deep.equal([]);
      });
    });
  }

  describe('edit', () => {
    it('changes nothing and appends no event when nothing is different', async () => {
      const opportunity = loadedOpportunity('published');
      const before = opportunity.state;
      const id = app.given(opportunity);
      const view = await app.change.execute(OWNER, 'edit', { id, revise: ({ details }) => details });
      expect(view).to.deep.equal({ ...before, isOpen: true });
      expect(app.steps).to.deep.equal(['get']);
      expect(app.stored(id)).to.deep.equal(before);
      expect(app.events()).to.deep.equal([]);
    });

    it('checks the version even when nothing is different', async () => {
      const id = app.given(loadedOpportunity('published'));
      await refuses(
        id,
        () => app.change.execute(OWNER, 'edit', { id, revise: () => ({}), versions: [2] }),
        VersionMismatch,
      );
    });

    it('refuses invalid details before anything is written', async () => {
      const id = app.given(loadedOpportunity('published'));
      const revise = () => ({ description: null });
      await refuses(id, () => app.change.execute(OWNER, 'edit', { id, revise }), InvalidOpportunity);
    });

    it('tells that the e-mail address has changed, but not the address', async () => {
      const id = app.given(loadedOpportunity('published'));
      const view = await app.change.execute(OWNER, 'edit', { id, revise: () => ({ applyEmail: 'jobs@example.org' }) });
      expect(view.details.applyEmail).to.equal('jobs@example.org');
      expect(app.events()[0]?.data.changedFields).to.deep.equal(['applyEmail']);
      expect(JSON.stringify(app.events())).to.not.contain('jobs@example.org');
    });
  });

  describe('reopen', () => {
    it('compares the deadline with the clock before anything is written', async () => {
      const deadlineAt = app.clock.now();
      const id = app.given(loadedOpportunity('closed', someDetails({ deadlineAt })));
      await refuses(id, () => app.change.execute(OWNER, 'reopen', { id }), NotPublishable);
    });
  });

  describe('remove', () => {
    it('stores the reason for the owner, and restore forgets it', async () => {
      const id = app.given(loadedOpportunity('closed'));
      await app.change.execute(MODERATOR, 'remove', { id, reason: 'Asks for money.' });
      const removed = { status: 'removed', removedFrom: 'closed', removalReason: 'Asks for money.' };
      expect(await app.get.execute(OWNER, { id })).to.include(removed);
      const restored = await app.change.execute(ADMIN, 'restore', { id, versions: [2] });
      expect(restored).to.include({ status: 'closed', closeReason: 'filled', removedFrom: null, removalReason: null });
      expect(app.events().map(({ sequence }) => sequence)).to.deep.equal(['2', '3']);
    });

    it('refuses an invalid reason before anything is written', async () => {
      const id = app.given(loadedOpportunity('published'));
      await refuses(id, () => app.change.execute(MODERATOR, 'remove', { id, reason: ' ' }), InvalidOpportunity);
    });
  });

  describe('delete', () => {
    it('succeeds a second time, with one event for both requests', async () => {
      const id = app.given(loadedOpportunity('published'));
      const first = await app.change.execute(OWNER, 'delete', { id });
      app.clock.advance(1000);
      for (const actor of [OWNER, ADMIN])
        expect(await app.change.execute(actor, 'delete', { id })).to.deep.equal(first);
      expect(app.steps).to.deep.equal(['get', 'save', 'append', 'get', 'get']);
      expect(app.events()).to.have.length(1);
    });

    it('succeeds again for a client that names the version from before the first deletion', async () => {
      const id = app.given(loadedOpportunity('published'));
      const first = await app.change.execute(OWNER, 'delete', { id, versions: [1] });
      expect(await app.change.execute(OWNER, 'delete', { id, versions: [1] })).to.deep.equal(first);
      expect(app.events()).to.have.length(1);
    });

    it('hides the opportunity from everybody', async () => {
      const id = app.given(loadedOpportunity('published'));
      await app.change.execute(OWNER, 'delete', { id });
      for (const actor of [OWNER, STRANGER, MODERATOR, ADMIN])
        expect(await rejection(app.get.execute(actor, { id }))).to.be.instanceOf(OpportunityNotFound);
      expect((await app.list.execute(OWNER, aListCommand({ filter: { mine: true } }))).items).to.deep.equal([]);
    });

    it('is refused for a removed opportunity, even to an admin', async () => {
      const id = app.given(loadedOpportunity('removed'));
      for (const actor of [OWNER, ADMIN])
        await refuses(id, () => app.change.execute(actor, 'delete', { id }), IllegalTransition);
    });
  });
});
