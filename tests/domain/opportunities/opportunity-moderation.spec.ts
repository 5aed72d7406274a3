import { expect } from 'chai';
import { InvalidOpportunity } from '#domain/opportunities/opportunity-errors';
import { removalReasonViolations } from '#domain/opportunities/opportunity-invariants';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const later = (milliseconds: number) => new Date(SOME_DAY.getTime() + milliseconds);
const by = (actorId: string, at = SOME_DAY) => ({ actorId, at });
const REMOVABLE = ['draft', 'published', 'closed'] as const;

describe('Opportunity, remove and restore', () => {
  for (const status of REMOVABLE) {
    it(`hides a ${status} opportunity, stores the reason, and gives the event`, () => {
      const opportunity = loadedOpportunity(status);
      const before = opportunity.state;
      const removed = opportunity.remove('Asks for money.\nSee the rules.', by('moderator', later(3)));
      expect(opportunity.state).to.deep.equal({
        ...before,
        status: 'removed',
        removedFrom: status,
        removalReason: 'Asks for money.\nSee the rules.',
        version: 2,
        updatedAt: later(3),
      });
      expect(removed).to.deep.equal({
        name: 'OpportunityRemoved',
        opportunity: opportunity.state,
        actorId: 'moderator',
        occurredAt: later(3),
        reason: 'Asks for money.\nSee the rules.',
      });
    });

    it(`makes the opportunity ${status} again, with all details as before, and gives the event`, () => {
      const opportunity = loadedOpportunity(status);
      const before = opportunity.state;
      opportunity.remove('By mistake.', by('moderator', later(1)));
      const restored = opportunity.restore(by('admin', later(2)));
      expect(opportunity.state).to.deep.equal({ ...before, version: 3, updatedAt: later(2) });
      expect(restored).to.deep.equal({
        name: 'OpportunityRestored',
        opportunity: opportunity.state,
        actorId: 'admin',
        occurredAt: later(2),
      });
    });

    it(`does the same to a ${status} opportunity a second time`, () => {
      const opportunity = loadedOpportunity(status);
      for (const reason of ['Once.', 'Twice.']) {
        opportunity.remove(reason, by('moderator'));
        expect(opportunity).to.include({ status: 'removed', removedFrom: status, removalReason: reason });
        opportunity.restore(by('moderator'));
        expect(opportunity).to.include({ status, removedFrom: null, removalReason: null });
      }
      expect(opportunity.version).to.equal(5);
    });
  }

  for (const [name, reason, expected] of [
    ['one character', 'x', []],
    ['500 characters, each two UTF-16 units', '🚀'.repeat(500), []],
    ['several lines', 'First.\n\tSecond.', []],
    ['nothing', '', ['too_short']],
    ['501 characters', 'x'.repeat(501), ['too_long']],
    ['blanks alone', ' \n ', ['blank']],
    ['a control character', 'x\u0000', ['invalid_characters']],
    ['half of a surrogate pair', 'x\ud83d', ['invalid_characters']],
  ] as const) {
    it(`checks a reason of ${name}: ${expected.join(', ') || 'valid'}`, () => {
      const opportunity = loadedOpportunity('published');
      const before = opportunity.state;
      const violations = removalReasonViolations(reason);
      expect(violations.map(({ path, code }) => [path, code])).to.deep.equal(
        expected.map((code) => [['reason'], code]),
      );
      if (violations.length === 0) {
        expect(opportunity.remove(reason, by('moderator')).reason).to.equal(reason);
        return;
      }
      const error = thrownBy(() => opportunity.remove(reason, by('moderator')));
      expect(error).to.be.instanceOf(InvalidOpportunity);
      expect((error as InvalidOpportunity).violations).to.deep.equal(violations);
      expect(opportunity.state).to.deep.equal(before);
    });
  }
});

describe('Opportunity, delete', () => {
  for (const status of REMOVABLE) {
    it(`leaves a tombstone of a ${status} opportunity, and gives the event`, () => {
      const opportunity = loadedOpportunity(status);
      const before = opportunity.state;
      const deleted = opportunity.delete(by('owner', later(4)));
      expect(opportunity.state).to.deep.equal({
        ...before,
        status: 'deleted',
        version: 2,
        updatedAt: later(4),
        deletedAt: later(4),
      });
      expect(deleted).to.deep.equal({
        name: 'OpportunityDeleted',
        opportunity: opportunity.state,
        actorId: 'owner',
        occurredAt: later(4),
      });
    });
  }

  it('changes nothing and gives no event the second time', () => {
    const opportunity = loadedOpportunity('published');
    opportunity.delete(by('owner', later(1)));
    const before = opportunity.state;
    expect(opportunity.delete(by('admin', later(2)))).to.equal(undefined);
    expect(opportunity.state).to.deep.equal(before);
  });

  it('is possible again after the opportunity was restored', () => {
    const opportunity = loadedOpportunity('closed');
    opportunity.remove('By mistake.', by('moderator'));
    opportunity.restore(by('moderator'));
    expect(opportunity.delete(by('owner'))?.opportunity.status).to.equal('deleted');
  });
});
