import { cloudEventHeaders } from '#infrastructure/messaging/cloud-event-headers';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
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
import { RecordingPublisher } from '../../support/outbox/recording-publisher.ts';
import { SequentialIds } from '../../support/system/sequential-ids.ts';
import { changeFeedContract } from '../opportunities/change-feed.contract.ts';
import { eventPublisherContract } from '../outbox/event-publisher.contract.ts';
import { opportunityStatusesContract } from '../opportunities/opportunity-statuses.contract.ts';
import { opportunityCatalogueContract } from '../opportunities/opportunity-catalogue.contract.ts';
import { outboxQueueContract } from '../outbox/outbox-queue.contract.ts';
import { rateLimiterContract } from '../operations/rate-limiter.contract.ts';
import { revocationStoreContract } from '../tokens/revocation-store.contract.ts';
import { clockContract, idGeneratorContract, metricsContract } from '../operations/system.contract.ts';
import { tokenVerifierContract } from '../tokens/token-verifier.contract.ts';
import { userEventsContract } from '../tokens/user-events.contract.ts';
import { unitOfWorkContract } from '../opportunities/unit-of-work.contract.ts';

describe('the in-memory adapters keep the contracts of the real ones', () => {
  describe('InMemoryUnitOfWork', () => {
    unitOfWorkContract(async () => {
      const database = new InMemoryDatabase();
      let nudges = 0;
      const wakeUp = { nudge: () => void (nudges += 1), wait: () => Promise.resolve() };
      return {
        unitOfWork: new InMemoryUnitOfWork(database, wakeUp, 50_000),
        largestMessageBytes: 50_000,
        catalogue: new InMemoryOpportunityCatalogue(database),
        waiting: async () => database.outbox,
        nudges: () => nudges,
      };
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
        breakBroker: async () => void (publisher.away = true),
        healBroker: async () => void (publisher.away = false),
      };
    });
  });

  describe('InMemoryUserEvents', () => {
    userEventsContract(async () => {
      const topic = new UserTopic();
      return {
        reader: () => new InMemoryUserEvents(topic),
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

  describe('FixedClock', () => {
    clockContract(() => new FixedClock(SOME_DAY));
  });

  describe('RecordingMetrics', () => {
    metricsContract(() => new RecordingMetrics());
  });

  describe('SequentialIds', () => {
    idGeneratorContract(() => new SequentialIds());
  });
});
