import type { Message } from '#application/messages/message';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import { IdempotencyKeyInUse } from '#application/ports/opportunities/idempotency-keys';
import { ConcurrentChange } from '#application/ports/opportunities/opportunity-repository';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { FeedPositionExpired } from '#application/ports/opportunities/change-feed';
import { onceVisibleTo, visibleTo } from '#domain/opportunities/opportunity-policy';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { MIGRATIONS } from '../../../examples/adapters/sqlite/operations/migrations.ts';
import {
  SqliteDatabaseHealth,
  SqliteOutboxHealth,
} from '../../../examples/adapters/sqlite/operations/sqlite-health.ts';
import { SqliteOutboxOverview } from '../../../examples/adapters/sqlite/operations/sqlite-outbox-overview.ts';
import { SqliteParkedMessages } from '../../../examples/adapters/sqlite/operations/sqlite-parked-messages.ts';
import { SqliteRelayPause } from '../../../examples/adapters/sqlite/operations/sqlite-relay-pause.ts';
import { SqliteSchemaMigrations } from '../../../examples/adapters/sqlite/operations/sqlite-schema-migrations.ts';
import { SqliteChangeFeed } from '../../../examples/adapters/sqlite/opportunities/sqlite-change-feed.ts';
import { RelayLock } from '../../../examples/adapters/sqlite/outbox/relay-lock.ts';
import { SqliteEventRetention } from '../../../examples/adapters/sqlite/outbox/sqlite-event-retention.ts';
import { SqliteOutboxQueue } from '../../../examples/adapters/sqlite/outbox/sqlite-outbox-queue.ts';
import type { SqliteDatabase } from '../../../examples/adapters/sqlite/sqlite-database.ts';
import { SqliteUnitOfWork } from '../../../examples/adapters/sqlite/sqlite-unit-of-work.ts';
import { anOpportunity, SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { STRANGER } from '../../support/opportunities/some-actors.ts';
import { SqliteFile } from '../../support/sqlite/sqlite-file.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { rejection } from '../../support/system/rejection.ts';
import { thrownBy } from '../../support/system/thrown-by.ts';

const PLENTY = { messages: 100, bytes: 10 ** 6 };
const HOUR = 3_600_000;

describe('the SQLite example, beyond its contracts', () => {
  let file: SqliteFile;
  let database: SqliteDatabase;
  let clock: FixedClock;

  beforeEach(async () => {
    file = await SqliteFile.migrated();
    database = file.connect();
    clock = new FixedClock(SOME_DAY);
  });

  afterEach(() => {
    file.remove();
  });

  /** Gives the unit of work of one more process. */
  const unitOfWork = (connection = file.connect()) =>
    new SqliteUnitOfWork(connection, new InProcessRelayWakeUp(), clock, new AsyncLocalRequestScope(), 900_000);

  async function add(process = unitOfWork()): Promise<string> {
    const { opportunity, created } = anOpportunity();
    await process.run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      await outbox.append(messageOf(created, someId()));
    });
    return opportunity.id;
  }

  describe('two processes on one file', () => {
    it('cannot both change the same version of an opportunity', async () => {
      const [one, other] = [unitOfWork(), unitOfWork()];
      const id = await add(one);
      const bothHaveRead = Promise.withResolvers<undefined>();
      const close = (process: SqliteUnitOfWork, haveRead: () => Promise<unknown>) =>
        process.run(async ({ opportunities, outbox }) => {
          const opportunity = await opportunities.get(id);
          await haveRead();
          const closed = opportunity!.close('filled', { actorId: 'owner', at: SOME_DAY });
          await opportunities.save(opportunity!);
          await outbox.append(messageOf(closed, someId()));
        });
      const results = await Promise.allSettled([
        close(one, () => bothHaveRead.promise),
        close(other, async () => {
          bothHaveRead.resolve(undefined);
        }),
      ]);
      const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      expect(losers).to.have.length(1);
      expect(losers[0]).to.be.instanceOf(ConcurrentChange);
    });

    it('cannot both remember a response under the same idempotency key', async () => {
      const retry = { key: 'key', fingerprint: 'request' };
      const [one, other] = [unitOfWork(), unitOfWork()];
      const error = await rejection(
        one.run(async ({ idempotencyKeys }) => {
          await idempotencyKeys.claim('ada', retry);
          await other.run(async (inner) => {
            await inner.idempotencyKeys.claim('ada', retry);
            await inner.idempotencyKeys.remember('ada', retry, '{}');
          });
          await idempotencyKeys.remember('ada', retry, '{}');
        }),
      );
      expect(error).to.be.instanceOf(IdempotencyKeyInUse);
    });

    it('migrate one after the other, and each migration runs once', async () => {
      const names = MIGRATIONS.map(({ name }) => name);
      const empty = new SqliteFile();
      try {
        const [one, other] = [empty.connect(), empty.connect()].map((each) => new SqliteSchemaMigrations(each));
        expect(await one!.pending()).to.deep.equal(names);
        expect(await Promise.all([one!.run(), other!.run()])).to.deep.equal([names, []]);
        expect(await other!.pending()).to.deep.equal([]);
      } finally {
        empty.remove();
      }
    });
  });

  it('throws StorageUnavailable, and stores nothing, while another process holds the write lock', async () => {
    const holder = file.connect();
    holder.execute('BEGIN IMMEDIATE');
    expect(await rejection(add())).to.be.instanceOf(StorageUnavailable);
    expect(await rejection(new SqliteDatabaseHealth(database).check())).to.be.instanceOf(StorageUnavailable);
    holder.execute('ROLLBACK');
    await new SqliteDatabaseHealth(database).check();
    expect(database.get('SELECT count(*) AS count FROM opportunity')).to.deep.include({ count: 0 });
  });

  it('undoes a transaction that fails, and can begin another', () => {
    const failure = new Error('changed my mind');
    const failing = () =>
      database.transaction(() => {
        database.run('UPDATE history SET last_change = 7');
        throw failure;
      });
    expect(thrownBy(failing)).to.equal(failure);
    expect(database.get('SELECT last_change AS last FROM history')).to.deep.include({
      last: 0,
    });
  });

  it('refuses a position of the change feed that a restored backup has not reached', async () => {
    const feed = new SqliteChangeFeed(database);
    const reader = { sees: visibleTo(STRANGER), mayHaveSeen: onceVisibleTo(STRANGER) };
    await add();
    const { position } = await feed.read(undefined, reader, 10);
    database.run('UPDATE history SET last_change = 0');
    expect(await rejection(feed.read(position, reader, 10))).to.be.instanceOf(FeedPositionExpired);
  });

  describe('the outbox', () => {
    let owner: RelayLock | undefined;
    const takeLock = () => {
      const taken = RelayLock.take(`${file.file}-relay`);
      owner = taken ?? owner;
      return taken;
    };
    const relay = (retains = false) => new SqliteOutboxQueue(file.connect(), takeLock, clock, retains);
    const fetch = async (queue: SqliteOutboxQueue) => (await queue.fetch(PLENTY)).messages;
    const keysIn = (messages: readonly Message[]) => messages.map(({ key }) => key);
    /** Ends the relay as a crash would: the operating system frees the lock. */
    const crash = () => owner?.release();

    afterEach(crash);

    it('lets another relay go on as soon as the process of the owner has ended', async () => {
      const key = await add();
      await relay().fetch(PLENTY);
      const other = relay();
      expect(await fetch(other)).to.deep.equal([]);
      crash();
      expect(keysIn(await fetch(other))).to.deep.equal([key]);
    });

    it('publishes one message at a time after relays ended in a row, and parks the one that ends another', async () => {
      const [poison, fine] = [await add(), await add()];
      for (let starts = 0; starts < 2; starts += 1) {
        expect(await fetch(relay())).to.have.length(2);
        crash();
      }
      const suspicious = relay();
      expect(keysIn(await fetch(suspicious))).to.deep.equal([poison]);
      expect(await fetch(suspicious)).to.deep.equal([]);
      crash();
      const rest = await relay().fetch(PLENTY);
      expect(keysIn(rest.messages)).to.deep.equal([fine]);
      await rest.acknowledge(rest.messages);
      const parked = database.all<{ key: string }>('SELECT key FROM outbox_parked WHERE refusal IS NOT NULL');
      expect(parked.map(({ key }) => key)).to.deep.equal([poison]);
    });

    it('blames no message that was put back, and no relay that was released', async () => {
      await add();
      for (let starts = 0; starts < 5; starts += 1) {
        const one = relay();
        expect(await fetch(one)).to.have.length(1);
        await one.release();
      }
      for (let starts = 0; starts < 5; starts += 1) {
        const batch = await relay().fetch(PLENTY);
        expect(batch.messages).to.have.length(1);
        batch.putBack(batch.messages);
        crash();
      }
    });

    it('retains published messages for as long as the settings say, and a replay only once', async () => {
      await add();
      const one = relay(true);
      const retention = new SqliteEventRetention(database, clock, 24);
      const count = () => database.get<{ count: number }>('SELECT count(*) AS count FROM outbox_published')?.count;
      const publishAll = async () => {
        const batch = await one.fetch(PLENTY);
        await batch.acknowledge(batch.messages);
      };
      await publishAll();
      database.run(`INSERT INTO outbox (id, key, attributes, payload, created_at)
        SELECT id, key, json_set(attributes, '$.replayedat', 'now'), payload, created_at FROM outbox_published`);
      await publishAll();
      expect(count()).to.equal(1);
      clock.advance(24 * HOUR);
      expect(await retention.removeOld()).to.equal(false);
      expect(count()).to.equal(1);
      clock.advance(1);
      await retention.removeOld();
      expect(count()).to.equal(0);
    });

    describe('in the hands of an operator', () => {
      const isOwned = () => owner?.isHeld ?? false;
      const overview = () => new SqliteOutboxOverview(database, clock, isOwned, true);

      it('has one share, and shows the relay that owns it without a name', async () => {
        expect(await overview().status(10)).to.deep.include({ relays: [], unownedShares: [0] });
        await relay().fetch(PLENTY);
        expect(await overview().status(10)).to.deep.include({
          relays: [{ owner: null, address: null, connectedAt: null, shares: 1 }],
          unownedShares: [],
        });
      });

      it('shows the attributes of a parked message by their own names', async () => {
        await add();
        const batch = await relay().fetch(PLENTY);
        const [message] = batch.messages;
        await batch.park(message!, 'too large');
        const parked = new SqliteParkedMessages(database, clock, isOwned);
        expect((await parked.find(message!.id))?.headers).to.deep.equal(message!.attributes);
      });

      it('publishes nothing during a pause', async () => {
        await add();
        const pauses = new SqliteRelayPause(database, clock);
        const queue = relay();
        expect((await pauses.pause('a move')).isNew).to.equal(true);
        expect((await pauses.pause(null)).pause.reason).to.equal('a move');
        expect(await fetch(queue)).to.deep.equal([]);
        expect((await pauses.resume())?.reason).to.equal('a move');
        expect(await pauses.resume()).to.equal(undefined);
        expect(await fetch(queue)).to.have.length(1);
      });

      it('has the outbox commands', async () => {
        await add();
        // A relay in this process owns the outbox, which the commands see from theirs.
        await relay().fetch(PLENTY);
        const run = (...args: string[]) =>
          promisify(execFile)(
            process.execPath,
            ['--conditions=source', 'examples/adapters/sqlite/outbox-commands.ts', ...args],
            { env: { PATH: process.env['PATH'], SQLITE_FILE: file.file } },
          );
        const { stdout } = await run('status', '--json');
        expect(JSON.parse(stdout)).to.deep.include({ ok: true });
        expect(stdout).to.contain('"waiting": 1');
        const failure = (await rejection(run('verify', '--from', '1h'))) as { stderr: string };
        expect(failure.stderr).to.contain('has no adapter for this command');
      }).timeout(30_000);
    });

    it('tells how many messages wait, for how long, and how many keys are parked', async () => {
      const health = new SqliteOutboxHealth(database, clock);
      expect(await health.backlog()).to.deep.equal({ waiting: 0, oldestSeconds: 0, parkedKeys: 0 });
      await add();
      clock.advance(1500);
      await add();
      expect(await health.backlog()).to.deep.equal({ waiting: 2, oldestSeconds: 1.5, parkedKeys: 0 });
      const batch = await relay().fetch(PLENTY);
      await batch.park(batch.messages[0]!, 'too large');
      expect(await health.backlog()).to.deep.equal({ waiting: 1, oldestSeconds: 0, parkedKeys: 1 });
    });
  });
});
