import { expect } from 'chai';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import { InvalidOpportunity } from '#domain/opportunities/opportunity-errors';
import type { Violation } from '#domain/domain-error';
import { anOpportunity, fullDetails, SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

type Changes = Partial<OpportunityDetails>;

const later = (milliseconds: number) => new Date(SOME_DAY.getTime() + milliseconds);
const by = (actorId: string, at = SOME_DAY) => ({ actorId, at });
const briefly = (violations: readonly Violation[]) => violations.map(({ path, code }) => `${path.join('.')} ${code}`);
const backwards = <T extends object>(value: T) => Object.fromEntries(Object.entries(value).reverse()) as T;

/** Another value for every field. Each value is still valid together with all the others. */
const OTHERWISE: { readonly [Field in keyof OpportunityDetails]: OpportunityDetails[Field] } = {
  type: 'grant',
  title: 'Another title',
  summary: null,
  description: 'Another description',
  organizationName: null,
  organizationUrl: null,
  workMode: 'remote',
  location: { ...fullDetails().location!, city: 'Gdynia' },
  compensation: { ...fullDetails().compensation!, minAmount: 1 },
  commitment: 'one_off',
  opensAt: new Date('2026-01-01T00:00:00.002Z'),
  deadlineAt: null,
  startsAt: new Date('2099-01-01T08:00:00.001Z'),
  endsAt: null,
  timeZone: 'Europe/Madrid',
  openings: 4,
  eligibility: { ...fullDetails().eligibility!, minAge: null },
  applyUrl: 'https://acme.example.com/elsewhere',
  applyEmail: null,
  tags: ['node', 'c++', 'a"b,c}'],
  languages: ['en-GB', 'pl'],
};
const FIELDS = Object.keys(OTHERWISE) as (keyof OpportunityDetails)[];

describe('Opportunity, edit', () => {
  for (const status of ['draft', 'published', 'closed'] as const) {
    it(`changes a ${status} opportunity, leaves its other details as they were, and gives the event`, () => {
      const opportunity = loadedOpportunity(status, fullDetails());
      const before = opportunity.state;
      const updated = opportunity.edit({ title: 'Another title', openings: null }, by('admin', later(5)));
      expect(opportunity.state).to.deep.equal({
        ...before,
        details: { ...fullDetails(), title: 'Another title', openings: null },
        version: 2,
        updatedAt: later(5),
      });
      expect(updated).to.deep.equal({
        name: 'OpportunityUpdated',
        opportunity: opportunity.state,
        actorId: 'admin',
        occurredAt: later(5),
        changedFields: ['title', 'openings'],
      });
    });
  }

  it('does not change the state in earlier events and of earlier readers', () => {
    const { opportunity, created } = anOpportunity({ details: fullDetails() });
    opportunity.edit(OTHERWISE, by('owner'));
    expect(created.opportunity.details).to.deep.equal(fullDetails());
    expect(opportunity.details).to.deep.equal(OTHERWISE);
  });

  describe('names the changed fields', () => {
    for (const field of FIELDS) {
      it(`${field} alone, when only this field changes`, () => {
        const { opportunity } = anOpportunity({ details: fullDetails() });
        expect(opportunity.edit({ [field]: OTHERWISE[field] }, by('owner'))?.changedFields).to.deep.equal([field]);
      });

      it(`${field} alone, when the other fields are repeated unchanged`, () => {
        const { opportunity } = anOpportunity({ details: fullDetails() });
        const changes = { ...fullDetails(), [field]: OTHERWISE[field] };
        expect(opportunity.edit(changes, by('owner'))?.changedFields).to.deep.equal([field]);
      });
    }

    it('all fields, in the order of the details', () => {
      const { opportunity } = anOpportunity({ details: fullDetails() });
      expect(opportunity.edit(backwards(OTHERWISE), by('owner'))?.changedFields).to.deep.equal(FIELDS);
    });

    for (const [name, tags] of [
      ['one more', ['a', 'b', 'c']],
      ['one less', ['a']],
      ['another order', ['b', 'a']],
      ['none', []],
    ] as const) {
      it(`a list: ${name}`, () => {
        const { opportunity } = anOpportunity({ details: someDetails({ tags: ['a', 'b'] }) });
        expect(opportunity.edit({ tags }, by('owner'))?.changedFields).to.deep.equal(['tags']);
      });
    }

    for (const [name, before, after] of [
      ['something where nothing was', null, fullDetails().location],
      ['nothing where something was', fullDetails().location, null],
      ['a nested null where a number was', fullDetails().location, { ...fullDetails().location!, region: 'Łódź' }],
    ] as const) {
      it(`location: ${name}`, () => {
        const { opportunity } = anOpportunity({ details: someDetails({ location: before }) });
        expect(opportunity.edit({ location: after }, by('owner'))?.changedFields).to.deep.equal(['location']);
      });
    }
  });

  describe('changes nothing and gives no event when nothing is different', () => {
    const full = fullDetails();
    for (const [name, changes] of [
      ['nothing was said', {}],
      ['everything was said again', fullDetails()],
      ['the same instant is another Date', { deadlineAt: new Date(full.deadlineAt!) }],
      ['the keys of a nested value have another order', { location: backwards(full.location!) }],
      ['all keys have another order', backwards({ ...full, compensation: backwards(full.compensation!) })],
      ['a text is the same in normalisation form C', { title: full.title.normalize('NFD') }],
      ['a nested text is', { location: { ...full.location!, city: full.location!.city!.normalize('NFD') } }],
      ['an entry of a list is', { tags: full.tags.map((tag) => tag.normalize('NFD')) }],
    ] satisfies [string, Changes][]) {
      it(name, () => {
        const { opportunity } = anOpportunity({ details: fullDetails() });
        const before = opportunity.state;
        expect(opportunity.edit(changes, by('owner', later(5)))).to.equal(undefined);
        expect(opportunity.state).to.deep.equal(before);
      });
    }

    it('even when a current rule would refuse the stored details', () => {
      const opportunity = loadedOpportunity('published', someDetails({ description: null }));
      expect(opportunity.edit({ description: null }, by('owner'))).to.equal(undefined);
    });
  });

  it('stores texts in normalisation form C', () => {
    const { opportunity } = anOpportunity();
    opportunity.edit({ title: 'Café'.normalize('NFD'), tags: ['żółw'.normalize('NFD')] }, by('owner'));
    expect(opportunity.details).to.deep.include({ title: 'Café', tags: ['żółw'] });
  });

  describe('refuses', () => {
    const deadlineAt = later(1000);
    for (const [name, status, given, changes, at, expected] of [
      ['every broken invariant at once', 'draft', {}, { title: '', openings: 0 }, 0, ['title', 'openings']],
      [
        'what does not go together with what stands',
        'draft',
        { startsAt: later(5) },
        { endsAt: later(4) },
        0,
        ['endsAt'],
      ],
      ['a published one without a description', 'published', {}, { description: null }, 0, ['description']],
      ['a published one with an empty description, once', 'published', {}, { description: '' }, 0, ['description']],
      ['a published one without any way to apply', 'published', {}, { applyUrl: null }, 0, ['applyUrl']],
      ['a published one onsite without a place', 'published', {}, { workMode: 'onsite' }, 0, ['location']],
      [
        'a published one with all of that',
        'published',
        {},
        { title: '', description: null },
        0,
        ['title', 'description'],
      ],
      ['a published one whose new deadline is now', 'published', {}, { deadlineAt }, 1000, ['deadlineAt']],
      [
        'another deadline that has passed too',
        'published',
        { deadlineAt },
        { deadlineAt: later(1) },
        1001,
        ['deadlineAt'],
      ],
    ] satisfies [string, 'draft' | 'published', Changes, Changes, number, string[]][]) {
      it(name, () => {
        const opportunity = loadedOpportunity(status, someDetails(given));
        const before = opportunity.state;
        const error = thrownBy(() => opportunity.edit(changes, by('owner', later(at)))) as InvalidOpportunity;
        expect(error).to.be.instanceOf(InvalidOpportunity).with.property('code', 'validation_failed');
        expect(error.violations.map(({ path }) => path[0])).to.have.members(expected);
        expect(opportunity.state).to.deep.equal(before);
      });
    }

    it('with the same codes as create and publish', () => {
      const opportunity = loadedOpportunity('published');
      const changes = { description: null, applyUrl: null, workMode: 'hybrid', deadlineAt: later(0) } as const;
      const error = thrownBy(() => opportunity.edit(changes, by('owner'))) as InvalidOpportunity;
      expect(briefly(error.violations)).to.have.members([
        'description required',
        'applyUrl required',
        'location required',
        'deadlineAt in_the_past',
      ]);
    });
  });

  describe('allows', () => {
    const deadlineAt = later(1000);
    for (const [name, status, given, changes, at] of [
      ['a draft to be incomplete', 'draft', {}, { description: null, applyUrl: null, workMode: 'onsite' }, 0],
      ['a closed one to be incomplete', 'closed', {}, { description: null, applyUrl: null, workMode: 'onsite' }, 0],
      ['a draft a deadline that has passed', 'draft', {}, { deadlineAt }, 2000],
      ['a closed one a deadline that has passed', 'closed', {}, { deadlineAt }, 2000],
      ['other changes after the deadline', 'published', { deadlineAt }, { title: 'Too late' }, 2000],
      [
        'other changes, with the passed deadline said again',
        'published',
        { deadlineAt },
        { title: 'Too late', deadlineAt },
        2000,
      ],
      ['a passed deadline to be moved', 'published', { deadlineAt }, { deadlineAt: later(2001) }, 2000],
      ['a passed deadline to be dropped', 'published', { deadlineAt }, { deadlineAt: null }, 2000],
      ['an e-mail address in place of the URL', 'published', {}, { applyUrl: null, applyEmail: 'a@b.org' }, 0],
    ] satisfies [string, 'draft' | 'published' | 'closed', Changes, Changes, number][]) {
      it(name, () => {
        const opportunity = loadedOpportunity(status, someDetails(given));
        opportunity.edit(changes, by('owner', later(at)));
        expect(opportunity).to.deep.include({ status, version: 2, details: someDetails({ ...given, ...changes }) });
      });
    }
  });
});
