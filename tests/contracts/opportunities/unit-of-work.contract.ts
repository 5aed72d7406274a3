import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { StorageUnavailable } from '#application/ports/application-error';
import { ConcurrentChange } from '#application/ports/opportunities/opportunity-repository';
import { MessageTooLarge } from '#application/ports/outbox/outbox';
import { type Transaction, TransactionMisused } from '#application/ports/opportunities/unit-of-work';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { rejection } from '../../support/system/rejection.ts';
import { added, closeAndSave, committed, type TransactionHarness } from './transaction-harness.ts';

const RETRY = { key: 'key', fingerprint: 'request' };

/** The contract of every UnitOfWork. */
export function unitOfWorkContract(start: () => Promise<TransactionHarness>): void {
  let harness: TransactionHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const run = <T>(work: (transaction: Transaction) => Promise<T>) => harness.unitOfWork.run(work);
  const sequences = async () => (await harness.waiting()).map(({ attributes }) => attributes['sequence']);

  it('stores a change and its event together, and returns the result of the block', async () => {
    const { opportunity, created } = anOpportunity();
    const message = messageOf(created, someId());

    const result = await run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      await outbox.append(message);
      return 'done';
    });

    expect(result).to.equal('done');
    expect((await committed(harness, opportunity.id))?.state).to.deep.equal(opportunity.state);
    expect((await harness.waiting()).map(({ id }) => id)).to.deep.equal([message.id]);
  });

  it('shows its writes to nobody before the commit', async () => {
    const old = await added(harness);
    const { opportunity, created } = anOpportunity();
    await run(async (transaction) => {
      await transaction.opportunities.add(opportunity);
      await transaction.outbox.append(messageOf(created, someId()));
      await closeAndSave(transaction, (await transaction.opportunities.get(old.id))!);

      expect(await committed(harness, opportunity.id)).to.equal(undefined);
      expect((await committed(harness, old.id))?.status).to.equal('published');
      expect(await harness.waiting()).to.have.length(1);
      await run(async ({ opportunities }) => {
        expect(await opportunities.get(opportunity.id)).to.equal(undefined);
        expect((await opportunities.get(old.id))?.status).to.equal('published');
      });
    });
    expect((await committed(harness, old.id))?.status).to.equal('closed');
  });

  describe('when the block fails', () => {
    it('stores nothing new, and passes the failure on', async () => {
      const { opportunity, created } = anOpportunity();
      const failure = new Error('changed my mind');

      const error = await rejection(
        run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
          throw failure;
        }),
      );

      expect(error).to.equal(failure);
      expect(await committed(harness, opportunity.id)).to.equal(undefined);
      expect(await harness.waiting()).to.deep.equal([]);
      expect(harness.nudges()).to.equal(0);
    });

    it('leaves the old state and the old events in place', async () => {
      const old = await added(harness);
      const error = await rejection(
        run(async (transaction) => {
          await closeAndSave(transaction, (await transaction.opportunities.get(old.id))!);
          throw new Error('changed my mind');
        }),
      );
      expect(error).to.have.property('message', 'changed my mind');
      expect((await committed(harness, old.id))?.state).to.deep.equal(old.state);
      expect(await sequences()).to.deep.equal(['1']);
      // The next transaction finds the old state as well.
      await run(async (transaction) => closeAndSave(transaction, (await transaction.opportunities.get(old.id))!));
      expect((await committed(harness, old.id))?.version).to.equal(2);
    });

    it('passes on whatever the block throws', async () => {
      for (const thrown of ['a text', undefined, null, 0, new TypeError('a mistake')])
        // A block can throw anything.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        expect(await rejection(run(() => Promise.reject(thrown)))).to.equal(thrown);
    });
  });

  it('runs the block once, whatever happens', async () => {
    const { id } = await added(harness);
    let runs = 0;
    const losing = run(async (transaction) => {
      runs += 1;
      const mine = (await transaction.opportunities.get(id))!;
      await run(async (other) => closeAndSave(other, (await other.opportunities.get(id))!));
      await closeAndSave(transaction, mine, 'withdrawn');
    });
    expect(await rejection(losing)).to.be.instanceOf(ConcurrentChange);
    expect(runs).to.equal(1);

    runs = 0;
    await rejection(
      run(async () => {
        runs += 1;
        throw new Error('changed my mind');
      }),
    );
    await run(async () => void (runs += 1));
    expect(runs).to.equal(2);
  });

  it('commits a run inside of a block by itself', async () => {
    const [inner, outer] = [anOpportunity(), anOpportunity()];
    await rejection(
      run(async (transaction) => {
        await transaction.opportunities.add(outer.opportunity);
        await transaction.outbox.append(messageOf(outer.created, someId()));
        await run(async ({ opportunities, outbox }) => {
          await opportunities.add(inner.opportunity);
          await outbox.append(messageOf(inner.created, someId()));
        });
        throw new Error('changed my mind');
      }),
    );
    expect((await committed(harness, inner.opportunity.id))?.version).to.equal(1);
    expect(await committed(harness, outer.opportunity.id)).to.equal(undefined);
    expect(await harness.waiting()).to.have.length(1);
  });

  describe('wakes the relay up', () => {
    it('once after each commit that has a message, and never inside the block', async () => {
      for (const count of [1, 2]) {
        const { opportunity, created } = anOpportunity();
        await run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
          expect(harness.nudges()).to.equal(count - 1);
        });
        expect(harness.nudges()).to.equal(count);
      }
    });

    it('when everybody can see the change', async () => {
      const { opportunity, created } = anOpportunity();
      const seen: Promise<unknown>[] = [];
      harness.onNudge(() => seen.push(committed(harness, opportunity.id), harness.waiting()));
      await run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append(messageOf(created, someId()));
      });
      const [found, waiting] = await Promise.all(seen);
      expect(found).to.have.property('id', opportunity.id);
      expect(waiting).to.have.length(1);
    });
  });

  describe('while the storage is away', () => {
    it('rejects with StorageUnavailable and does not run the block', async () => {
      let runs = 0;
      await harness.breakStorage();
      try {
        expect(await rejection(run(async () => void (runs += 1)))).to.be.instanceOf(StorageUnavailable);
      } finally {
        await harness.healStorage();
      }
      expect(runs).to.equal(0);
      await added(harness);
    });

    it('rejects with StorageUnavailable at a call of a port', async () => {
      const { id } = await added(harness);
      const { opportunity, created } = anOpportunity();
      const calls: ((transaction: Transaction) => Promise<unknown>)[] = [
        ({ opportunities }) => opportunities.get(id),
        ({ opportunities }) => opportunities.add(opportunity),
        ({ idempotencyKeys }) => idempotencyKeys.claim('ada', RETRY),
        ({ outbox }) => outbox.append(messageOf(created, someId())),
      ];
      for (const call of calls) {
        let runs = 0;
        const error = await rejection(
          run(async (transaction) => {
            runs += 1;
            await harness.breakStorage();
            await call(transaction);
          }),
        );
        await harness.healStorage();
        expect(error, String(call)).to.be.instanceOf(StorageUnavailable);
        expect(runs).to.equal(1);
      }
    });

    it('rejects with StorageUnavailable at the commit, after one run of the block, and stores nothing', async () => {
      const old = await added(harness);
      const { opportunity, created } = anOpportunity();
      let runs = 0;
      const error = await rejection(
        run(async (transaction) => {
          runs += 1;
          await transaction.idempotencyKeys.claim('ada', RETRY);
          await transaction.opportunities.add(opportunity);
          await transaction.outbox.append(messageOf(created, someId()));
          await closeAndSave(transaction, (await transaction.opportunities.get(old.id))!);
          await transaction.idempotencyKeys.remember('ada', RETRY, 'response');
          await harness.breakStorage();
        }),
      );
      await harness.healStorage();
      expect(error).to.be.instanceOf(StorageUnavailable);
      expect(runs).to.equal(1);
      expect(harness.nudges()).to.equal(1);
      expect(await committed(harness, opportunity.id)).to.equal(undefined);
      expect((await committed(harness, old.id))?.state).to.deep.equal(old.state);
      expect(await sequences()).to.deep.equal(['1']);
      expect(await run(({ idempotencyKeys }) => idempotencyKeys.claim('ada', RETRY))).to.equal(undefined);
    });
  });

  describe('refuses a block', () => {
    const nothingIsStored = async (id: string) => {
      expect(await committed(harness, id)).to.equal(undefined);
      expect(await harness.waiting()).to.deep.equal([]);
      expect(harness.nudges()).to.equal(0);
      expect(await run(({ idempotencyKeys }) => idempotencyKeys.claim('ada', RETRY))).to.equal(undefined);
    };

    for (const [forgotten, call] of Object.entries({
      'opportunities.get': ({ opportunities }, { id }) => opportunities.get(id),
      'opportunities.add': ({ opportunities }, opportunity) => opportunities.add(opportunity),
      'outbox.append': ({ outbox }, { id }) => outbox.append({ id: someId(), key: id, attributes: {}, payload: '{}' }),
      'idempotencyKeys.claim': ({ idempotencyKeys }) => idempotencyKeys.claim('ada', RETRY),
    } satisfies Record<
      string,
      (transaction: Transaction, opportunity: ReturnType<typeof anOpportunity>['opportunity']) => Promise<unknown>
    >))
      it(`that does not await ${forgotten}()`, async () => {
        const { opportunity } = anOpportunity();
        const error = await rejection(run(async (transaction) => void call(transaction, opportunity)));
        expect(error).to.be.instanceOf(TransactionMisused);
        await nothingIsStored(opportunity.id);
      });

    it('that does not await opportunities.save()', async () => {
      const { opportunity, created } = anOpportunity();
      const error = await rejection(
        run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
          void opportunities.save(opportunity);
        }),
      );
      expect(error).to.be.instanceOf(TransactionMisused);
      await nothingIsStored(opportunity.id);
    });

    it('that does not await idempotencyKeys.remember()', async () => {
      const { opportunity, created } = anOpportunity();
      const error = await rejection(
        run(async ({ opportunities, outbox, idempotencyKeys }) => {
          await idempotencyKeys.claim('ada', RETRY);
          await opportunities.add(opportunity);
          await outbox.append(messageOf(created, someId()));
          void idempotencyKeys.remember('ada', RETRY, 'response');
        }),
      );
      expect(error).to.be.instanceOf(TransactionMisused);
      await nothingIsStored(opportunity.id);
    });

    it('that begins a call before the previous one has ended', async () => {
      const { opportunity, created } = anOpportunity();
      const message = messageOf(created, someId());
      const blocks: ((transaction: Transaction) => Promise<unknown>)[] = [
        async ({ opportunities, outbox }) => {
          void opportunities.add(opportunity);
          await outbox.append(message);
        },
        ({ opportunities, outbox }) => Promise.all([opportunities.add(opportunity), outbox.append(message)]),
        async ({ opportunities, outbox, idempotencyKeys }) => {
          await idempotencyKeys.claim('ada', RETRY);
          void idempotencyKeys.remember('ada', RETRY, 'response');
          await opportunities.add(opportunity).catch(() => undefined);
          await outbox.append(message).catch(() => undefined);
        },
      ];
      for (const block of blocks)
        expect(await rejection(run(block)), String(block)).to.be.instanceOf(TransactionMisused);
      await nothingIsStored(opportunity.id);
    });

    it('that writes an opportunity without its event, or its event before the write', async () => {
      const { opportunity, created } = anOpportunity();
      const message = messageOf(created, someId());
      const other = messageOf(anOpportunity().created, someId());
      const blocks: ((transaction: Transaction) => Promise<void>)[] = [
        async ({ opportunities }) => {
          await opportunities.add(opportunity);
        },
        async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(other);
        },
        async ({ opportunities, outbox }) => {
          await outbox.append(message);
          await opportunities.add(opportunity);
        },
        async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(message);
          await opportunities.save(opportunity);
        },
      ];
      for (const block of blocks)
        expect(await rejection(run(block)), String(block)).to.be.instanceOf(TransactionMisused);
      await nothingIsStored(opportunity.id);
    });

    it('that goes on after a call has failed', async () => {
      const { id } = await added(harness);
      const lost = run(async (transaction) => {
        const mine = (await transaction.opportunities.get(id))!;
        await run(async (other) => closeAndSave(other, (await other.opportunities.get(id))!));
        await closeAndSave(transaction, mine, 'withdrawn').catch(() => undefined);
      });
      expect(await rejection(lost)).to.be.instanceOf(ConcurrentChange);
      expect((await committed(harness, id))?.state).to.deep.include({ version: 2, closeReason: 'filled' });

      const { opportunity, created } = anOpportunity();
      const message = messageOf(created, someId());
      const tooLarge = run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        await outbox.append({ ...message, payload: 'x'.repeat(harness.largestMessageBytes) }).catch(() => undefined);
        await outbox.append(message);
      });
      expect(await rejection(tooLarge)).to.be.instanceOf(MessageTooLarge);
      expect(await committed(harness, opportunity.id)).to.equal(undefined);
      expect(await sequences()).to.deep.equal(['1', '2']);
    });
  });

  it('lets nobody use its ports after the block has ended', async () => {
    const { opportunity, created } = anOpportunity();
    const kept: Transaction[] = [];
    await run(async (transaction) => void kept.push(transaction));
    await rejection(
      run(async (transaction) => {
        kept.push(transaction);
        throw new Error('changed my mind');
      }),
    );
    for (const { opportunities, outbox, idempotencyKeys } of kept)
      for (const late of [
        () => opportunities.add(opportunity),
        () => opportunities.get(opportunity.id),
        () => opportunities.save(opportunity),
        () => outbox.append(messageOf(created, someId())),
        () => idempotencyKeys.claim('ada', RETRY),
        () => idempotencyKeys.remember('ada', RETRY, 'response'),
      ])
        expect(await rejection(late()), String(late)).to.be.instanceOf(TransactionMisused);
    expect(kept).to.have.length(2);
    expect(await committed(harness, opportunity.id)).to.equal(undefined);
    expect(await harness.waiting()).to.deep.equal([]);
  });

  it('keeps many simultaneous changes of different opportunities apart', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => added(harness)));
    for (const { id, state } of all) expect((await committed(harness, id))?.state).to.deep.equal(state);
    const keys = (await harness.waiting()).map(({ key }) => key);
    expect(keys).to.have.members(all.map(({ id }) => id));
    expect(harness.nudges()).to.equal(all.length);
  });
}
