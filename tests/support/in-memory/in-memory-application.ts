import { ChangeOpportunity } from '#application/opportunities/change-opportunity';
import { CreateOpportunity } from '#application/opportunities/create-opportunity';
import { GetOpportunity } from '#application/opportunities/get-opportunity';
import { GetTokenRevocation } from '#application/tokens/get-token-revocation';
import { ListChanges } from '#application/opportunities/list-changes';
import { ListOpportunities } from '#application/opportunities/list-opportunities';
import type { Clock } from '#application/ports/system/clock';
import type { Transaction, UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { RevocationCache } from '#application/tokens/revocation-cache';
import { RevokeTokens } from '#application/tokens/revoke-tokens';
import { TakeUserEvents } from '#application/tokens/take-user-events';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { SOME_DAY } from '../opportunities/an-opportunity.ts';
import { FixedClock } from '../system/fixed-clock.ts';
import { InMemoryChangeFeed } from './in-memory-change-feed.ts';
import { InMemoryDatabase } from './in-memory-database.ts';
import { InMemoryOpportunityCatalogue } from './in-memory-opportunity-catalogue.ts';
import { InMemoryRevocationStore } from './in-memory-revocation-store.ts';
import { InMemoryUserEvents, UserTopic } from './in-memory-user-events.ts';
import { InMemoryUnitOfWork } from './in-memory-unit-of-work.ts';
import { SequentialIds } from '../system/sequential-ids.ts';

/** Records the calls that a block makes, in order. */
class RecordingUnitOfWork implements UnitOfWork {
  readonly steps: string[] = [];
  private readonly inner: UnitOfWork;

  constructor(inner: UnitOfWork) {
    this.inner = inner;
  }

  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { steps } = this;
    return this.inner.run(({ opportunities, outbox, idempotencyKeys }) =>
      work({
        opportunities: {
          add: (opportunity) => (steps.push('add'), opportunities.add(opportunity)),
          get: (id) => (steps.push('get'), opportunities.get(id)),
          save: (opportunity) => (steps.push('save'), opportunities.save(opportunity)),
        },
        outbox: { append: (message) => (steps.push('append'), outbox.append(message)) },
        idempotencyKeys,
      }),
    );
  }
}

type EventData = {
  actorId: string;
  occurredAt: string;
  reason?: string;
  changedFields?: string[];
  opportunity: Record<string, unknown>;
};

/** Every use case over one in-memory database, and functions with which a test inspects the result. */
export function inMemoryApplication() {
  return inMemoryApplicationWith(new FixedClock(SOME_DAY));
}

/** The same with another clock. */
export function inMemoryApplicationWith<C extends Clock>(clock: C) {
  const database = new InMemoryDatabase();
  const ids = new SequentialIds();
  const unitOfWork = new RecordingUnitOfWork(new InMemoryUnitOfWork(database, new InProcessRelayWakeUp()));
  const catalogue = new InMemoryOpportunityCatalogue(database);
  const store = new InMemoryRevocationStore(database, clock);
  const revocations = new RevocationCache(store, clock, { whenStale: 'open', lifetimeSeconds: 86_400 });
  const userTopic = new UserTopic();
  return {
    database,
    clock,
    /** The calls inside transactions, in order. */
    steps: unitOfWork.steps,
    /** The events that were committed, oldest first. */
    events: () =>
      database.outbox.map(({ id, key, attributes, payload }) => ({
        id,
        key,
        type: attributes['type'],
        sequence: attributes['sequence'],
        time: attributes['time'],
        data: JSON.parse(payload) as EventData,
      })),
    stored: (id: string) => database.opportunities.get(id)?.state,
    /** Stores an opportunity without a use case, as if it had existed before the test. */
    given: (opportunity: Opportunity): string => {
      database.opportunities.set(opportunity.id, opportunity);
      return opportunity.id;
    },
    create: new CreateOpportunity(unitOfWork, clock, ids),
    change: new ChangeOpportunity(unitOfWork, clock, ids),
    get: new GetOpportunity(catalogue, clock),
    listChanges: new ListChanges(new InMemoryChangeFeed(database), clock),
    list: new ListOpportunities(catalogue, clock),
    revocations,
    revokeTokens: new RevokeTokens(store, revocations, clock),
    getTokenRevocation: new GetTokenRevocation(store),
    /** The topic of the token issuer, which takeUserEvents reads. */
    userTopic,
    takeUserEvents: new TakeUserEvents(new InMemoryUserEvents(userTopic), store, clock),
  };
}
