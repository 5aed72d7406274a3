import 'reflect-metadata';
import { hostname } from 'node:os';
import { Container, ContainerModule } from 'inversify';
import { ChangeOpportunity } from '#application/change-opportunity';
import { CloseOpportunity } from '#application/close-opportunity';
import { CreateOpportunity } from '#application/create-opportunity';
import { DeleteOpportunity } from '#application/delete-opportunity';
import { EditOpportunity } from '#application/edit-opportunity';
import { GetOpportunity } from '#application/get-opportunity';
import { GetTokenRevocation } from '#application/get-token-revocation';
import { ListChanges } from '#application/list-changes';
import { ListOpportunities } from '#application/list-opportunities';
import { ChangeFeed } from '#application/ports/change-feed';
import { Clock } from '#application/ports/clock';
import { EventPublisher } from '#application/ports/event-publisher';
import { IdGenerator } from '#application/ports/id-generator';
import { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import { OutboxQueue } from '#application/ports/outbox-queue';
import { RevocationRegister } from '#application/ports/revocation-register';
import { TokenRevocations } from '#application/ports/token-revocations';
import { UnitOfWork } from '#application/ports/unit-of-work';
import { PublishOpportunity } from '#application/publish-opportunity';
import { RelayOutbox } from '#application/relay-outbox';
import { RemoveOpportunity } from '#application/remove-opportunity';
import { ReopenOpportunity } from '#application/reopen-opportunity';
import { RestoreOpportunity } from '#application/restore-opportunity';
import { RevokeTokens } from '#application/revoke-tokens';
import { TakeUserEvent } from '#application/take-user-event';
import { messaging } from '#infrastructure/messaging/messaging.module';
import { persistence } from '#infrastructure/persistence/persistence.module';
import { security } from '#infrastructure/security/security.module';
import { system } from '#infrastructure/system/system.module';
import { http } from '#interfaces/http/http.module';
import { worker } from '#interfaces/worker/worker.module';
import type { Config } from './config.ts';

/**
 * Everything, wired. A port is an abstract class and its own token; the compiler checks each list of tokens against the
 * factory's arguments.
 * @param overrides modules that rebind ports, loaded before anything is built.
 */
export function createContainer(config: Config, ...overrides: ContainerModule[]): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.load(
    system(config.logLevel),
    persistence(config.database, config.revocations.lifetimeSeconds, config.outbox.retentionHours, {
      // The number alone comes again: in containers it is 1.
      owner: `${hostname()}:${process.pid}:${Math.round(performance.timeOrigin)}`,
      keepsPublished: config.outbox.retentionHours > 0,
    }),
    messaging(config.kafka),
    security(config.tokens, config.revocations),
    useCases(),
    http(config.http),
    worker(),
  );
  container.load(...overrides);
  return container;
}

function useCases(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(CreateOpportunity).toResolvedValue(
      (unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) => new CreateOpportunity(unitOfWork, clock, ids),
      [UnitOfWork, Clock, IdGenerator],
    );
    bind(ChangeOpportunity).toResolvedValue(
      (unitOfWork: UnitOfWork, clock: Clock, ids: IdGenerator) => new ChangeOpportunity(unitOfWork, clock, ids),
      [UnitOfWork, Clock, IdGenerator],
    );
    bind(EditOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new EditOpportunity(changes),
      [ChangeOpportunity],
    );
    bind(PublishOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new PublishOpportunity(changes),
      [ChangeOpportunity],
    );
    bind(CloseOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new CloseOpportunity(changes),
      [ChangeOpportunity],
    );
    bind(ReopenOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new ReopenOpportunity(changes),
      [ChangeOpportunity],
    );
    bind(RemoveOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new RemoveOpportunity(changes),
      [ChangeOpportunity],
    );
    bind(RestoreOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new RestoreOpportunity(changes),
      [ChangeOpportunity],
    );
    bind(DeleteOpportunity).toResolvedValue(
      (changes: ChangeOpportunity) => new DeleteOpportunity(changes),
      [ChangeOpportunity],
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
    bind(RevokeTokens).toResolvedValue(
      (register: RevocationRegister, revocations: TokenRevocations, clock: Clock) =>
        new RevokeTokens(register, revocations, clock),
      [RevocationRegister, TokenRevocations, Clock],
    );
    bind(GetTokenRevocation).toResolvedValue(
      (register: RevocationRegister) => new GetTokenRevocation(register),
      [RevocationRegister],
    );
    bind(TakeUserEvent).toResolvedValue(
      (register: RevocationRegister, clock: Clock) => new TakeUserEvent(register, clock),
      [RevocationRegister, Clock],
    );
    bind(RelayOutbox).toResolvedValue(
      (queue: OutboxQueue, publisher: EventPublisher) => new RelayOutbox(queue, publisher),
      [OutboxQueue, EventPublisher],
    );
  });
}
