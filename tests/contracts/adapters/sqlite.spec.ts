import type { Message } from '#application/messages/message';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { SqliteChangeFeed } from '../../../examples/adapters/sqlite/opportunities/sqlite-change-feed.ts';
import { SqliteOpportunityCatalogue } from '../../../examples/adapters/sqlite/opportunities/sqlite-opportunity-catalogue.ts';
import { writeState } from '../../../examples/adapters/sqlite/opportunities/opportunity-rows.ts';
import { RelayLock } from '../../../examples/adapters/sqlite/outbox/relay-lock.ts';
import { SqliteOutboxQueue } from '../../../examples/adapters/sqlite/outbox/sqlite-outbox-queue.ts';
import { SqliteRateLimiter } from '../../../examples/adapters/sqlite/operations/sqlite-rate-limiter.ts';
import type { SqliteDatabase } from '../../../examples/adapters/sqlite/sqlite-database.ts';
import { SqliteUnitOfWork } from '../../../examples/adapters/sqlite/sqlite-unit-of-work.ts';
import { SqliteRevocationStore } from '../../../examples/adapters/sqlite/tokens/sqlite-revocation-store.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { SqliteFile } from '../../support/sqlite/sqlite-file.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { outboxQueueContract } from '../outbox/outbox-queue.contract.ts';
import { rateLimiterContract } from '../operations/rate-limiter.contract.ts';
import { changeFeedContract } from '../opportunities/change-feed.contract.ts';
import { opportunityCatalogueContract } from '../opportunities/opportunity-catalogue.contract.ts';
import { opportunityStatusesContract } from '../opportunities/opportunity-statuses.contract.ts';
import { unitOfWorkContract } from '../opportunities/unit-of-work.contract.ts';
import { revocationStoreContract } from '../tokens/revocation-store.contract.ts';

describe('the example adapters on SQLite keep the contracts', () => {
  const files: SqliteFile[] = [];
  const sqlite = async () => {
    const file = await SqliteFile.migrated();
    files.push(file);
    return file;
  };
  const unitOfWorkOn = (database: SqliteDatabase) =>
    new SqliteUnitOfWork(
      database,
      new InProcessRelayWakeUp(),
      new FixedClock(SOME_DAY),
      new AsyncLocalRequestScope(),
      900_000,
    );

  afterEach(() => {
    for (const file of files.splice(0)) file.remove();
  });

  /** Takes a file away, and brings it back. */
  const breakable = (file: SqliteFile) => ({
    breakStorage: async () => {
      file.break();
    },
    healStorage: async () => {
      file.heal();
    },
  });

  describe('SqliteUnitOfWork', () => {
    const start = async () => {
      const file = await sqlite();
      const database = file.connect();
      let nudges = 0;
      const wakeUp = { nudge: () => void (nudges += 1), wait: () => Promise.resolve() };
      const clock = new FixedClock(SOME_DAY);
      return {
        unitOfWork: new SqliteUnitOfWork(database, wakeUp, clock, new AsyncLocalRequestScope(), 50_000),
        largestMessageBytes: 50_000,
        catalogue: new SqliteOpportunityCatalogue(database),
        waiting: async () =>
          database
            .all<Message & { attributes: string }>('SELECT id, key, attributes, payload FROM outbox ORDER BY position')
            .map((row) => ({ ...row, attributes: JSON.parse(row.attributes) as Message['attributes'] })),
        nudges: () => nudges,
        ...breakable(file),
      };
    };
    unitOfWorkContract(start);
    opportunityStatusesContract(async () => {
      const database = (await sqlite()).connect();
      return {
        unitOfWork: unitOfWorkOn(database),
        catalogue: new SqliteOpportunityCatalogue(database),
        feed: new SqliteChangeFeed(database),
      };
    });
  });

  describe('SqliteOpportunityCatalogue', () => {
    opportunityCatalogueContract(async () => {
      const file = await sqlite();
      const database = file.connect();
      return {
        ...breakable(file),
        catalogue: new SqliteOpportunityCatalogue(database),
        store: async (opportunity) => {
          database.transaction(() => writeState(database, opportunity.state, undefined));
        },
      };
    });
  });

  describe('SqliteChangeFeed', () => {
    changeFeedContract(async () => {
      const file = await sqlite();
      const database = file.connect();
      return {
        ...breakable(file),
        feed: new SqliteChangeFeed(database),
        unitOfWork: unitOfWorkOn(database),
        afterReplacement: async () => new SqliteChangeFeed((await sqlite()).connect()),
      };
    });
  });

  describe('SqliteOutboxQueue', () => {
    outboxQueueContract(async () => {
      const file = await sqlite();
      const database = file.connect();
      const unitOfWork = unitOfWorkOn(database);
      let owner: RelayLock | undefined;
      const takeLock = () => {
        const taken = RelayLock.take(`${file.file}-relay`);
        owner = taken ?? owner;
        return taken;
      };
      return {
        queue: () => new SqliteOutboxQueue(file.connect(), takeLock, new FixedClock(SOME_DAY), false),
        commit: async (...messages) => {
          for (const message of messages) await unitOfWork.run(({ outbox }) => outbox.append(message));
        },
        appendAndHold: async (message) => {
          const gate = Promise.withResolvers<never>();
          const held = unitOfWork.run(async ({ outbox }) => {
            await outbox.append(message);
            return gate.promise;
          });
          return async () => {
            gate.reject(new Error('rolled back'));
            await held.catch(() => undefined);
          };
        },
        parked: async () => database.all('SELECT id, refusal FROM outbox_parked ORDER BY position'),
        retry: async (id) => {
          database.run('UPDATE outbox_parked SET refusal = NULL WHERE id = ?', id);
        },
        cutOwner: async () => {
          owner?.release();
        },
      };
    });
  });

  describe('SqliteRateLimiter', () => {
    rateLimiterContract(async () => {
      const file = await sqlite();
      const clock = new FixedClock(SOME_DAY);
      return {
        process: () => new SqliteRateLimiter(file.connect(), clock),
        pass: async (seconds) => {
          clock.advance(seconds * 1000);
        },
        ...breakable(file),
      };
    });
  });

  describe('SqliteRevocationStore', () => {
    revocationStoreContract(async () => {
      const file = await sqlite();
      const clock = new FixedClock(new Date());
      const storeOn = (database: SqliteDatabase) => new SqliteRevocationStore(database, clock, 86_400);
      return {
        store: storeOn(file.connect()),
        // Only one transaction can write, so a store that holds its lock would stop the others. The commit is the record.
        recordAndHold: async (revocation) => async () => {
          await storeOn(file.connect()).record(revocation);
        },
        other: storeOn((await sqlite()).connect()),
        ...breakable(file),
      };
    });
  });
});
