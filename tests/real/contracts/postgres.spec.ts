import { expect } from 'chai';
import pg from 'pg';
import type { Message } from '#application/messages/message';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { PostgresChangeFeed } from '#infrastructure/persistence/opportunities/postgres-change-feed';
import { PostgresOpportunityCatalogue } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { PostgresRateLimiter, RateLimitPool } from '#infrastructure/persistence/postgres-rate-limiter';
import { PostgresRevocationStore, RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { OperatorConnection } from '#infrastructure/persistence/connections/operator-connection';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { PostgresEventRetention } from '#infrastructure/persistence/operations/postgres-event-retention';
import { PostgresDatabaseHealth, PostgresOutboxHealth } from '#infrastructure/persistence/operations/postgres-health';
import { PostgresOutboxOverview } from '#infrastructure/persistence/operations/postgres-outbox-overview';
import { PostgresParkedMessages } from '#infrastructure/persistence/operations/postgres-parked-messages';
import { PostgresRelayPause } from '#infrastructure/persistence/operations/postgres-relay-pause';
import { createOrm } from '#infrastructure/persistence/orm';
import { eventRetentionContract } from '../../contracts/operations/event-retention.contract.ts';
import { databaseHealthContract, outboxHealthContract } from '../../contracts/operations/health.contract.ts';
import { outboxOverviewContract } from '../../contracts/operations/outbox-overview.contract.ts';
import { parkedMessagesContract } from '../../contracts/operations/parked-messages.contract.ts';
import { relayPauseContract } from '../../contracts/operations/relay-pause.contract.ts';
import { schemaMigrationsContract } from '../../contracts/operations/schema-migrations.contract.ts';
import { rateLimiterContract } from '../../contracts/operations/rate-limiter.contract.ts';
import { relayWakeUpContract } from '../../contracts/operations/in-process.contract.ts';
import { changeFeedContract } from '../../contracts/opportunities/change-feed.contract.ts';
import { opportunityCatalogueContract } from '../../contracts/opportunities/opportunity-catalogue.contract.ts';
import { idempotencyKeysContract } from '../../contracts/opportunities/idempotency-keys.contract.ts';
import { opportunityRepositoryContract } from '../../contracts/opportunities/opportunity-repository.contract.ts';
import { opportunityStatusesContract } from '../../contracts/opportunities/opportunity-statuses.contract.ts';
import { unitOfWorkContract } from '../../contracts/opportunities/unit-of-work.contract.ts';
import { outboxContract } from '../../contracts/outbox/outbox.contract.ts';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { Nudges } from '../../support/outbox/nudges.ts';
import { outboxQueueContract } from '../../contracts/outbox/outbox-queue.contract.ts';
import { revocationStoreContract } from '../../contracts/tokens/revocation-store.contract.ts';
import { type MigratedDatabase, useCuttableWay, useMigratedDatabase } from '../../support/servers/migrated-database.ts';
import { createTestDatabase, emptyDatabase, query } from '../../support/servers/test-database.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';

const NOBODY_TO_WAKE = { nudge: () => undefined, wait: () => Promise.resolve() };
const DAY = 86_400;

/** Locks a table against everybody, so that every statement on it ends with the statement time-out. */
function lockOn({ url }: MigratedDatabase, table: string) {
  const blocker = new pg.Client({ connectionString: url });
  return {
    breakStorage: async () => {
      await blocker.connect();
      await blocker.query('BEGIN');
      await blocker.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    },
    healStorage: () => blocker.end(),
  };
}

describe('the PostgreSQL adapters keep the contracts of their ports', () => {
  const database = useMigratedDatabase();
  const other = useMigratedDatabase();
  const toClose: { close(): Promise<void> }[] = [];
  const toEnd: pg.Pool[] = [];

  afterEach(async () => {
    await Promise.all([...toClose.splice(0).map((each) => each.close()), ...toEnd.splice(0).map((pool) => pool.end())]);
  });

  describe('PostgresUnitOfWork', () => {
    const way = useCuttableWay(database);
    const start = async () => {
      const nudges = new Nudges();
      return {
        unitOfWork: new PostgresUnitOfWork(way.orm, nudges, database.requests, LARGEST_MESSAGE_BYTES),
        catalogue: new PostgresOpportunityCatalogue(database.orm),
        waiting: () => database.waiting(),
        largestMessageBytes: LARGEST_MESSAGE_BYTES,
        nudges: () => nudges.count,
        onNudge: (listener: () => void) => void (nudges.listener = listener),
        age: async (hours: number) => {
          const older = "UPDATE idempotency_key SET created_at = created_at - $1 * interval '1 hour'";
          await query(database.url, older, [hours]);
        },
        breakStorage: way.cut,
        healStorage: way.restore,
      };
    };
    unitOfWorkContract(start);
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

  describe('the tables of PostgreSQL, for every status', () => {
    opportunityStatusesContract(async () => ({
      unitOfWork: database.unitOfWork,
      catalogue: new PostgresOpportunityCatalogue(database.orm),
      feed: new PostgresChangeFeed(database.orm),
    }));
  });

  describe('PostgresOpportunityCatalogue', () => {
    const way = useCuttableWay(database);

    opportunityCatalogueContract(async () => {
      // One test of the suite starts many times.
      await emptyDatabase(database.url);
      return {
        catalogue: new PostgresOpportunityCatalogue(way.orm),
        store: (opportunity) => database.store(opportunity),
        breakStorage: way.cut,
        healStorage: way.restore,
      };
    });
  });

  describe('PostgresChangeFeed', () => {
    const way = useCuttableWay(database);

    changeFeedContract(async () => ({
      feed: new PostgresChangeFeed(way.orm),
      unitOfWork: database.unitOfWork,
      afterReplacement: async () => new PostgresChangeFeed(other.orm),
      breakStorage: way.cut,
      healStorage: way.restore,
    }));
  });

  describe('PostgresRateLimiter', () => {
    rateLimiterContract(async () => {
      const clock = new FixedClock(new Date());
      return {
        process: () => {
          const pool = new RateLimitPool({ ...database.settings, statementTimeoutMs: 200 }, database.logger);
          toEnd.push(pool);
          return new PostgresRateLimiter(pool, clock, database.logger);
        },
        pass: async (seconds) => {
          clock.advance(seconds * 1000);
          await query(database.url, 'UPDATE rate_limit SET expire = expire - $1', [seconds * 1000]);
        },
        ...lockOn(database, 'rate_limit'),
      };
    });
  });

  describe('NotifyingRelayWakeUp', () => {
    relayWakeUpContract(() => {
      const { settings, logger } = database;
      const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), settings, logger, 'here');
      toClose.push(wakeUp);
      return wakeUp;
    });
  });

  describe('PostgresOutboxQueue', () => {
    const way = useCuttableWay(database);

    outboxQueueContract(async () => ({
      queue: () =>
        new PostgresOutboxQueue(way.settings, database.logger, NOBODY_TO_WAKE, {
          owner: 'test',
          keepsPublished: true,
        }),
      commit: async (...messages) => {
        for (const message of messages) await database.unitOfWork.run(({ outbox }) => outbox.append(message));
      },
      appendAndHold: async (message) => {
        const appended = Promise.withResolvers<undefined>();
        const gate = Promise.withResolvers<never>();
        const held = database.unitOfWork.run(async ({ outbox }) => {
          await outbox.append(message);
          appended.resolve(undefined);
          return gate.promise;
        });
        await appended.promise;
        return async () => {
          gate.reject(new Error('rolled back'));
          await held.catch(() => undefined);
        };
      },
      parked: () => query(database.url, 'SELECT id, refusal FROM outbox_parked ORDER BY position'),
      retry: async (id) => {
        await query(database.url, 'UPDATE outbox_parked SET refusal = NULL WHERE id = $1', [id]);
      },
      cutOwner: async () => {
        const cut = await query(
          database.url,
          `SELECT pg_terminate_backend(pid) FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           GROUP BY pid`,
        );
        expect(cut).to.have.length(1);
      },
      pause: async () => {
        await query(database.url, 'INSERT INTO outbox_pause (reason) VALUES (NULL)');
      },
      resume: async () => {
        await query(database.url, 'DELETE FROM outbox_pause');
      },
      breakStorage: way.cut,
      healStorage: way.restore,
    }));
  });

  describe('PostgresRevocationStore', () => {
    const storeOf = ({ settings, logger }: MigratedDatabase): PostgresRevocationStore => {
      const pool = new RevocationPool({ ...settings, statementTimeoutMs: 500 }, logger);
      toEnd.push(pool);
      return new PostgresRevocationStore(pool, DAY);
    };

    revocationStoreContract(async () => ({
      store: storeOf(database),
      recordAndHold: async ({ userId, validAfter, reason }) => {
        const writer = new pg.Client({ connectionString: database.url });
        await writer.connect();
        await writer.query('BEGIN');
        await writer.query('INSERT INTO token_revocation (user_id, valid_after, reason) VALUES ($1, $2, $3)', [
          userId,
          validAfter,
          reason,
        ]);
        return async () => {
          await writer.query('COMMIT');
          await writer.end();
        };
      },
      other: storeOf(other),
      ...lockOn(database, 'token_revocation'),
    }));
  });

  describe('the ports of operations', () => {
    const way = useCuttableWay(database);
    const breakable = { breakStorage: way.cut, healStorage: way.restore };
    const operator = () => {
      const connection = new OperatorConnection(way.settings);
      toClose.push(connection);
      return connection;
    };
    const now = async () => {
      const clock = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now';
      return (await query<{ now: number }>(database.url, clock))[0]!.now;
    };
    const owner = 'host-a:17:1790000000000';
    const operated = () => ({
      queue: () =>
        new PostgresOutboxQueue(database.settings, database.logger, NOBODY_TO_WAKE, { owner, keepsPublished: true }),
      commit: async (...messages: Message[]) => {
        for (const message of messages) await database.unitOfWork.run(({ outbox }) => outbox.append(message));
      },
      pauses: new PostgresRelayPause(operator()),
      now,
      pass: async (seconds: number) => {
        for (const [table, columns] of [
          ['outbox', ['created_at']],
          ['outbox_parked', ['created_at', 'parked_at']],
          ['outbox_published', ['created_at', 'published_at']],
        ] as const) {
          const older = columns.map((column) => `${column} = ${column} - $1 * interval '1 s'`);
          await query(database.url, `UPDATE ${table} SET ${older.join()}`, [seconds]);
        }
      },
      ...breakable,
    });

    describe('PostgresDatabaseHealth', () => {
      databaseHealthContract(async () => {
        const url = await createTestDatabase();
        const name = new URL(url).pathname.slice(1);
        await query(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
        const standby = createOrm({ ...database.settings, url }, database.logger);
        toClose.push(standby);
        return {
          health: new PostgresDatabaseHealth(way.orm),
          ofStandby: new PostgresDatabaseHealth(standby),
          ...breakable,
        };
      });
    });

    describe('PostgresOutboxHealth', () => {
      outboxHealthContract(async () => ({
        health: new PostgresOutboxHealth(way.orm),
        write: async (count, secondsAgo) => {
          await query(
            database.url,
            `INSERT INTO outbox (bucket, id, key, headers, payload, created_at)
             SELECT 0, gen_random_uuid(), n::text, '{}', '{}', now() - $2 * interval '1 s'
             FROM generate_series(1, $1::int) AS n`,
            [count, secondsAgo],
          );
        },
        park: async (keys) => {
          await query(
            database.url,
            `INSERT INTO outbox_parked (position, bucket, id, key, headers, payload, created_at, refusal)
             SELECT n, 0, gen_random_uuid(), (n / 2)::text, '{}', '{}', now(), CASE WHEN n % 2 = 0 THEN 'too large' END
             FROM generate_series(2, $1::int * 2 + 1) AS n`,
            [keys],
          );
        },
        freeOne: async () => {
          await query(database.url, 'UPDATE outbox_parked SET refusal = NULL WHERE position = 2');
        },
        ...breakable,
      }));
    });

    describe('PostgresEventRetention', () => {
      eventRetentionContract(async () => ({
        retention: (hours) => new PostgresEventRetention(way.orm, hours),
        retain: async (count, hoursAgo) => {
          await query(
            database.url,
            `INSERT INTO outbox_published (position, bucket, id, key, headers, payload, created_at, published_at)
             SELECT $2::int * 10000 + n, 0, gen_random_uuid(), 'key', '{}', '{}', now(),
               now() - $2 * interval '1 hour' - interval '1 s' + n * interval '1 microsecond'
             FROM generate_series(1, $1::int) AS n`,
            [count, hoursAgo],
          );
        },
        left: () =>
          query(
            database.url,
            `SELECT floor(extract(epoch FROM now() - published_at) / 3600)::int AS "hoursAgo", count(*)::int AS count
             FROM outbox_published GROUP BY 1 ORDER BY 1 DESC`,
          ),
        ...breakable,
      }));
    });

    describe('MikroOrmSchemaMigrations', () => {
      schemaMigrationsContract(async () => {
        const settings = { ...database.settings, url: await createTestDatabase() };
        const migrationsIn = (url: string) => {
          const orm = createOrm({ ...settings, url }, database.logger);
          toClose.push(orm);
          return new MikroOrmSchemaMigrations(orm);
        };
        return {
          process: () => migrationsIn(settings.url),
          ofNobody: migrationsIn('postgresql://nobody@127.0.0.1:1/test'),
        };
      });
    });

    describe('PostgresRelayPause', () => {
      relayPauseContract(async () => {
        return { pauses: new PostgresRelayPause(operator()), now, ...breakable };
      });
    });

    describe('PostgresParkedMessages', () => {
      parkedMessagesContract(async () => ({
        ...operated(),
        parked: new PostgresParkedMessages(operator()),
        otherOperator: new PostgresParkedMessages(operator()),
        discarded: () =>
          query(database.url, 'SELECT id, key, payload, refusal, reason FROM outbox_discarded ORDER BY position'),
      }));
    });

    describe('PostgresOutboxOverview', () => {
      outboxOverviewContract(async () => ({
        ...operated(),
        parked: new PostgresParkedMessages(operator()),
        overview: new PostgresOutboxOverview(operator(), true),
        withoutRetention: new PostgresOutboxOverview(operator(), false),
        write: async (count) => {
          await query(
            database.url,
            `INSERT INTO outbox (bucket, id, key, headers, payload)
             SELECT 0, gen_random_uuid(), n::text, '{}', '{}' FROM generate_series(1, $1::int) AS n`,
            [count],
          );
        },
        owner,
      }));
    });
  });
});
