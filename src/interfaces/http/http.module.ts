import { ContainerModule, type ContainerModuleLoadOptions } from 'inversify';
import { ChangeOpportunity } from '#application/opportunities/change-opportunity';
import { CreateOpportunity } from '#application/opportunities/create-opportunity';
import { GetOpportunity } from '#application/opportunities/get-opportunity';
import { ListChanges } from '#application/opportunities/list-changes';
import { ListOpportunities } from '#application/opportunities/list-opportunities';
import { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { Metrics } from '#application/ports/operations/metrics';
import { Clock } from '#application/ports/system/clock';
import { IdGenerator } from '#application/ports/system/id-generator';
import { Logger } from '#application/ports/operations/logger';
import { RateLimiter } from '#application/ports/operations/rate-limiter';
import { RequestScope } from '#application/ports/operations/request-scope';
import { Authenticate } from '#application/tokens/authenticate';
import { GetTokenRevocation } from '#application/tokens/get-token-revocation';
import { RevocationCache } from '#application/tokens/revocation-cache';
import { RevokeTokens } from '#application/tokens/revoke-tokens';
import { HealthRoutes } from './operations/health-routes.ts';
import { MetricsRoutes } from './operations/metrics-routes.ts';
import { OpportunityRoutes } from './opportunities/opportunity-routes.ts';
import { ProblemRoutes } from './reference/problem-routes.ts';
import { ReferenceRoutes } from './reference/reference-routes.ts';
import { SchemaRoutes } from './reference/schema-routes.ts';
import { type GuardParts, Guards, type GuardSettings } from './server/guards.ts';
import { HttpServer, type HttpSettings, Routes } from './server/http-server.ts';
import { RevocationRoutes } from './tokens/revocation-routes.ts';

type Bind = ContainerModuleLoadOptions['bind'];

type Settings = HttpSettings &
  GuardSettings & {
    /** Whether reading needs no token. */
    readonly publicRead: boolean;
  };

/** Binds the HTTP server and its routes. A process that only relays serves only its health and its metrics. */
export function http(settings: Settings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bindServer(bind, settings);
    bindOperations(bind, settings);
    if (!settings.api) return;
    bindOpportunities(bind, settings);
    bindTokens(bind);
    bindReference(bind);
  });
}

function bindServer(bind: Bind, settings: Settings): void {
  bind(Guards).toResolvedValue(
    (
      authenticate: Authenticate,
      limiter: RateLimiter,
      logger: Logger,
      metrics: Metrics,
      clock: Clock,
      requests: RequestScope,
      ids: IdGenerator,
    ) =>
      new Guards(settings, {
        authenticate,
        limiter,
        logger,
        metrics,
        clock,
        requests,
        ids,
      } satisfies GuardParts),
    [Authenticate, RateLimiter, Logger, Metrics, Clock, RequestScope, IdGenerator],
  );
  bind(HttpServer).toResolvedValue(
    (guards: Guards, routes: Routes[], logger: Logger, ids: IdGenerator) =>
      new HttpServer(settings, guards, routes, logger, ids),
    [Guards, { serviceIdentifier: Routes, isMultiple: true }, Logger, IdGenerator],
  );
}

function bindOperations(bind: Bind, { api }: Settings): void {
  bind(Routes).toResolvedValue(
    (database: DatabaseHealth, broker: BrokerHealth, outbox: OutboxHealth, revocations: RevocationCache) =>
      new HealthRoutes(database, broker, outbox, api ? revocations : undefined),
    [DatabaseHealth, BrokerHealth, OutboxHealth, RevocationCache],
  );
  bind(Routes).toResolvedValue(
    (metrics: Metrics, outbox: OutboxHealth, clock: Clock) => new MetricsRoutes(metrics, outbox, clock),
    [Metrics, OutboxHealth, Clock],
  );
}

function bindOpportunities(bind: Bind, { publicRead }: Settings): void {
  bind(Routes).toResolvedValue(
    (
      list: ListOpportunities,
      listChanges: ListChanges,
      create: CreateOpportunity,
      get: GetOpportunity,
      change: ChangeOpportunity,
      clock: Clock,
    ) => new OpportunityRoutes({ list, listChanges, create, get, change }, clock, publicRead),
    [ListOpportunities, ListChanges, CreateOpportunity, GetOpportunity, ChangeOpportunity, Clock],
  );
}

function bindTokens(bind: Bind): void {
  bind(Routes).toResolvedValue(
    (revoke: RevokeTokens, get: GetTokenRevocation, clock: Clock) => new RevocationRoutes(revoke, get, clock),
    [RevokeTokens, GetTokenRevocation, Clock],
  );
}

function bindReference(bind: Bind): void {
  bind(Routes).toResolvedValue(() => new SchemaRoutes());
  bind(Routes).toResolvedValue(() => new ProblemRoutes());
  bind(Routes).toResolvedValue(() => new ReferenceRoutes());
}
