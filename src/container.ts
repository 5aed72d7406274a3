import 'reflect-metadata';
import { hostname } from 'node:os';
import { ContainerModule } from 'inversify';
import { ChangeOpportunity } from '#application/opportunities/change-opportunity';
import { CreateOpportunity } from '#application/opportunities/create-opportunity';
import { GetOpportunity } from '#application/opportunities/get-opportunity';
import { GetTokenRevocation } from '#application/tokens/get-token-revocation';
import { ListChanges } from '#application/opportunities/list-changes';
import { ListOpportunities } from '#application/opportunities/list-opportunities';
import { ChangeFeed } from '#application/ports/opportunities/change-feed';
import { Clock } from '#application/ports/system/clock';
import { EventPublisher } from '#application/ports/outbox/event-publisher';
import { IdGenerator } from '#application/ports/system/id-generator';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { RevocationStore } from '#application/ports/tokens/revocation-store';
import { UserEvents } from '#application/ports/tokens/user-events';
import { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import { RelayOutbox } from '#application/outbox/relay-outbox';
import { Authenticate } from '#application/tokens/authenticate';
import { RevocationCache, type RevocationCacheSettings } from '#application/tokens/revocation-cache';
import { RevokeTokens } from '#application/tokens/revoke-tokens';
import { TakeUserEvents } from '#application/tokens/take-user-events';
import { messaging } from '#infrastructure/messaging/messaging.module';
import { persistence } from '#infrastructure/persistence/persistence.module';
import { security } from '#infrastructure/security/security.module';
import { system } from '#infrastructure/system/system.module';
import { http } from '#interfaces/http/http.module';
import { worker } from '#interfaces/worker/worker.module';
import { ClosingContainer } from './closing-container.ts';
import type { ServiceConfig } from './config/config.ts';

/**
 * Wires the whole service. A port is an abstract class and serves as its own injection token; the compiler checks each
 * list of tokens against the factory's arguments.
 * @param config a part that is missing leaves its ports unbound, so that a port which the overrides forget ends the
 *   start of the service and not a later request.
 * @param overrides modules that rebind ports, loaded before anything is built.
 */
export function createContainer(config: ServiceConfig, ...overrides: ContainerModule[]): ClosingContainer {
  const container = new ClosingContainer({ defaultScope: 'Singleton' });
  const { database, tokens } = config;
  container.load(system(config.logLevel), messaging(config.kafka), http(config.http), worker());
  container.load(useCases(config.revocations));
  if (database) container.load(postgres(config, database));
  if (tokens) container.load(security(tokens));
  container.load(...overrides);
  return container;
}

function postgres(
  { revocations, outbox }: ServiceConfig,
  database: NonNullable<ServiceConfig['database']>,
): ContainerModule {
  return persistence(database, revocations.lifetimeSeconds, outbox.retentionHours, {
    // The process id alone is not unique: in a container it is always 1.
    owner: `${hostname()}:${process.pid}:${Math.round(performance.timeOrigin)}`,
    keepsPublished: outbox.retentionHours > 0,
  });
}

function useCases(revocations: RevocationCacheSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(CreateOpportunity).toResolvedValue(
      (unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) => new CreateOpportunity(unitOfWork, clock, ids),
      [UnitOfWork, Clock, IdGenerator],
    );
    bind(ChangeOpportunity).toResolvedValue(
      (unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) => new ChangeOpportunity(unitOfWork, clock, ids),
      [UnitOfWork, Clock, IdGenerator],
    );
    bind(GetOpportunity).toResolvedValue(
      (catalogue: OpportunityCatalogue, clock: Clock) => new GetOpportunity(catalogue, clock),
      [OpportunityCatalogue, Clock],
    );
    bind(ListOpportunities).toResolvedValue(
      (catalogue: OpportunityCatalogue, clock: Clock) => new ListOpportunities(catalogue, clock),
      [OpportunityCatalogue, Clock],
    );
    bind(ListChanges).toResolvedValue(
      (feed: ChangeFeed, clock: Clock) => new ListChanges(feed, clock),
      [ChangeFeed, Clock],
    );
    bind(RevocationCache).toResolvedValue(
      (store: RevocationStore, clock: Clock) => new RevocationCache(store, clock, revocations),
      [RevocationStore, Clock],
    );
    bind(Authenticate).toResolvedValue(
      (verifier: TokenVerifier, cache: RevocationCache) => new Authenticate(verifier, cache),
      [TokenVerifier, RevocationCache],
    );
    bind(RevokeTokens).toResolvedValue(
      (store: RevocationStore, cache: RevocationCache, clock: Clock) => new RevokeTokens(store, cache, clock),
      [RevocationStore, RevocationCache, Clock],
    );
    bind(GetTokenRevocation).toResolvedValue(
      (store: RevocationStore) => new GetTokenRevocation(store),
      [RevocationStore],
    );
    bind(TakeUserEvents).toResolvedValue(
      (events: UserEvents, store: RevocationStore, clock: Clock) => new TakeUserEvents(events, store, clock),
      [UserEvents, RevocationStore, Clock],
    );
    bind(RelayOutbox).toResolvedValue(
      (queue: OutboxQueue, publisher: EventPublisher) => new RelayOutbox(queue, publisher),
      [OutboxQueue, EventPublisher],
    );
  });
}
