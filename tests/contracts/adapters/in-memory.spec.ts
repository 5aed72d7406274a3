import { cloudEventHeaders } from '#infrastructure/messaging/cloud-event-headers';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { VirtualTimer } from '../../support/system/virtual-timer.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { InMemoryChangeFeed } from '../../support/in-memory/in-memory-change-feed.ts';
import { InMemoryDatabase } from '../../support/in-memory/in-memory-database.ts';
import { InMemoryOpportunityCatalogue } from '../../support/in-memory/in-memory-opportunity-catalogue.ts';
import { InMemoryOutboxQueue } from '../../support/in-memory/in-memory-outbox-queue.ts';
import { InMemoryRateLimiter } from '../../support/in-memory/in-memory-rate-limiter.ts';
import { InMemoryRevocationStore } from '../../support/in-memory/in-memory-revocation-store.ts';
import { InMemoryTokenVerifier } from '../../support/in-memory/in-memory-token-verifier.ts';
import { InMemoryUserEvents, UserTopic } from '../../support/in-memory/in-memory-user-events.ts';
import { InMemoryUnitOfWork } from '../../support/in-memory/in-memory-unit-of-work.ts';
import { RecordingMetrics } from '../../support/system/recording-metrics.ts';
import {
  InMemoryDatabaseHealth,
  InMemoryEventRetention,
  InMemoryOutboxHealth,
  InMemoryRelayPause,
  InMemorySchemaMigrations,
} from '../../support/in-memory/in-memory-operations.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { eventRetentionContract } from '../operations/event-retention.contract.ts';
import { brokerHealthContract, databaseHealthContract, outboxHealthContract } from '../operations/health.contract.ts';
import { loggerContract } from '../operations/logger.contract.ts';
import { relayPauseContract } from '../operations/relay-pause.contract.ts';
import { schemaMigrationsContract } from '../operations/schema-migrations.contract.ts';
import { RecordingPublisher } from '../../support/outbox/recording-publisher.ts';
import { SequentialIds } from '../../support/system/sequential-ids.ts';
import { changeFeedContract } from '../opportunities/change-feed.contract.ts';
import { eventPublisherContract } from '../outbox/event-publisher.contract.ts';
import { opportunityStatusesContract } from '../opportunities/opportunity-statuses.contract.ts';
import { opportunityCatalogueContract } from '../opportunities/opportunity-catalogue.contract.ts';
import { outboxQueueContract } from '../outbox/outbox-queue.contract.ts';
import { rateLimiterContract } from '../operations/rate-limiter.contract.ts';
import { revocationStoreContract } from '../tokens/revocation-store.contract.ts';
import { metricsContract } from '../operations/in-process.contract.ts';
import { clockContract, idGeneratorContract, timerContract } from '../system/system.contract.ts';
import { tokenVerifierContract } from '../tokens/token-verifier.contract.ts';
import { userEventsContract } from '../tokens/user-events.contract.ts';
import { idempotencyKeysContract } from '../opportunities/idempotency-keys.contract.ts';
import { opportunityRepositoryContract } from '../opportunities/opportunity-repository.contract.ts';
import { unitOfWorkContract } from '../opportunities/unit-of-work.contract.ts';
import { outboxContract } from '../outbox/outbox.contract.ts';
import { Nudges } from '../../support/outbox/nudges.ts';

describe('the in-memory adapters keep the contracts of the real ones', () => {
  describe('InMemoryUnitOfWork', () => {
    const start = async () => {
      const database = new InMemoryDatabase();
      const nudges = new Nudges();
      return {
        unitOfWork: new InMemoryUnitOfWork(database, nudges, 50_000),
        largestMessageBytes: 50_000,
        catalogue: new InMemoryOpportunityCatalogue(database),
        waiting: async () => [...database.outbox],
        nudges: () => nudges.count,
        onNudge: (listener: () => void) => void (nudges.listener = listener),
        age: async (hours: number) => {
          database.pass(hours * 3_600_000);
        },
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
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

  describe('the in-memory storage of every status', () => {
    opportunityStatusesContract(async () => {
      const database = new InMemoryDatabase();
      return {
        unitOfWork: new InMemoryUnitOfWork(database, new InProcessRelayWakeUp()),
        catalogue: new InMemoryOpportunityCatalogue(database),
        feed: new InMemoryChangeFeed(database),
      };
    });
  });

  describe('InMemoryOpportunityCatalogue', () => {
    opportunityCatalogueContract(async () => {
      const database = new InMemoryDatabase();
      return {
        catalogue: new InMemoryOpportunityCatalogue(database),
        store: async (opportunity) => void database.opportunities.set(opportunity.id, opportunity),
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemoryChangeFeed', () => {
    changeFeedContract(async () => {
      const database = new InMemoryDatabase();
      return {
        feed: new InMemoryChangeFeed(database),
        unitOfWork: new InMemoryUnitOfWork(database, new InProcessRelayWakeUp()),
        afterReplacement: async () => {
          database.origin = 'b';
          return new InMemoryChangeFeed(database);
        },
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemoryOutboxQueue', () => {
    outboxQueueContract(async () => {
      const database = new InMemoryDatabase();
      const unitOfWork = new InMemoryUnitOfWork(database, new InProcessRelayWakeUp());
      return {
        queue: () => new InMemoryOutboxQueue(database),
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
        parked: async () => database.parked.map(({ message: { id }, refusal }) => ({ id, refusal })),
        retry: async (id) => {
          for (const each of database.parked) if (each.message.id === id) each.refusal = null;
        },
        cutOwner: async () => {
          database.relay = undefined;
        },
        pause: async () => {
          await new InMemoryRelayPause(database).pause(null);
        },
        resume: async () => {
          await new InMemoryRelayPause(database).resume();
        },
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemoryRateLimiter', () => {
    rateLimiterContract(async () => {
      const database = new InMemoryDatabase();
      const clock = new FixedClock(SOME_DAY);
      return {
        process: () => new InMemoryRateLimiter(database, clock),
        pass: async (seconds) => {
          clock.advance(seconds * 1000);
        },
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemoryRevocationStore', () => {
    revocationStoreContract(async () => {
      const database = new InMemoryDatabase();
      const clock = new FixedClock(new Date());
      const store = new InMemoryRevocationStore(database, clock);
      return {
        store,
        recordAndHold: async (revocation) => async () => {
          await store.record(revocation);
        },
        other: new InMemoryRevocationStore(Object.assign(new InMemoryDatabase(), { origin: 'b' }), clock),
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('RecordingPublisher', () => {
    eventPublisherContract(async () => {
      const publisher = new RecordingPublisher();
      return {
        publisher,
        received: () =>
          publisher.published.map(({ attributes, ...record }) => ({
            ...record,
            headers: cloudEventHeaders(attributes),
          })),
        refusable: (key) => {
          const id = someId();
          publisher.refused.add(id);
          return { id, key, attributes: { id }, payload: '{}' };
        },
        breakBroker: async () => void (publisher.away = true),
        healBroker: async () => void (publisher.away = false),
      };
    });
  });

  describe('InMemoryUserEvents', () => {
    userEventsContract(async () => {
      const topic = new UserTopic();
      const logger = new RecordingLogger();
      return {
        reader: () => new InMemoryUserEvents(topic, logger),
        sendMalformed: async () => {
          topic.send('malformed');
        },
        warnings: () => logger.lines.filter(({ level }) => level === 'warn').length,
        send: async (event) => {
          topic.send(event);
        },
        breakBroker: async () => void (topic.away = true),
        healBroker: async () => void (topic.away = false),
      };
    });
  });

  describe('InMemoryTokenVerifier', () => {
    tokenVerifierContract(() => {
      const verifier = new InMemoryTokenVerifier(new FixedClock(SOME_DAY));
      return {
        verifier,
        now: SOME_DAY,
        issue: ({ userId, ...options }) => verifier.issue(userId, options),
        forge: (token) => `${token}-forged`,
      };
    });
  });

  describe('InMemoryDatabaseHealth', () => {
    databaseHealthContract(async () => {
      const database = new InMemoryDatabase();
      return {
        health: new InMemoryDatabaseHealth(database),
        ofStandby: new InMemoryDatabaseHealth(Object.assign(new InMemoryDatabase(), { isStandby: true })),
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemoryOutboxHealth', () => {
    outboxHealthContract(async () => {
      const database = new InMemoryDatabase();
      const message = (key: string) => ({ id: someId(), key, attributes: {}, payload: '{}', position: '0' });
      return {
        health: new InMemoryOutboxHealth(database),
        write: async (count, secondsAgo) => {
          for (let number = 0; number < count; number += 1) {
            database.enqueue(message(someId()));
            const { position } = database.outbox.at(-1)!;
            database.writtenAt.set(position, database.now() - secondsAgo * 1000);
          }
        },
        park: async (keys) => {
          for (let number = 0; number < keys; number += 1)
            database.parked.push(
              { message: message(`key ${number}`), refusal: 'too large' },
              { message: message(`key ${number}`), refusal: null },
            );
        },
        freeOne: async () => {
          database.parked[0]!.refusal = null;
        },
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemoryEventRetention', () => {
    eventRetentionContract(async () => {
      const database = new InMemoryDatabase();
      const hoursAgo = (publishedAt: number) => Math.floor((database.now() - publishedAt) / 3_600_000);
      return {
        retention: (hours) => new InMemoryEventRetention(database, hours),
        retain: async (count, hours) => {
          for (let number = 0; number < count; number += 1) {
            const message = { id: someId(), key: 'key', attributes: {}, payload: '{}', position: '0' };
            // A moment more, so that rounding gives the same hour.
            database.retained.push({ message, publishedAt: database.now() - hours * 3_600_000 - 1000 });
          }
        },
        left: async () => {
          const counts = new Map<number, number>();
          for (const { publishedAt } of database.retained) {
            const hours = hoursAgo(publishedAt);
            counts.set(hours, (counts.get(hours) ?? 0) + 1);
          }
          return Array.from(counts, ([hours, count]) => ({ hoursAgo: hours, count }));
        },
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('InMemorySchemaMigrations', () => {
    schemaMigrationsContract(async () => {
      const database = new InMemoryDatabase();
      const names = ['0001-one', '0002-two', '0003-three'];
      return {
        process: () => new InMemorySchemaMigrations(database, names),
        ofNobody: new InMemorySchemaMigrations(Object.assign(new InMemoryDatabase(), { away: true }), names),
      };
    });
  });

  describe('InMemoryRelayPause', () => {
    relayPauseContract(async () => {
      const database = new InMemoryDatabase();
      return {
        pauses: new InMemoryRelayPause(database),
        now: async () => database.now(),
        breakStorage: async () => void (database.away = true),
        healStorage: async () => void (database.away = false),
      };
    });
  });

  describe('RecordingPublisher, as the health of its broker', () => {
    brokerHealthContract(async () => {
      const broker = new RecordingPublisher();
      broker.partitions = 3;
      return {
        health: broker,
        ofNobody: Object.assign(new RecordingPublisher(), { away: true }),
        grow: async (shards) => {
          broker.partitions = shards;
        },
      };
    });
  });

  describe('RecordingLogger', () => {
    loggerContract(() => {
      const logger = new RecordingLogger();
      return { logger, lines: () => logger.lines };
    });
  });

  describe('FixedClock', () => {
    clockContract(
      () => new FixedClock(SOME_DAY),
      () => SOME_DAY.getTime(),
    );
  });

  describe('RecordingMetrics', () => {
    metricsContract(() => new RecordingMetrics());
  });

  describe('VirtualTimer', () => {
    timerContract(
      () => new VirtualTimer(),
      async (timer, milliseconds) => {
        timer.advance(milliseconds);
        return milliseconds;
      },
    );
  });

  describe('SequentialIds', () => {
    idGeneratorContract(() => new SequentialIds());
  });
});
