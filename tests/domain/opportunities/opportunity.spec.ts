import { expect } from 'chai';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import { InvalidOpportunity, NotPublishable } from '#domain/opportunities/opportunity-errors';
import { CLOSE_REASONS } from '#domain/opportunities/opportunity-status';
import type { Violation } from '#domain/domain-error';
import {
  anOpportunity,
  fullDetails,
  SOME_DAY,
  someDetails,
  someId,
} from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const later = (milliseconds: number) => new Date(SOME_DAY.getTime() + milliseconds);
const by = (actorId: string, at = SOME_DAY) => ({ actorId, at });
const briefly = (violations: readonly Violation[]) => violations.map(({ path, code }) => `${path.join('.')} ${code}`);
const incomplete = () =>
  someDetails({ description: null, applyUrl: null, workMode: 'onsite', deadlineAt: later(0), opensAt: later(-1) });
const ALL_OBSTACLES = [
  'description required',
  'applyUrl required',
  'location required',
  'deadlineAt in_the_past',
] as const;

describe('Opportunity', () => {
  describe('create', () => {
    for (const status of ['draft', 'published'] as const) {
      it(`makes a ${status} opportunity and its event`, () => {
        const id = someId();
        const { opportunity, created } = Opportunity.create(id, fullDetails(), status, by('ada'));
        expect(opportunity.state).to.deep.equal({
          id,
          ownerId: 'ada',
          details: fullDetails(),
          status,
          closeReason: null,
          removedFrom: null,
          removalReason: null,
          version: 1,
          createdAt: SOME_DAY,
          updatedAt: SOME_DAY,
          publishedAt: status === 'published' ? SOME_DAY : null,
          closedAt: null,
          deletedAt: null,
        });
        expect(created).to.deep.equal({
          name: 'OpportunityCreated',
          opportunity: opportunity.state,
          actorId: 'ada',
          occurredAt: SOME_DAY,
        });
      });
    }

    it('shows each property by a name of its own, too', () => {
      const { opportunity } = anOpportunity();
      opportunity.close('filled', by('owner', later(1)));
      opportunity.delete(by('owner', later(2)));
      const { closeReason, closedAt, deletedAt, removedFrom, removalReason, version, updatedAt } = opportunity;
      expect(opportunity.state).to.deep.include({ closeReason, closedAt, deletedAt, removedFrom, removalReason });
      expect(opportunity.state).to.deep.include({ version, updatedAt });
      expect([closeReason, closedAt, deletedAt]).to.deep.equal(['filled', later(1), later(2)]);
    });

    it('stores every text in normalisation form C, at any depth, and changes nothing else', () => {
      const decomposed = (value: unknown): unknown => {
        if (typeof value === 'string') return value.normalize('NFD');
        if (Array.isArray(value)) return value.map(decomposed);
        if (value === null || typeof value !== 'object' || value instanceof Date) return value;
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decomposed(inner)]));
      };
      const given = {
        ...fullDetails(),
        location: { ...fullDetails().location!, label: 'Café', region: 'Łódź Voivodeship' },
        eligibility: { description: 'Étudiantes', minAge: null, maxAge: null },
      };
      const proposed = decomposed(given) as OpportunityDetails;
      expect(proposed).to.not.deep.equal(given);
      expect(anOpportunity({ details: proposed }).opportunity.details).to.deep.equal(given);
    });

    it('checks the normalised text, not the text that was sent', () => {
      const title = 'é'.repeat(140).normalize('NFD');
      expect(anOpportunity({ details: someDetails({ title }) }).opportunity.details.title).to.have.length(140);
    });

    it('reports broken invariants and obstacles to publishing all at once', () => {
      const details = { ...incomplete(), title: 'x', openings: 0 };
      const error = thrownBy(() => anOpportunity({ details })) as InvalidOpportunity;
      expect(error).to.be.instanceOf(InvalidOpportunity).with.property('code', 'validation_failed');
      expect(briefly(error.violations)).to.have.members(['title too_short', 'openings out_of_range', ...ALL_OBSTACLES]);
    });

    it('checks only the invariants of a draft', () => {
      expect(anOpportunity({ status: 'draft', details: incomplete() }).opportunity.status).to.equal('draft');
      const details = { ...incomplete(), title: 'x' };
      const error = thrownBy(() => anOpportunity({ status: 'draft', details })) as InvalidOpportunity;
      expect(briefly(error.violations)).to.deep.equal(['title too_short']);
    });
  });

  describe('publish', () => {
    it('shows a draft to everybody and gives the event', () => {
      const { opportunity } = anOpportunity({ status: 'draft' });
      const before = opportunity.state;
      const published = opportunity.publish(by('admin', later(5)));
      expect(opportunity.state).to.deep.equal({
        ...before,
        status: 'published',
        version: 2,
        updatedAt: later(5),
        publishedAt: later(5),
      });
      expect(published).to.deep.equal({
        name: 'OpportunityPublished',
        opportunity: opportunity.state,
        actorId: 'admin',
        occurredAt: later(5),
      });
    });

    it('reports every obstacle, and changes nothing', () => {
      const { opportunity } = anOpportunity({ status: 'draft', details: incomplete() });
      const before = opportunity.state;
      const error = thrownBy(() => opportunity.publish(by('owner'))) as NotPublishable;
      expect(error).to.be.instanceOf(NotPublishable).with.property('code', 'not_publishable');
      expect(briefly(error.violations)).to.have.members(ALL_OBSTACLES);
      expect(opportunity.state).to.deep.equal(before);
    });
  });

  describe('close', () => {
    for (const reason of CLOSE_REASONS) {
      it(`stops applications with the reason ${reason}, and gives the event`, () => {
        const { opportunity } = anOpportunity();
        const before = opportunity.state;
        const closed = opportunity.close(reason, by('moderator', later(7)));
        expect(opportunity.state).to.deep.equal({
          ...before,
          status: 'closed',
          closeReason: reason,
          version: 2,
          updatedAt: later(7),
          closedAt: later(7),
        });
        expect(closed).to.deep.equal({
          name: 'OpportunityClosed',
          opportunity: opportunity.state,
          actorId: 'moderator',
          occurredAt: later(7),
          reason,
        });
      });
    }
  });

  describe('reopen', () => {
    it('accepts applications again, forgets the reason for closing, and gives the event', () => {
      const { opportunity } = anOpportunity();
      const before = opportunity.state;
      opportunity.close('filled', by('owner', later(1)));
      const reopened = opportunity.reopen(by('admin', later(2)));
      expect(opportunity.state).to.deep.equal({ ...before, version: 3, updatedAt: later(2) });
      expect(opportunity.isOpenAt(later(2))).to.equal(true);
      expect(reopened).to.deep.equal({
        name: 'OpportunityReopened',
        opportunity: opportunity.state,
        actorId: 'admin',
        occurredAt: later(2),
      });
    });

    it('is refused until a deadline that has passed is moved', () => {
      const { opportunity } = anOpportunity({ details: someDetails({ deadlineAt: later(10) }) });
      opportunity.close('expired', by('system', later(10)));
      const closed = opportunity.state;
      const error = thrownBy(() => opportunity.reopen(by('owner', later(10)))) as NotPublishable;
      expect(error).to.be.instanceOf(NotPublishable);
      expect(briefly(error.violations)).to.deep.equal(['deadlineAt in_the_past']);
      expect(opportunity.state).to.deep.equal(closed);

      opportunity.edit({ deadlineAt: later(30) }, by('owner', later(20)));
      expect(opportunity.reopen(by('owner', later(20))).opportunity.status).to.equal('published');
    });

    it('reports everything that readers would miss, because a closed opportunity may lose details like a draft', () => {
      const { opportunity } = anOpportunity();
      opportunity.close('filled', by('owner'));
      opportunity.edit(incomplete(), by('owner'));
      const before = opportunity.state;
      const error = thrownBy(() => opportunity.reopen(by('owner'))) as NotPublishable;
      expect(briefly(error.violations)).to.have.members(ALL_OBSTACLES);
      expect(opportunity.state).to.deep.equal(before);
    });
  });

  describe('events', () => {
    it('carry the state right after the change, and keep it when the opportunity changes again', () => {
      const { opportunity, created } = anOpportunity({ status: 'draft' });
      const published = opportunity.publish(by('owner', later(1)));
      const closed = opportunity.close('filled', by('owner', later(2)));
      const edited = opportunity.edit({ title: 'Filled, thank you' }, by('owner', later(3)))!;
      const reopened = opportunity.reopen(by('owner', later(4)));
      const removed = opportunity.remove('Spam.', by('moderator', later(5)));
      const restored = opportunity.restore(by('moderator', later(6)));
      const deleted = opportunity.delete(by('owner', later(7)))!;
      const events = [created, published, closed, edited, reopened, removed, restored, deleted];
      const seen = events.map(({ opportunity: { status, version, updatedAt } }) => ({
        status,
        version,
        updatedAt,
      }));
      expect(seen).to.deep.equal([
        { status: 'draft', version: 1, updatedAt: SOME_DAY },
        { status: 'published', version: 2, updatedAt: later(1) },
        { status: 'closed', version: 3, updatedAt: later(2) },
        { status: 'closed', version: 4, updatedAt: later(3) },
        { status: 'published', version: 5, updatedAt: later(4) },
        { status: 'removed', version: 6, updatedAt: later(5) },
        { status: 'published', version: 7, updatedAt: later(6) },
        { status: 'deleted', version: 8, updatedAt: later(7) },
      ]);
      expect(events.map(({ opportunity: { details } }) => details.title === 'Filled, thank you')).to.deep.equal([
        ...[false, false, false],
        ...[true, true, true, true, true],
      ]);
    });
  });

  describe('isOpenAt', () => {
    const opensAt = SOME_DAY;
    const deadlineAt = later(1000);
    for (const [name, dates, instant, open] of [
      ['has no dates', {}, later(0), true],
      ['a millisecond before it opens', { opensAt }, later(-1), false],
      ['at the instant it opens', { opensAt }, later(0), true],
      ['a millisecond before its deadline', { deadlineAt }, later(999), true],
      ['at its deadline', { deadlineAt }, later(1000), false],
      ['after its deadline', { deadlineAt }, later(1001), false],
      ['between the two', { opensAt, deadlineAt }, later(500), true],
      ['before both', { opensAt, deadlineAt }, later(-1), false],
    ] as const) {
      it(`a published opportunity ${name} is ${open ? 'open' : 'not open'}`, () => {
        const opportunity = loadedOpportunity('published', someDetails(dates));
        expect(opportunity.isOpenAt(instant)).to.equal(open);
      });
    }

    for (const status of ['draft', 'closed', 'removed', 'deleted'] as const) {
      it(`a ${status} opportunity is never open`, () => {
        expect(loadedOpportunity(status).isOpenAt(SOME_DAY)).to.equal(false);
      });
    }
  });

  it('behaves the same when it comes back from its state', () => {
    const { opportunity } = anOpportunity({ status: 'draft', details: fullDetails() });
    const loaded = Opportunity.fromState(opportunity.state);
    const live = (one: Opportunity) => [
      one.state,
      one.publish(by('owner', later(1))),
      one.isOpenAt(later(1)),
      one.close('expired', by('moderator', later(2))),
      one.isOpenAt(later(2)),
      one.edit({ tags: [] }, by('owner', later(3))),
      one.reopen(by('owner', later(4))),
      one.remove('Spam.', by('moderator', later(5))),
      one.restore(by('moderator', later(6))),
      one.delete(by('owner', later(7))),
      one.state,
    ];
    expect(live(loaded)).to.deep.equal(live(opportunity));
  });

  it('comes back from every state that an operation leaves behind, and shares nothing that changes', () => {
    const { opportunity } = anOpportunity({ status: 'draft', details: fullDetails() });
    const operations = [
      () => opportunity.publish(by('owner', later(1))),
      () => opportunity.close('filled', by('owner', later(2))),
      () => opportunity.remove('Spam.', by('moderator', later(3))),
      () => opportunity.restore(by('moderator', later(4))),
      () => opportunity.delete(by('owner', later(5))),
    ];
    for (const operation of operations) {
      const { state } = opportunity;
      const back = Opportunity.fromState(state);
      operation();
      expect(back.state).to.deep.equal(state);
      expect(opportunity.state).not.to.deep.equal(state);
    }
  });

  it('comes back from a state that today’s rules would refuse, and checks the rules at the next operation', () => {
    const { state } = anOpportunity({ status: 'draft' }).opportunity;
    const old = Opportunity.fromState({ ...state, details: someDetails({ title: '' }) });
    expect(old.details.title).to.equal('');
    expect(thrownBy(() => old.edit({ tags: ['node'] }, by('owner', later(1))))).to.be.instanceOf(InvalidOpportunity);
    expect(old.delete(by('owner', later(2)))).to.include({ name: 'OpportunityDeleted' });
  });
});
