import { expect } from 'chai';
import fc from 'fast-check';
import {
  LIST_ORDERS,
  type ListedField,
  type ListFilter,
  type ListOrder,
  type ListPage,
  type ListPosition,
  ListPositionMalformed,
  type OpportunityCatalogue,
} from '#application/ports/opportunities/opportunity-catalogue';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import { visibleTo, type Visibility } from '#domain/opportunities/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { textViolation } from '#domain/text';
import { StorageUnavailable } from '#application/ports/application-error';
import { rejection } from '../../support/system/rejection.ts';
import { aListing } from '../../support/opportunities/a-listing.ts';
import {
  anOpportunity,
  fullDetails,
  SOME_DAY,
  someDetails,
  someId,
} from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';

export type OpportunityCatalogueHarness = {
  readonly catalogue: OpportunityCatalogue;
  store(opportunity: Opportunity): Promise<void>;
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

/** The contract of every OpportunityCatalogue. */
export function opportunityCatalogueContract(start: () => Promise<OpportunityCatalogueHarness>): void {
  const stranger = visibleTo({ id: 'stranger', role: 'user' });
  const nobody = visibleTo(undefined);
  const owner = visibleTo({ id: 'owner', role: 'user' });
  const moderator = visibleTo({ id: 'moderator', role: 'moderator' });
  let harness: OpportunityCatalogueHarness;

  beforeEach(async () => {
    harness = await start();
  });

  async function stored(given: Parameters<typeof anOpportunity>[0]): Promise<Opportunity> {
    const { opportunity } = anOpportunity(given);
    await harness.store(opportunity);
    return opportunity;
  }

  it('finds a published opportunity for everybody', async () => {
    const { id, state } = await stored({});
    for (const visibility of [nobody, stranger, owner, moderator])
      expect((await harness.catalogue.find(id, visibility))?.state).to.deep.equal(state);
  });

  it('finds a draft only for its owner, moderators and admins', async () => {
    const { id } = await stored({ status: 'draft' });
    expect((await harness.catalogue.find(id, owner))?.id).to.equal(id);
    expect((await harness.catalogue.find(id, moderator))?.id).to.equal(id);
    for (const visibility of [nobody, stranger])
      expect(await harness.catalogue.find(id, visibility)).to.equal(undefined);
  });

  it('finds nothing under an unknown id', async () => {
    expect(await harness.catalogue.find(someId(), moderator)).to.equal(undefined);
  });

  it('finds a deleted opportunity for nobody', async () => {
    const { opportunity } = anOpportunity({});
    opportunity.delete({ actorId: 'owner', at: new Date() });
    await harness.store(opportunity);
    for (const visibility of [nobody, stranger, owner, moderator])
      expect(await harness.catalogue.find(opportunity.id, visibility)).to.equal(undefined);
  });

  it('returns objects that nobody shares', async () => {
    const { id } = await stored({ details: fullDetails() });
    const found = (await harness.catalogue.find(id, stranger))!;
    found.close('filled', { actorId: 'owner', at: SOME_DAY });
    (found.details.tags as string[]).push('changed');
    const fields: ListedField[] = ['id', 'tags', 'location'];
    const [item] = (await harness.catalogue.list(stranger, aListing({ fields }))).items;
    (item?.tags as string[]).push('changed');
    Object.assign(item!.location!, { city: 'changed' });

    const again = (await harness.catalogue.find(id, stranger))!;
    expect(again.status).to.equal('published');
    expect(again.details).to.deep.equal(fullDetails());
    const { tags, location } = fullDetails();
    expect((await harness.catalogue.list(stranger, aListing({ fields }))).items).to.deep.equal([
      { id, tags, location },
    ]);
  });

  it('changes nothing of what it is given', async () => {
    await stored({});
    const [listing, visibility] = [aListing({ filter: { tags: [], search: 'backend' } }), visibleTo(undefined)];
    const before = structuredClone([listing, visibility]);
    await harness.catalogue.list(visibility, listing);
    await harness.catalogue.find(someId(), visibility);
    expect([listing, visibility]).to.deep.equal(before);
  });

  it('throws StorageUnavailable while the storage is away, and works again afterwards', async () => {
    const { id } = await stored({});
    await harness.breakStorage();
    try {
      for (const attempt of [
        harness.catalogue.find(id, stranger),
        harness.catalogue.list(stranger, aListing()),
        harness.catalogue.list(stranger, aListing({ order: 'relevance', filter: { search: 'backend' } })),
      ])
        expect(await rejection(attempt)).to.be.instanceOf(StorageUnavailable);
    } finally {
      await harness.healStorage();
    }
    expect((await harness.catalogue.find(id, stranger))?.id).to.equal(id);
    expect((await harness.catalogue.list(stranger, aListing())).items).to.deep.equal([{ id }]);
  });

  describe('a list', () => {
    const minute = (n: number) => new Date(SOME_DAY.getTime() + n * 60_000);
    const idsIn = ({ items }: ListPage) => items.map(({ id }) => id);
    const idsOf = async (given: Parameters<typeof aListing>[0] = {}, visibility = stranger) =>
      idsIn(await harness.catalogue.list(visibility, aListing(given)));
    const storedWith = async (details: Partial<OpportunityDetails>, at = SOME_DAY) =>
      (await stored({ at, details: someDetails(details) })).id;
    const storedIn = async (status: OpportunityStatus, ownerId = 'owner') => {
      const opportunity = Object.assign(loadedOpportunity(status), { ownerId });
      await harness.store(opportunity);
      return opportunity.id;
    };

    it('returns every field as it was stored', async () => {
      const { opportunity } = anOpportunity({ details: fullDetails() });
      opportunity.close('filled', { actorId: 'owner', at: minute(1) });
      await harness.store(opportunity);
      const { details, removedFrom, deletedAt, ...state } = opportunity.state;
      const all = { ...details, ...state };
      const fields = Object.keys(all) as ListedField[];
      const { items } = await harness.catalogue.list(stranger, aListing({ fields, filter: { statuses: ['closed'] } }));
      expect(items).to.deep.equal([answered(all)]);
      expect({ removedFrom, deletedAt }).to.deep.equal({ removedFrom: null, deletedAt: null });
    });

    it('returns null for every field without a value', async () => {
      const { details, ...state } = (await stored({})).state;
      const fields = Object.keys(details) as ListedField[];
      const { items } = await harness.catalogue.list(stranger, aListing({ fields }));
      expect(items).to.deep.equal([answered(details)]);
      expect(state.status).to.equal('published');
    });

    it('shows published and closed opportunities to everybody, and deleted ones to nobody', async () => {
      const [published, closed] = [await storedIn('published'), await storedIn('closed')];
      await storedIn('deleted');
      const statuses = ['draft', 'published', 'closed', 'removed', 'deleted'] as const;
      for (const visibility of [stranger, owner, moderator]) {
        expect(await idsOf({ filter: { statuses: ['published'] } }, visibility)).to.deep.equal([published]);
        expect(await idsOf({ filter: { statuses: ['closed'] } }, visibility)).to.deep.equal([closed]);
        expect(await idsOf({ filter: { statuses: ['deleted'] } }, visibility)).to.deep.equal([]);
        expect(await idsOf({ filter: { statuses } }, visibility)).to.have.members([published, closed]);
      }
    });

    it('shows drafts and removed opportunities only to their owner, moderators and admins, whatever the filter', async () => {
      const other = visibleTo({ id: 'other', role: 'user' });
      const details = someDetails({ ...fullDetails(), deadlineAt: minute(60), opensAt: null });
      const secrets: string[] = [];
      for (const ownerId of ['owner', 'other']) {
        secrets.push((await stored({ ownerId, status: 'draft', details })).id);
        const { opportunity } = anOpportunity({ ownerId, details });
        opportunity.remove('Spam.', { actorId: 'moderator', at: minute(1) });
        await harness.store(opportunity);
        secrets.push(opportunity.id);
      }
      const [ownDraft, ownRemoved, otherDraft, otherRemoved] = secrets;
      const open = await storedIn('published', 'other');
      const filters: Partial<ListFilter>[] = [
        {},
        { types: ['job'] },
        { workModes: ['hybrid'] },
        { commitments: ['part_time'] },
        { tags: ['node'] },
        { countries: ['PL'] },
        { cities: ['Łódź'] },
        { deadline: { from: SOME_DAY, to: null } },
        { search: 'senior' },
        { search: 'senior', types: ['job'], tags: ['node'] },
      ];
      for (const order of LIST_ORDERS)
        for (const filter of filters.filter(({ search }) => order !== 'relevance' || search !== undefined)) {
          const seen = (visibility: Visibility, statuses: OpportunityStatus[], ownerId: string | null = null) =>
            idsOf({ order, filter: { ...filter, statuses, ownerId } }, visibility);
          expect(await seen(owner, ['draft']), JSON.stringify([order, filter])).to.deep.equal([ownDraft]);
          expect(await seen(other, ['draft'])).to.deep.equal([otherDraft]);
          expect(await seen(other, ['removed'])).to.deep.equal([otherRemoved]);
          expect(await seen(owner, ['draft', 'removed'])).to.have.members([ownDraft, ownRemoved]);
          expect(await seen(owner, ['draft', 'removed'], 'owner')).to.have.members([ownDraft, ownRemoved]);
          expect(await seen(owner, ['draft', 'removed'], 'other')).to.deep.equal([]);
          expect(await seen(stranger, ['draft', 'removed'])).to.deep.equal([]);
          expect(await seen(moderator, ['draft', 'removed'])).to.have.members(secrets);
          expect(await seen(moderator, ['draft', 'removed'], 'other')).to.have.members([otherDraft, otherRemoved]);
        }
      expect(await idsOf({ filter: { statuses: ['draft', 'published', 'removed'] } }, owner)).to.have.members([
        ownDraft,
        ownRemoved,
        open,
      ]);
    });

    it('combines values of one filter with OR, and different filters with AND', async () => {
      const madrid = { label: 'M', city: 'MADRID', region: null, country: 'ES', latitude: null, longitude: null };
      const job = await storedWith({ type: 'job', workMode: 'remote', tags: ['node', 'c++'], location: madrid });
      const event = await storedWith({ type: 'event', commitment: 'one_off', tags: ['node'] });
      const grant = await storedWith({ type: 'grant', workMode: 'hybrid', location: { ...madrid, country: 'MX' } });
      for (const [filter, ...expected] of [
        [{ types: ['job'] }, job],
        [{ types: ['job', 'event'] }, job, event],
        [{ types: ['course'] }],
        [{ tags: ['node'] }, job, event],
        [{ tags: ['c++', 'none'] }, job],
        [{ workModes: ['remote', 'hybrid'] }, job, grant],
        [{ commitments: ['one_off'] }, event],
        [{ countries: ['ES'] }, job],
        [{ countries: ['ES', 'MX'] }, job, grant],
        [{ cities: ['madrid'] }, job, grant],
        [{ cities: ['Madrid', 'Paris'] }, job, grant],
        [{ types: ['job', 'event'], tags: ['node'], countries: ['ES'] }, job],
        [{ types: ['event'], countries: ['ES'] }],
        [{ ownerId: 'owner' }, job, event, grant],
        [{ ownerId: 'stranger' }],
        // A value matches only its own field, and a text that looks like SQL stays a text.
        [{ tags: ['job'] }],
        [{ cities: ["' OR 1=1 --"] }],
        [{ tags: ['{node}', 'node,c++', '"node"', '\\'] }],
      ] as [Partial<ListFilter>, ...string[]][])
        expect(await idsOf({ filter }), JSON.stringify(filter)).to.have.members(expected);
    });

    it('compares cities without regard to case, in any script', async () => {
      const at = (city: string) => ({ ...fullDetails().location!, city });
      const id = await storedWith({ location: at('ŁÓDŹ') });
      const greek = await storedWith({ location: at('Αθήνα') });
      expect(await idsOf({ filter: { cities: ['łódź'] } })).to.deep.equal([id]);
      expect(await idsOf({ filter: { cities: ['ΑΘΉΝΑ'] } })).to.deep.equal([greek]);
      expect(await idsOf({ filter: { cities: ['Lodz'] } })).to.deep.equal([]);
    });

    it('includes the start of a range, excludes its end, and leaves out opportunities without the instant', async () => {
      const early = await storedWith({ deadlineAt: minute(100) }, minute(1));
      const late = await storedWith({ deadlineAt: minute(200) }, minute(2));
      await storedWith({}, minute(3));
      await storedIn('draft');
      const range = (from: number | null, to: number | null) => ({
        from: from === null ? null : minute(from),
        to: to === null ? null : minute(to),
      });
      for (const order of ['-publishedAt', 'deadlineAt', '-updatedAt'] as const) {
        const deadline = (from: number | null, to: number | null) =>
          idsOf({ order, filter: { deadline: range(from, to) } });
        const published = (from: number | null, to: number | null) =>
          idsOf({ order, filter: { published: range(from, to), statuses: ['draft', 'published'] } }, owner);
        expect(await deadline(100, 200)).to.deep.equal([early]);
        expect(await deadline(101, null)).to.deep.equal([late]);
        expect(await deadline(null, 200)).to.deep.equal([early]);
        expect(await deadline(null, 201)).to.have.members([early, late]);
        expect(await published(1, 2)).to.deep.equal([early]);
        expect(await published(1, 3)).to.have.members([early, late]);
        expect(await published(null, 3)).to.have.members([early, late]);
        expect(await published(3, null)).to.have.length(1);
      }
    });

    it('finds opportunities that are open at an instant', async () => {
      const always = await storedWith({});
      const later = await storedWith({ opensAt: minute(10), deadlineAt: minute(20) });
      await storedIn('closed');
      for (const order of ['-publishedAt', 'deadlineAt', '-updatedAt'] as const) {
        const openAt = (n: number) =>
          idsOf({ order, filter: { openAt: minute(n), statuses: ['published', 'closed'] } });
        expect(await openAt(9)).to.deep.equal([always]);
        expect(await openAt(10)).to.have.members([always, later]);
        expect(await openAt(19)).to.have.members([always, later]);
        expect(await openAt(20)).to.deep.equal([always]);
      }
    });

    it('has four orders, in which a missing instant comes last and the id decides between equal instants', async () => {
      const deadlines = { a: minute(100), b: null, c: minute(50), d: minute(50) };
      const [a, b, c, d] = [
        await storedWith({ deadlineAt: deadlines.a }, minute(2)),
        await storedWith({ deadlineAt: deadlines.b }, minute(1)),
        await storedWith({ deadlineAt: deadlines.c }, minute(2)),
        await storedWith({ deadlineAt: deadlines.d, title: 'A golf internship' }, minute(3)),
      ];
      const draft = await storedIn('draft');
      const inOrder = (order: ListOrder, filter: Partial<ListFilter> = {}) =>
        idsOf({ order, filter: { statuses: ['draft', 'published'], ...filter } }, owner);
      expect(await inOrder('-publishedAt')).to.deep.equal([d, c, a, b, draft]);
      expect(await inOrder('-updatedAt')).to.deep.equal([d, c, a, b, draft]);
      expect(await inOrder('deadlineAt')).to.deep.equal([c, d, a, b, draft]);
      expect(await inOrder('relevance', { search: 'golf or build' })).to.deep.equal([d, c, a, b, draft]);
    });

    it('sorts by the last change', async () => {
      const { opportunity: changed } = anOpportunity({ at: minute(1) });
      changed.edit({ title: 'Another title' }, { actorId: 'owner', at: minute(9) });
      await harness.store(changed);
      const newer = await storedWith({}, minute(2));
      expect(await idsOf({ order: '-updatedAt' })).to.deep.equal([changed.id, newer]);
      expect(await idsOf({ order: '-publishedAt' })).to.deep.equal([newer, changed.id]);
    });

    it('finds words in every text and in any case, and completes the last word', async () => {
      const id = await storedWith({
        title: 'Golang Internship',
        organizationName: 'Ünïcode Foundation',
        tags: ['machine learning', 'c++'],
        summary: 'Short & sweet',
        description: "It's a back-end role – “remote”…\nSalary: 東京。100€ 🚀rocket",
      });
      await storedWith({ title: 'Other', description: 'Else' });
      const found = async (search: string) => (await idsOf({ filter: { search } })).includes(id);
      for (const search of [
        'golang',
        'GOLANG',
        'intern',
        'golang intern',
        'internship golang',
        'ünïcode',
        'ÜNÏCODE foun',
        'learning',
        'machine learn',
        'sweet',
        'role',
        'back-end',
        '"golang internship"',
        '"golang intern',
        'golang -rust',
        'rust or golang',
        'golang or rust',
        '東京',
        'remote',
        'rocket',
        '“golang internship”',
        'golang ???',
      ])
        expect(await found(search), search).to.equal(true);
      for (const search of [
        'rust',
        'golang rust',
        'gol internship',
        'lang',
        '"internship golang"',
        '“internship golang”',
        '"golang intern"',
        'golang -internship',
        '-rust',
        'golang or -rust',
        'golang or',
        '???',
        '-',
        '"',
        '""',
        "'",
        ':*',
        '& | ! <-> ( )',
        '\\',
        'i',
      ])
        expect(await found(search), search).to.equal(false);
    });

    it('accepts any text of the domain as a search', async () => {
      await storedWith({});
      const piece = fc.oneof(
        fc.constantFrom(
          '"',
          "'",
          '\\',
          ':*',
          '-',
          'or',
          '(',
          ')',
          '!',
          '&',
          '|',
          '<->',
          '*',
          '%',
          '_',
          '?',
          '$1',
          '{',
          ',',
        ),
        fc.constantFrom(
          'backend',
          'intern',
          'Back-end',
          'İ',
          'ß',
          '東京',
          'http://a.b/c?d=e',
          'a@b.c',
          '1.5e-3',
          "o'neill",
        ),
        fc.string({ unit: 'binary', maxLength: 5 }),
      );
      const search = fc
        .array(piece, { minLength: 1, maxLength: 6 })
        .chain((pieces) => fc.constantFrom('', ' ').map((between) => pieces.join(between).normalize('NFC')))
        .filter((text) => textViolation(text, { min: 1, max: 100, multiline: false }) === undefined);
      await fc.assert(
        fc.asyncProperty(search, async (text) => {
          for (const order of ['relevance', '-publishedAt'] as const)
            expect((await idsOf({ order, filter: { search: text } })).length).to.be.at.most(1);
          expect((await idsOf({ filter: { cities: [text], tags: [text], ownerId: text } })).length).to.equal(0);
        }),
        { numRuns: 300 },
      );
    }).timeout(60_000);

    it('ranks a word in the title above one in the description', async () => {
      const inDescription = await storedWith({ title: 'Other', description: 'All about golf.' }, minute(2));
      const inTitle = await storedWith({ title: 'Golf teacher', description: 'Else' }, minute(1));
      const inTags = await storedWith({ title: 'Other', tags: ['golf'], description: 'Else' }, minute(3));
      expect(await idsOf({ order: 'relevance', filter: { search: 'golf' } })).to.deep.equal([
        inTitle,
        inTags,
        inDescription,
      ]);
      expect(await idsOf({ order: '-publishedAt', filter: { search: 'golf' } })).to.deep.equal([
        inTags,
        inDescription,
        inTitle,
      ]);
    });

    it('returns the position of the next page only if there is a next page', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 4; n += 1) ids.unshift(await storedWith({}, minute(n)));
      const first = await harness.catalogue.list(stranger, aListing({ limit: 2 }));
      expect(idsIn(first)).to.deep.equal(ids.slice(0, 2));
      const second = await harness.catalogue.list(stranger, aListing({ limit: 2, after: first.next }));
      expect(idsIn(second)).to.deep.equal(ids.slice(2));
      expect(second.next).to.equal(null);
      const whole = await harness.catalogue.list(stranger, aListing({ limit: 4 }));
      expect(whole.next).to.equal(null);
    });

    it('goes on from a position at which the list has no opportunity', async () => {
      const oldest = await storedWith({}, minute(1));
      const middle = await storedWith({}, minute(2));
      for (const n of [3, 4]) {
        const { opportunity } = anOpportunity({ at: minute(n) });
        opportunity.close('filled', { actorId: 'owner', at: minute(5) });
        await harness.store(opportunity);
      }
      /** The position behind this number of opportunities, among which are closed ones. */
      const after = async (order: ListOrder, limit: number) => {
        const filter = { statuses: ['published', 'closed'] as const };
        return (await harness.catalogue.list(stranger, aListing({ order, limit, filter }))).next;
      };
      expect(await idsOf({ after: await after('-publishedAt', 1) })).to.deep.equal([middle, oldest]);
      expect(await idsOf({ after: await after('deadlineAt', 3), order: 'deadlineAt' })).to.deep.equal([]);
    });

    it('refuses a position that it did not issue, and a position of another order', async () => {
      for (let n = 0; n < 2; n += 1) await storedWith({ title: 'Golf' }, minute(n));
      const filter = { search: 'golf' };
      const { next } = await harness.catalogue.list(stranger, aListing({ limit: 1 }));
      const ranked = (await harness.catalogue.list(stranger, aListing({ limit: 1, order: 'relevance', filter }))).next;
      for (const given of [
        aListing({ after: '' }),
        aListing({ after: '[]' }),
        aListing({ after: 'null' }),
        aListing({ after: next!.slice(0, -2) }),
        aListing({ after: next!.replaceAll(/\d+/g, '-1') }),
        aListing({ after: ranked }),
        aListing({ after: next, order: 'relevance', filter }),
      ])
        expect(await rejection(harness.catalogue.list(stranger, given)), given.after!).to.be.instanceOf(
          ListPositionMalformed,
        );
    });

    for (const order of LIST_ORDERS)
      it(`pages by ${order} without repeating or skipping an opportunity, whatever is added meanwhile`, async () => {
        await fc.assert(
          fc.asyncProperty(
            someRows(5, 25),
            fc.array(someRows(0, 3), { maxLength: 6 }),
            someLimits,
            async (...given) => {
              harness = await start();
              const [before, meanwhile, limits] = given;
              const search = order === 'relevance' ? 'golf' : null;
              const store = async (rows: Row[]) => {
                const ids: string[] = [];
                for (const { draft, minutes, deadline, golf } of rows) {
                  const details = someDetails({
                    title: golf > 0 ? 'Golf '.repeat(golf).trim() : 'Other',
                    description: 'About golf.',
                    deadlineAt: deadline === null ? null : minute(1000 + deadline),
                  });
                  const { id } = await stored({ status: draft ? 'draft' : 'published', at: minute(minutes), details });
                  ids.push(id);
                }
                return ids;
              };
              const expected = await store(before);
              const seen: string[] = [];
              let after: ListPosition | null = null;
              let pages = 0;
              do {
                const limit = limits[pages % limits.length]!;
                const filter = { search, statuses: ['draft', 'published'] as const };
                const page: ListPage = await harness.catalogue.list(owner, aListing({ order, limit, after, filter }));
                expect(page.items.length).to.be.at.most(limit);
                seen.push(...page.items.map(({ id = '' }) => id));
                after = page.next;
                await store(meanwhile[pages] ?? []);
                pages += 1;
              } while (after !== null && pages < 100);
              expect(new Set(seen).size, 'repeated').to.equal(seen.length);
              expect(seen, 'lost').to.include.members(expected);
              expect(seen.filter((id) => expected.includes(id))).to.deep.equal(
                (await idsOf({ order, filter: { search, statuses: ['draft', 'published'] } }, owner)).filter((id) =>
                  expected.includes(id!),
                ),
              );
            },
          ),
          { numRuns: 15 },
        );
      }).timeout(60_000);
  });
}

/** Returns an opportunity as responses have it, with instants as text. */
const answered = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

type Row = { draft: boolean; minutes: number; deadline: number | null; golf: number };

/** Opportunities with few different instants and ranks, so that many are equal. */
const someRows = (minLength: number, maxLength: number) =>
  fc.array(
    fc.record({
      draft: fc.boolean(),
      minutes: fc.nat(4),
      deadline: fc.option(fc.nat(2)),
      golf: fc.nat(2),
    }),
    { minLength, maxLength },
  );
const someLimits = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
