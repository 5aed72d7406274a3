import type { Message } from '#application/messages/message';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { SqliteChangeFeed } from '../../../examples/adapters/sqlite/opportunities/sqlite-change-feed.ts';
import { SqliteOpportunityCatalogue } from '../../../examples/adapters/sqlite/opportunities/sqlite-opportunity-catalogue.ts';
import { writeState } from '../../../examples/adapters/sqlite/opportunities/opportunity-rows.ts';
import { RelayLock } from '../../../examples/adapters/sqlite/outbox/relay-lock.ts';
import { SqliteOutboxQueue } from '../../../examples/adapters/sqlite/outbox/sqlite-outbox-queue.ts';
import {
  SqliteDatabaseHealth,
  SqliteOutboxHealth,
} from '../../../examples/adapters/sqlite/operations/sqlite-health.ts';
import { SqliteOutboxOverview } from '../../../examples/adapters/sqlite/operations/sqlite-outbox-overview.ts';
import { SqliteParkedMessages } from '../../../examples/adapters/sqlite/operations/sqlite-parked-messages.ts';
import { SqliteRelayPause } from '../../../examples/adapters/sqlite/operations/sqlite-relay-pause.ts';
import { SqliteSchemaMigrations } from '../../../examples/adapters/sqlite/operations/sqlite-schema-migrations.ts';
import { SqliteEventRetention } from '../../../examples/adapters/sqlite/outbox/sqlite-event-retention.ts';
import { SqliteRateLimiter } from '../../../examples/adapters/sqlite/operations/sqlite-rate-limiter.ts';
import { SqliteDatabase } from '../../../examples/adapters/sqlite/sqlite-database.ts';
import { SqliteUnitOfWork } from '../../../examples/adapters/sqlite/sqlite-unit-of-work.ts';
import { SqliteRevocationStore } from '../../../examples/adapters/sqlite/tokens/sqlite-revocation-store.ts';
import { SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { SqliteFile } from '../../support/sqlite/sqlite-file.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { outboxQueueContract } from '../outbox/outbox-queue.contract.ts';
import { eventRetentionContract } from '../operations/event-retention.contract.ts';
import { databaseHealthContract, outboxHealthContract } from '../operations/health.contract.ts';
import { outboxOverviewContract } from '../operations/outbox-overview.contract.ts';
import { parkedMessagesContract } from '../operations/parked-messages.contract.ts';
import { relayPauseContract } from '../operations/relay-pause.contract.ts';
import { schemaMigrationsContract } from '../operations/schema-migrations.contract.ts';
import { rateLimiterContract } from '../operations/rate-limiter.contract.ts';
import { changeFeedContract } from '../opportunities/change-feed.contract.ts';
import { opportunityCatalogueContract } from '../opportunities/opportunity-catalogue.contract.ts';
import { opportunityStatusesContract } from '../opportunities/opportunity-statuses.contract.ts';
import { idempotencyKeysContract } from '../opportunities/idempotency-keys.contract.ts';
import { opportunityRepositoryContract } from '../opportunities/opportunity-repository.contract.ts';
import { outboxContract } from '../outbox/outbox.contract.ts';
import { Nudges } from '../../support/outbox/nudges.ts';
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

  /** An outbox on a file of its own, for the suites of the ports with which operators work on it. */
  const operated = async () => {
    const file = await sqlite();
    const database = file.connect();
    const clock = new FixedClock(SOME_DAY);
    const unitOfWork = new SqliteUnitOfWork(
      database,
      new InProcessRelayWakeUp(),
      clock,
      new AsyncLocalRequestScope(),
      900_000,
    );
    const lock = `${file.file}-relay`;
    return {
      file,
      database,
      clock,
      isOwned: () => RelayLock.isTaken(lock),
      queue: () => new SqliteOutboxQueue(file.connect(), () => RelayLock.take(lock), clock, true),
      commit: async (...messages: Message[]) => {
        for (const message of messages) await unitOfWork.run(({ outbox }) => outbox.append(message));
      },
      pauses: new SqliteRelayPause(database, clock),
      now: async () => clock.now().getTime(),
      pass: async (seconds: number) => {
        clock.advance(seconds * 1000);
      },
      ...breakable(file),
    };
  };

  describe('SqliteUnitOfWork', () => {
    const start = async () => {
      const file = await sqlite();
      const database = file.connect();
      const nudges = new Nudges();
      const clock = new FixedClock(SOME_DAY);
      return {
        unitOfWork: new SqliteUnitOfWork(database, nudges, clock, new AsyncLocalRequestScope(), 50_000),
        largestMessageBytes: 50_000,
        catalogue: new SqliteOpportunityCatalogue(database),
        waiting: async () =>
          database
            .all<Message & { attributes: string }>('SELECT id, key, attributes, payload FROM outbox ORDER BY position')
            .map((row) => ({ ...row, attributes: JSON.parse(row.attributes) as Message['attributes'] })),
        nudges: () => nudges.count,
        onNudge: (listener: () => void) => {
          nudges.listener = listener;
        },
        age: async (hours: number) => {
          clock.advance(hours * 3_600_000);
        },
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
    describe('OpportunityRepository', () => {
      opportunityRepositoryContract(start);
    });
    describe('Outbox', () => {
      outboxContract(start);
    });
    describe('IdempotencyKeys', () => {
      idempotencyKeysContract(start);
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
        pause: async () => {
          await new SqliteRelayPause(database, new FixedClock(SOME_DAY)).pause(null);
        },
        resume: async () => {
          await new SqliteRelayPause(database, new FixedClock(SOME_DAY)).resume();
        },
        ...breakable(file),
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

  describe('SqliteRelayPause', () => {
    relayPauseContract(async () => {
      const file = await sqlite();
      const clock = new FixedClock(SOME_DAY);
      return {
        pauses: new SqliteRelayPause(file.connect(), clock),
        now: async () => clock.now().getTime(),
        ...breakable(file),
      };
    });
  });

  describe('SqliteParkedMessages', () => {
    parkedMessagesContract(async () => {
      const outbox = await operated();
      const { file, database, clock, isOwned } = outbox;
      return {
        ...outbox,
        parked: new SqliteParkedMessages(database, clock, isOwned),
        otherOperator: new SqliteParkedMessages(file.connect(), clock, isOwned),
        discarded: async () =>
          database.all('SELECT id, key, payload, refusal, reason FROM outbox_discarded ORDER BY position'),
      };
    });
  });

  describe('SqliteOutboxOverview', () => {
    outboxOverviewContract(async () => {
      const outbox = await operated();
      const { database, clock, isOwned } = outbox;
      return {
        ...outbox,
        parked: new SqliteParkedMessages(database, clock, isOwned),
        overview: new SqliteOutboxOverview(database, clock, isOwned, true),
        withoutRetention: new SqliteOutboxOverview(database, clock, isOwned, false),
        write: async (count) => {
          const insert = "INSERT INTO outbox (id, key, attributes, payload, created_at) VALUES (?, ?, '{}', '{}', 0)";
          database.transaction(() => {
            for (let number = 0; number < count; number += 1) database.run(insert, someId(), someId());
          });
        },
        owner: null,
      };
    });
  });

  describe('SqliteEventRetention', () => {
    eventRetentionContract(async () => {
      const file = await sqlite();
      const database = file.connect();
      const now = SOME_DAY.getTime();
      return {
        retention: (hours) => new SqliteEventRetention(file.connect(), new FixedClock(SOME_DAY), hours),
        retain: async (count, hoursAgo) => {
          database.transaction(() => {
            for (let number = 0; number < count; number += 1)
              database.run(
                `INSERT INTO outbox_published (id, key, attributes, payload, created_at, published_at)
                VALUES (?, 'key', '{}', '{}', 0, ?)`,
                someId(),
                // A moment more, so that rounding gives the same hour.
                now - hoursAgo * 3_600_000 - 1000,
              );
          });
        },
        left: async () =>
          database.all(
            `SELECT (CAST(? AS INTEGER) - published_at) / 3600000 AS hoursAgo, count(*) AS count FROM outbox_published
            GROUP BY 1 ORDER BY 1 DESC`,
            now,
          ),
        ...breakable(file),
      };
    });
  });

  describe('SqliteSchemaMigrations', () => {
    schemaMigrationsContract(async () => {
      const [file, away] = [new SqliteFile(), await sqlite()];
      files.push(file);
      const ofNobody = new SqliteSchemaMigrations(away.connect());
      away.break();
      return { process: () => new SqliteSchemaMigrations(file.connect()), ofNobody };
    });
  });

  describe('SqliteDatabaseHealth', () => {
    databaseHealthContract(async () => {
      const file = await sqlite();
      return {
        health: new SqliteDatabaseHealth(file.connect()),
        ofStandby: new SqliteDatabaseHealth(new SqliteDatabase({ file: `file:${file.file}?mode=ro` })),
        ...breakable(file),
      };
    });
  });

  describe('SqliteOutboxHealth', () => {
    outboxHealthContract(async () => {
      const file = await sqlite();
      const database = file.connect();
      const now = SOME_DAY.getTime();
      const park = (key: string, refusal: string | null) =>
        database.run(
          `INSERT INTO outbox_parked (id, key, attributes, payload, created_at, parked_at, refusal)
          VALUES (?, ?, '{}', '{}', 0, 0, ?)`,
          someId(),
          key,
          refusal,
        );
      return {
        health: new SqliteOutboxHealth(database, new FixedClock(SOME_DAY)),
        write: async (count, secondsAgo) => {
          database.transaction(() => {
            for (let number = 0; number < count; number += 1)
              database.run(
                "INSERT INTO outbox (id, key, attributes, payload, created_at) VALUES (?, ?, '{}', '{}', ?)",
                someId(),
                someId(),
                now - secondsAgo * 1000,
              );
          });
        },
        park: async (keys) => {
          database.transaction(() => {
            for (let number = 0; number < keys; number += 1) {
              park(`key ${number}`, 'too large');
              park(`key ${number}`, null);
            }
          });
        },
        freeOne: async () => {
          database.run("UPDATE outbox_parked SET refusal = NULL WHERE key = 'key 0'");
        },
        ...breakable(file),
      };
    });
  });
});
