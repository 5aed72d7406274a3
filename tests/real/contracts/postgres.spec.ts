import { expect } from 'chai';
import pg from 'pg';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { PostgresChangeFeed } from '#infrastructure/persistence/opportunities/postgres-change-feed';
import { PostgresOpportunityCatalogue } from '#infrastructure/persistence/opportunities/postgres-opportunity-catalogue';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { PostgresRateLimiter, RateLimitPool } from '#infrastructure/persistence/postgres-rate-limiter';
import { PostgresRevocationStore, RevocationPool } from '#infrastructure/persistence/tokens/postgres-revocation-store';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { rateLimiterContract } from '../../contracts/operations/rate-limiter.contract.ts';
import { relayWakeUpContract } from '../../contracts/operations/system.contract.ts';
import { changeFeedContract } from '../../contracts/opportunities/change-feed.contract.ts';
import { opportunityCatalogueContract } from '../../contracts/opportunities/opportunity-catalogue.contract.ts';
import { opportunityStatusesContract } from '../../contracts/opportunities/opportunity-statuses.contract.ts';
import { unitOfWorkContract } from '../../contracts/opportunities/unit-of-work.contract.ts';
import { outboxQueueContract } from '../../contracts/outbox/outbox-queue.contract.ts';
import { revocationStoreContract } from '../../contracts/tokens/revocation-store.contract.ts';
import { type MigratedDatabase, useMigratedDatabase } from '../../support/servers/migrated-database.ts';
import { emptyDatabase, query } from '../../support/servers/test-database.ts';
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
    unitOfWorkContract(async () => ({
      unitOfWork: database.unitOfWork,
      catalogue: new PostgresOpportunityCatalogue(database.orm),
      waiting: () => database.waiting(),
      largestMessageBytes: LARGEST_MESSAGE_BYTES,
      nudges: () => database.nudges(),
    }));
  });

  describe('the tables of PostgreSQL, for every status', () => {
    opportunityStatusesContract(async () => ({
      unitOfWork: database.unitOfWork,
      catalogue: new PostgresOpportunityCatalogue(database.orm),
      feed: new PostgresChangeFeed(database.orm),
    }));
  });

  describe('PostgresOpportunityCatalogue', () => {
    opportunityCatalogueContract(async () => {
      // One test of the suite starts many times.
      await emptyDatabase(database.url);
      return {
        catalogue: new PostgresOpportunityCatalogue(database.orm),
        store: (opportunity) => database.unitOfWork.run(({ opportunities }) => opportunities.add(opportunity)),
      };
    });
  });

  describe('PostgresChangeFeed', () => {
    changeFeedContract(async () => ({
      feed: new PostgresChangeFeed(database.orm),
      unitOfWork: database.unitOfWork,
      afterReplacement: async () => new PostgresChangeFeed(other.orm),
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
    outboxQueueContract(async () => ({
      queue: () =>
        new PostgresOutboxQueue(database.settings, database.logger, NOBODY_TO_WAKE, {
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
});
