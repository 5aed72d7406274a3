import { expect } from 'chai';
import fc from 'fast-check';
import { messageOf } from '#application/messages/opportunity-events-v1';
import {
  type ChangeFeed,
  type Changes,
  FeedPositionExpired,
  FeedPositionMalformed,
  type Reader,
} from '#application/ports/opportunities/change-feed';
import { StorageUnavailable } from '#application/ports/application-error';
import type { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { Actor } from '#domain/actor';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { anOpportunity, fullDetails, SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';
import { MODERATOR, OWNER, STRANGER } from '../../support/opportunities/some-actors.ts';

export type ChangeFeedHarness = {
  readonly feed: ChangeFeed;
  readonly unitOfWork: UnitOfWork;
  /** Returns the feed after all stored data was replaced. */
  afterReplacement(): Promise<ChangeFeed>;
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

type Given = Parameters<typeof anOpportunity>[0];

/** A transaction that has written and is still open. */
type Open = { readonly id: string; commit(): Promise<void>; rollBack(): Promise<void> };

/** Simultaneous transactions, each with a connection of its own. */
const MOST_OPEN = 5;

const BY_OWNER = { actorId: 'owner', at: SOME_DAY };

/** The contract of every ChangeFeed. */
export function changeFeedContract(start: () => Promise<ChangeFeedHarness>): void {
  let harness: ChangeFeedHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const reader = (actor: Actor): Reader => ({ sees: visibleTo(actor), mayHaveSeen: onceVisibleTo(actor) });
  const read = (position?: string, { as = STRANGER, limit = 100 }: { as?: Actor; limit?: number } = {}) =>
    harness.feed.read(position, reader(as), limit);
  const idsIn = ({ changed }: Changes) => changed.map(({ id }) => id).sort();

  /** Writes in a transaction that stays open. */
  async function begin(write: 'close' | 'delete' | Given, id?: string): Promise<Open> {
    const written = Promise.withResolvers<string>();
    const end = Promise.withResolvers<undefined>();
    const done = harness.unitOfWork.run(async ({ opportunities, outbox }) => {
      if (typeof write === 'string') {
        const opportunity = (await opportunities.get(id!))!;
        const fact = write === 'close' ? opportunity.close('filled', BY_OWNER) : opportunity.delete(BY_OWNER)!;
        await opportunities.save(opportunity);
        await outbox.append(fact.name === 'OpportunityClosed' ? messageOf(fact, someId()) : messageOf(fact, someId()));
        written.resolve(id!);
      } else {
        const { opportunity, created } = anOpportunity(write);
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, someId()));
        written.resolve(opportunity.id);
      }
      await end.promise;
    });
    done.catch(written.reject);
    return {
      id: await written.promise,
      commit: async () => {
        end.resolve(undefined);
        await done;
      },
      rollBack: async () => {
        end.reject(new Error('rolled back'));
        await rejection(done);
      },
    };
  }

  async function commit(write: 'close' | 'delete' | Given, id?: string): Promise<string> {
    const transaction = await begin(write, id);
    await transaction.commit();
    return transaction.id;
  }

  /** Reads pages until the round ends. */
  async function round(position?: string, options: { as?: Actor; limit?: number } = {}) {
    const changed: Opportunity[] = [];
    let page: Changes;
    do {
      page = await read(position, options);
      position = page.position;
      changed.push(...page.changed);
    } while (page.hasMore);
    return { changed, ids: changed.map(({ id }) => id).sort(), position };
  }

  it('begins with every opportunity that the reader sees, with all fields', async () => {
    const published = await commit({ details: fullDetails() });
    const draft = await commit({ status: 'draft' });
    await commit('delete', await commit({}));
    expect(idsIn(await read())).to.deep.equal([published]);
    for (const as of [OWNER, MODERATOR])
      expect(idsIn(await read(undefined, { as }))).to.deep.equal([published, draft].sort());
    const [opportunity] = (await read()).changed;
    expect(opportunity?.state.details).to.deep.equal(fullDetails());
  });

  it('goes on with later changes, and repeats none', async () => {
    const first = await commit({});
    const second = await commit({});
    const start = await read();
    expect([idsIn(start), start.hasMore]).to.deep.equal([[first, second].sort(), false]);

    const unchanged = await read(start.position);
    expect([idsIn(unchanged), unchanged.hasMore]).to.deep.equal([[], false]);

    const third = await commit({});
    await commit('close', first);
    const changes = await read(unchanged.position);
    expect(idsIn(changes)).to.deep.equal([first, third].sort());
    expect(changes.changed.find(({ id }) => id === first)?.status).to.equal('closed');
    expect(idsIn(await read(changes.position))).to.deep.equal([]);
  });

  it('returns the same changes and later ones for the same position, because a response may get lost', async () => {
    const { position } = await read();
    const first = await commit({});
    expect(idsIn(await read(position))).to.deep.equal([first]);
    const second = await commit({});
    expect(idsIn(await read(position))).to.deep.equal([first, second].sort());
  });

  it('returns an opportunity that is gone only to readers who may have seen it', async () => {
    const published = await commit({});
    const draft = await commit({ status: 'draft' });
    const { position } = await read();
    await commit('delete', published);
    await commit('delete', draft);
    expect(idsIn(await read(position))).to.deep.equal([published]);
    for (const as of [OWNER, MODERATOR])
      expect(idsIn(await read(position, { as }))).to.deep.equal([published, draft].sort());
  });

  it('reveals no draft to other users, neither by rows nor by page sizes', async () => {
    const { position } = await read();
    const drafts: string[] = [];
    for (let count = 0; count < 5; count++) drafts.push(await commit({ status: 'draft' }));
    const page = await read(position, { limit: 1 });
    expect([idsIn(page), page.hasMore]).to.deep.equal([[], false]);
    for (const id of drafts) expect(page.position).not.to.contain(id);
    expect(idsIn(await read(position, { as: OWNER }))).to.deep.equal(drafts.sort());
  });

  describe('when transactions overlap', () => {
    it('skips no row of a transaction that began first and committed last', async () => {
      const late = await begin({});
      const early = await commit({});
      const first = await read();
      expect(idsIn(first)).to.deep.equal([early]);
      await late.commit();
      expect(idsIn(await read(first.position))).to.deep.equal([late.id]);
    });

    it('skips no row of a transaction that stayed open during several readings', async () => {
      const late = await begin({});
      const first = await read();
      const one = await commit({});
      const second = await read(first.position);
      const later = await begin({});
      const two = await commit({});
      const third = await read(second.position);
      await later.commit();
      const fourth = await read(third.position);
      await late.commit();
      const fifth = await read(fourth.position);
      expect([first, second, third, fourth, fifth].map(idsIn)).to.deep.equal([[], [one], [two], [later.id], [late.id]]);
    });

    it('does not let an open transaction delay other changes', async () => {
      const idle = await begin({});
      let { position } = await read();
      for (let count = 0; count < 3; count++) {
        const id = await commit({});
        const changes = await read(position);
        expect(idsIn(changes)).to.deep.equal([id]);
        position = changes.position;
      }
      await idle.rollBack();
      expect(idsIn(await read(position))).to.deep.equal([]);
    });

    it('does not lose a change that was still open when an earlier change of the same row was read', async () => {
      const id = await commit({});
      const { position } = await read();
      const closing = await begin('close', id);
      const before = await read(position);
      expect(idsIn(before)).to.deep.equal([]);
      await closing.commit();
      expect((await read(before.position)).changed.map(({ status }) => status)).to.deep.equal(['closed']);
    });
  });

  describe('in pages', () => {
    for (const limit of [1, 2, 3, 5]) {
      it(`of ${limit} returns each row once`, async () => {
        const ids: string[] = [];
        for (let count = 0; count < 5; count++) ids.push(await commit({}));
        const all = await round(undefined, { limit });
        expect(all.ids).to.deep.equal(ids.sort());
        for (const id of ids.slice(1)) await commit('close', id);
        const changes = await round(all.position, { limit });
        expect(changes.ids).to.deep.equal(ids.slice(1));
        expect(changes.changed.every(({ status }) => status === 'closed')).to.equal(true);
      });
    }

    it('returns at most limit rows, and tells whether there are more', async () => {
      for (let count = 0; count < 3; count++) await commit({});
      const first = await read(undefined, { limit: 2 });
      expect([first.changed.length, first.hasMore]).to.deep.equal([2, true]);
      const second = await read(first.position, { limit: 2 });
      expect([second.changed.length, second.hasMore]).to.deep.equal([1, false]);
    });

    it('moves changes during a round, and transactions that were still open, into the next round', async () => {
      const first = await commit({});
      const second = await commit({});
      const open = await begin({});
      const third = await commit({});
      const page = await read(undefined, { limit: 1 });
      expect(idsIn(page)).to.deep.equal([first]);

      await commit('close', first);
      await commit('close', second);
      const fourth = await commit({});
      await open.commit();
      const rest = await round(page.position, { limit: 1 });
      expect(rest.ids).to.deep.equal([third]);
      const next = await round(rest.position, { limit: 1 });
      expect(next.ids).to.deep.equal([first, second, fourth, open.id].sort());
    });
  });

  it('gives a reader every change in the end, whenever the reader reads', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('begin' as const), write: fc.nat({ max: 5 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('roll back' as const), which: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 3 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const copy = new Map<string, number>();
        const open: (Open & { readonly touches: string })[] = [];
        // The rows of earlier runs are the same for every reader.
        let { position } = await round();
        const truth = new Map<string, { version: number; alive: boolean }>();
        const take = ({ changed, position: next }: { changed: readonly Opportunity[]; position: string }) => {
          position = next;
          for (const { id, version, status } of changed)
            if (status === 'deleted') copy.delete(id);
            else copy.set(id, version);
        };
        const end = async (transaction: (typeof open)[number], commits: boolean, after: () => void) => {
          open.splice(open.indexOf(transaction), 1);
          await (commits ? transaction.commit() : transaction.rollBack());
          if (commits) after();
        };
        const effects = new Map<Open, () => void>();

        for (const each of steps) {
          if (each.do === 'begin') {
            if (open.length === MOST_OPEN) continue;
            const free = [...truth].find(
              ([id, { alive, version }]) => alive && version === 1 && !open.some(({ touches }) => touches === id),
            );
            const kind = each.write < 3 || !free ? {} : each.write === 3 ? ('delete' as const) : ('close' as const);
            const transaction = await begin(kind, free?.[0]);
            const id = transaction.id;
            const entry = { ...transaction, touches: id };
            open.push(entry);
            effects.set(entry, () => {
              truth.set(id, { version: typeof kind === 'string' ? 2 : 1, alive: kind !== 'delete' });
            });
          } else if (each.do === 'read') take(await read(position, { limit: each.limit }));
          else {
            const transaction = open[each.which % Math.max(1, open.length)];
            if (transaction) await end(transaction, each.do === 'commit', effects.get(transaction)!);
          }
        }
        for (const transaction of [...open]) await end(transaction, true, effects.get(transaction)!);
        // Finishes the current round, and reads one more.
        take(await round(position));
        take(await round(position));
        const expected = [...truth].filter(([, { alive }]) => alive).map(([id, { version }]) => [id, version]);
        expect([...copy].sort()).to.deep.equal(expected.sort());
      }),
      { numRuns: 25 },
    );
  }).timeout(60_000);

  it('returns objects that nobody shares', async () => {
    const id = await commit({ details: fullDetails() });
    const [changed] = (await read()).changed;
    changed!.close('filled', BY_OWNER);
    (changed!.details.tags as string[]).push('changed');
    const [again] = (await read()).changed;
    expect([again?.id, again?.status, again?.details]).to.deep.equal([id, 'published', fullDetails()]);
  });

  it('throws StorageUnavailable while the storage is away, and goes on from the same position afterwards', async () => {
    const { position } = await read();
    const id = await commit({});
    await harness.breakStorage();
    try {
      for (const attempt of [read(position), read()])
        expect(await rejection(attempt)).to.be.instanceOf(StorageUnavailable);
    } finally {
      await harness.healStorage();
    }
    expect(idsIn(await read(position))).to.deep.equal([id]);
  });

  it('refuses a position from before the storage was replaced', async () => {
    await commit({});
    await commit({});
    const inside = await read(undefined, { limit: 1 });
    const between = await round();
    const replaced = await harness.afterReplacement();
    for (const { position } of [inside, between])
      expect(await rejection(replaced.read(position, reader(STRANGER), 1))).to.be.instanceOf(FeedPositionExpired);
  });

  it('refuses positions that it has not issued, without a query', async () => {
    await commit({});
    await commit({});
    const { position } = await read(undefined, { limit: 1 });
    expect((await read(position)).changed).to.have.length(1);
    const digitsLost = Array.from(position, (_, index) => position.slice(0, index));
    const garbage = [
      '',
      ' ',
      'x',
      '{}',
      '1:1:',
      "'; DROP TABLE opportunity; --",
      '\0',
      '\ud800',
      position + ' ',
      ' ' + position,
    ];
    // A position is opaque: one that contains no id of 36 characters is not altered by the first replacement.
    const altered = [position.replace(/[0-9a-f-]{36}/, 'x'), position.replaceAll(/\d+/g, '-1')];
    for (const text of [...garbage, ...altered.filter((each) => each !== position)])
      expect(await rejection(harness.feed.read(text, reader(STRANGER), 1)), text).to.be.instanceOf(
        FeedPositionMalformed,
      );
    // A shorter position could by chance be a valid one.
    for (const text of digitsLost) {
      const answer = await harness.feed.read(text, reader(STRANGER), 1).catch((error: unknown) => error);
      if (answer instanceof Error)
        expect(answer instanceof FeedPositionMalformed || answer instanceof FeedPositionExpired, text).to.equal(true);
    }
  });
}
