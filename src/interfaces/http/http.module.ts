import { ContainerModule } from 'inversify';
import { CloseOpportunity } from '#application/close-opportunity';
import { CreateOpportunity } from '#application/create-opportunity';
import { GetOpportunity } from '#application/get-opportunity';
import { ListMyOpportunities } from '#application/list-my-opportunities';
import { Clock } from '#application/ports/clock';
import { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/health';
import { IdGenerator } from '#application/ports/id-generator';
import { Logger } from '#application/ports/logger';
import { RequestScope } from '#application/ports/request-scope';
import { TokenVerifier } from '#application/ports/token-verifier';
import { PublishOpportunity } from '#application/publish-opportunity';
import { HealthRoutes } from './health-routes.ts';
import { HttpServer, type HttpSettings } from './http-server.ts';
import { OpportunityRoutes } from './opportunity-routes.ts';
import { SchemaRoutes } from './schema-routes.ts';

/** REST through Koa. A process that only relays answers no more than its health. */
export function http(settings: HttpSettings & { readonly api: boolean }): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(OpportunityRoutes).toResolvedValue(
      (
        create: CreateOpportunity,
        get: GetOpportunity,
        listMine: ListMyOpportunities,
        publish: PublishOpportunity,
        close: CloseOpportunity,
        verifier: TokenVerifier,
        clock: Clock,
      ) => new OpportunityRoutes({ create, get, listMine, publish, close }, verifier, clock),
      [
        CreateOpportunity,
        GetOpportunity,
        ListMyOpportunities,
        PublishOpportunity,
        CloseOpportunity,
        TokenVerifier,
        Clock,
      ],
    );
    bind(HealthRoutes).toResolvedValue(
      (database: DatabaseHealth, broker: BrokerHealth, outbox: OutboxHealth) =>
        new HealthRoutes(database, broker, outbox),
      [DatabaseHealth, BrokerHealth, OutboxHealth],
    );
    bind(SchemaRoutes).toResolvedValue(() => new SchemaRoutes());
    bind(HttpServer).toResolvedValue(
      (
        health: HealthRoutes,
        schemas: SchemaRoutes,
        api: OpportunityRoutes,
        logger: Logger,
        requests: RequestScope,
        ids: IdGenerator,
      ) => {
        const routers = settings.api ? [health.router, schemas.router, api.router] : [health.router];
        return new HttpServer(settings, routers, logger, requests, ids);
      },
      [HealthRoutes, SchemaRoutes, OpportunityRoutes, Logger, RequestScope, IdGenerator],
    );
  });
}
