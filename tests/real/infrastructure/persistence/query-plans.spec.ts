import { expect } from 'chai';
import type { ListFilter, Listing, ListOrder } from '#application/ports/opportunities/opportunity-catalogue';
import { visibleTo } from '#domain/opportunities/opportunity-policy';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { listStatement } from '#infrastructure/persistence/opportunities/list-statement';
import { createOrm } from '#infrastructure/persistence/orm';
import { placeAt, positionOf } from '#infrastructure/persistence/opportunities/list-position';
import { PostgresOpportunityCatalogue } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';
import { aListing } from '../../../support/opportunities/a-listing.ts';
import { fillWithOpportunities } from '../../../support/opportunities/many-opportunities.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { createTestDatabase } from '../../../support/servers/test-database.ts';

const ROWS = 100_000;
/** The largest number of pages of 8 KiB that a list may read. The table has more than ten thousand. */
const FEW = 400;
/** The limit when a list first scans some thousands of rows and finds too few matches. */
const SOME = 3000;
/** The limit when each of those rows is on another page, because the table is not stored in the order of the list. */
const SCATTERED = 12_000;

const LAST_DAY = new Date('2026-06-01T00:00:00Z');
const day = (n: number) => new Date(LAST_DAY.getTime() + n * 24 * 60 * 60 * 1000);
const ALL = ['draft', 'published', 'closed', 'removed'] as const;

type Case = { name: string; order?: ListOrder; filter?: Partial<ListFilter>; most?: number; finds?: number };

const CASES: Case[] = [
  ...(['-publishedAt', '-updatedAt', 'deadlineAt'] as const).flatMap((order): Case[] => {
    const scattered = order === '-publishedAt' ? SOME : SCATTERED;
    return [
      { name: 'all', order },
      { name: 'two statuses', order, filter: { statuses: ['published', 'closed'] } },
      { name: 'every status', order, filter: { statuses: ALL }, most: SOME },
      { name: 'one’s own drafts', order, filter: { statuses: ['draft'] }, most: 700 },
      { name: 'one’s own', order, filter: { statuses: ALL, ownerId: 'seed' }, most: 700 },
      { name: 'somebody’s', order, filter: { ownerId: 'owner-7' }, most: scattered },
      { name: 'what is open', order, filter: { openAt: LAST_DAY }, most: 700 },
      { name: 'a type', order, filter: { types: ['job'] }, most: 700 },
      { name: 'several types', order, filter: { types: ['job', 'event'] }, most: 700 },
      { name: 'a mode of work', order, filter: { workModes: ['remote'] } },
      { name: 'a commitment', order, filter: { commitments: ['flexible'] } },
      { name: 'a country', order, filter: { countries: ['ES'] }, most: 900 },
      { name: 'a frequent tag', order, filter: { tags: ['node'] } },
      { name: 'a rare tag', order, filter: { tags: ['rare'] }, most: scattered, finds: 5 },
      { name: 'a city', order, filter: { cities: ['city 7'] }, most: scattered },
      { name: 'a rare city', order, filter: { cities: ['reykjavík'] }, most: scattered, finds: 3 },
      {
        name: 'values that never go together',
        order,
        filter: {
          workModes: ['onsite'],
          types: ['job'],
          countries: ['ES', 'PT'],
          tags: ['tag-1'],
          statuses: ['closed'],
        },
        most: SCATTERED,
        finds: 0,
      },
      { name: 'deadlines of long ago', order, filter: { deadline: { from: day(-40), to: day(-39) } }, most: scattered },
      {
        name: 'a day of publications',
        order,
        filter: { published: { from: day(-60), to: day(-59) } },
        most: scattered,
      },
      { name: 'a frequent word', order, filter: { search: 'backend' } },
      { name: 'a rare word', order, filter: { search: 'zymurgy' }, most: scattered, finds: 4 },
      { name: 'the beginning of a rare word', order, filter: { search: 'zymu' }, most: scattered, finds: 4 },
      {
        name: 'frequent words that never meet',
        order,
        filter: { search: 'frontend backend' },
        most: scattered,
        finds: 0,
      },
      {
        name: 'a word and values',
        order,
        filter: { search: 'backend', types: ['job'], cities: ['city 12'] },
        most: scattered,
        finds: 9,
      },
    ];
  }),
  // These lists read the five hundred compared rows one by one.
  { name: 'a frequent word', order: 'relevance', filter: { search: 'backend' }, most: SOME },
  { name: 'a rare word', order: 'relevance', filter: { search: 'zymurgy' }, most: SOME, finds: 4 },
  { name: 'a word in every row', order: 'relevance', filter: { search: 'organisation' }, most: SOME },
  {
    name: 'frequent words that never meet',
    order: 'relevance',
    filter: { search: 'frontend backend' },
    most: SOME,
    finds: 0,
  },
  { name: 'a word without another', order: 'relevance', filter: { search: 'backend -node' }, most: SOME },
  {
    name: 'one’s own with a word',
    order: 'relevance',
    filter: { search: 'backend', ownerId: 'seed', statuses: ALL },
    most: SCATTERED,
  },
  { name: 'nothing but an exclusion', order: 'relevance', filter: { search: '-backend' }, most: 0, finds: 0 },
  { name: 'nothing to look for', order: 'relevance', filter: { search: '???' }, most: 0, finds: 0 },
];

type Plan = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
};

describe(`the plans of lists over ${ROWS} opportunities`, function () {
  this.timeout(180_000);
  const visibility = visibleTo({ id: 'seed', role: 'user' });
  let orm: ReturnType<typeof createOrm>;
  let catalogue: PostgresOpportunityCatalogue;

  before(async () => {
    const url = await createTestDatabase();
    orm = createOrm({ url, poolMax: 2, statementTimeoutMs: 3000 }, new RecordingLogger());
    await new MikroOrmSchemaMigrations(orm).run();
    await fillWithOpportunities(url, ROWS);
    catalogue = new PostgresOpportunityCatalogue(orm);
  });

  after(() => orm.close());

  /** Returns the plan of PostgreSQL for the statement of the adapter, on a connection of the service. */
  async function planOf(listing: Listing): Promise<Plan> {
    const after = listing.after === null ? null : placeAt(listing.after, listing.order);
    const query = listStatement(visibility, { ...listing, after }) ?? expect.fail('no query');
    return explain(query.text, query.values);
  }

  async function explain(text: string, values: readonly unknown[]): Promise<Plan> {
    const pool = await orm.em.getConnection().getNativeClient();
    const explained = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
    return explained.rows[0]!['QUERY PLAN'][0].Plan;
  }

  const nodesIn = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesIn)];
  const scansOf = (plan: Plan) => nodesIn(plan).filter((node) => node['Node Type'] === 'Seq Scan');
  const pagesRead = (plan: Plan) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];

  it('can tell a bad plan', async () => {
    const plan = await explain("SELECT count(*) FROM opportunity WHERE title LIKE '%x%'", []);
    expect(scansOf(plan)).to.have.length(1);
    expect(pagesRead(plan)).to.be.greaterThan(SCATTERED);
  });

  for (const { name, order = '-publishedAt', filter = {}, most = FEW, finds = 21 } of CASES)
    it(`${name} by ${order} uses an index and reads at most ${most} pages`, async () => {
      const listing = aListing({ order, filter, limit: 20, fields: ['id', 'title', 'summary', 'location'] });
      // The first run of a session also reads the system catalogues, and hint bits of rows that were just written.
      await planOf(listing);
      const plan = await planOf(listing);
      expect(scansOf(plan)).to.deep.equal([]);
      expect(pagesRead(plan)).to.be.at.most(most);
      const { items, next } = await catalogue.list(visibility, listing);
      expect(items.length + (next ? 1 : 0)).to.equal(finds);
    });

  for (const order of ['-publishedAt', '-updatedAt', 'deadlineAt', 'relevance'] as const)
    it(`a late page by ${order} costs as much as the first page`, async () => {
      const search = order === 'relevance' ? 'backend' : null;
      let listing = aListing({ order, limit: 100, filter: { search } });
      for (let page = 0; page < 4; page += 1) {
        const { next } = await catalogue.list(visibility, listing);
        listing = { ...listing, after: next };
      }
      const deep = positionOf({ at: day(-30), id: '00000000-0000-7000-8000-000000000000' });
      const after = order === 'relevance' ? listing.after : deep;
      const plan = await planOf({ ...listing, after });
      expect(scansOf(plan)).to.deep.equal([]);
      expect(pagesRead(plan)).to.be.at.most(order === 'relevance' ? 2 * SOME : FEW);
      expect((await catalogue.list(visibility, { ...listing, after })).items).to.have.length(100);
    });

  it('relevance compares the newest five hundred matches, the same on every page', async () => {
    const seen: (string | undefined)[] = [];
    let listing = aListing({ order: 'relevance', limit: 100, filter: { search: 'backend' } });
    for (let page = 0; page < 5; page += 1) {
      const { items, next } = await catalogue.list(visibility, listing);
      seen.push(...items.map(({ id }) => id));
      expect(next === null, `after page ${page}`).to.equal(page === 4);
      listing = { ...listing, after: next };
    }
    const newest = await Promise.all(
      [0, 1, 2, 3, 4].reduce<Promise<Awaited<ReturnType<typeof catalogue.list>>>[]>((pages) => {
        const before = pages.at(-1) ?? Promise.resolve({ items: [], next: null });
        const from = before.then(({ next }) =>
          catalogue.list(visibility, aListing({ limit: 100, after: next, filter: { search: 'backend' } })),
        );
        return [...pages, from];
      }, []),
    );
    expect(seen).to.have.members(newest.flatMap(({ items }) => items.map(({ id }) => id)));
  });
});
