import { ContainerModule } from 'inversify';
import { CloseOpportunity } from '#application/close-opportunity';
import { CreateOpportunity } from '#application/create-opportunity';
import { GetOpportunity } from '#application/get-opportunity';
import { GetTokenRevocation } from '#application/get-token-revocation';
import { ListChanges } from '#application/list-changes';
import { ListOpportunities } from '#application/list-opportunities';
import { DeleteOpportunity } from '#application/delete-opportunity';
import { EditOpportunity } from '#application/edit-opportunity';
import { RemoveOpportunity } from '#application/remove-opportunity';
import { ReopenOpportunity } from '#application/reopen-opportunity';
import { RestoreOpportunity } from '#application/restore-opportunity';
import { Clock } from '#application/ports/clock';
import { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/health';
import { IdGenerator } from '#application/ports/id-generator';
import { Logger } from '#application/ports/logger';
import { Metrics } from '#application/ports/metrics';
import { RequestScope } from '#application/ports/request-scope';
import { RateLimiter } from '#application/ports/rate-limiter';
import { TokenRevocations } from '#application/ports/token-revocations';
import { TokenVerifier } from '#application/ports/token-verifier';
import { PublishOpportunity } from '#application/publish-opportunity';
import { RevokeTokens } from '#application/revoke-tokens';
import { identify } from './authenticate.ts';
import { AuthenticationLog } from './authentication-log.ts';
import { ChangesRoutes } from './changes-routes.ts';
import { HealthRoutes } from './health-routes.ts';
import { HttpServer, type HttpSettings } from './http-server.ts';
import { MetricsRoutes } from './metrics-routes.ts';
import { OpportunityListRoutes } from './opportunity-list-routes.ts';
import { OpportunityRoutes } from './opportunity-routes.ts';
import { ProblemRoutes } from './problem-routes.ts';
import { rateLimit, type RateLimits } from './rate-limit.ts';
import { ReferenceRoutes } from './reference/reference-routes.ts';
import { reportAuthentication } from './report-authentication.ts';
import { RevocationRoutes } from './revocation-routes.ts';
import { SchemaRoutes } from './schema-routes.ts';
import { TokenBurst } from './token-burst.ts';

type ApiSettings = {
  readonly api: boolean;
  /** Whether reading needs no token. */
  readonly publicRead: boolean;
  /** Undefined for none. */
  readonly rateLimits: RateLimits | undefined;
  /** How many proxies stand in front of the service. */
  readonly trustedProxies: number;
};

/** REST through Koa. A process that only relays answers no more than its health and what it has counted. */
export function http(settings: HttpSettings & ApiSettings): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(OpportunityRoutes).toResolvedValue(
      (
        create: CreateOpportunity,
        get: GetOpportunity,
        edit: EditOpportunity,
        publish: PublishOpportunity,
        close: CloseOpportunity,
        reopen: ReopenOpportunity,
        remove: RemoveOpportunity,
        restore: RestoreOpportunity,
        erase: DeleteOpportunity,
        clock: Clock,
      ) =>
        new OpportunityRoutes(
          { create, get, edit, publish, close, reopen, remove, restore, delete: erase },
          clock,
          settings.publicRead,
        ),
      [
        CreateOpportunity,
        GetOpportunity,
        EditOpportunity,
        PublishOpportunity,
        CloseOpportunity,
        ReopenOpportunity,
        RemoveOpportunity,
        RestoreOpportunity,
        DeleteOpportunity,
        Clock,
      ],
    );
    bind(ChangesRoutes).toResolvedValue((changes: ListChanges) => new ChangesRoutes(changes), [ListChanges]);
    bind(OpportunityListRoutes).toResolvedValue(
      (list: ListOpportunities) => new OpportunityListRoutes(list, settings.publicRead),
      [ListOpportunities],
    );
    bind(HealthRoutes).toResolvedValue(
      (database: DatabaseHealth, broker: BrokerHealth, outbox: OutboxHealth, revocations: TokenRevocations) =>
        new HealthRoutes(database, broker, outbox, settings.api ? revocations : undefined),
      [DatabaseHealth, BrokerHealth, OutboxHealth, TokenRevocations],
    );
    bind(RevocationRoutes).toResolvedValue(
      (revoke: RevokeTokens, get: GetTokenRevocation, clock: Clock) => new RevocationRoutes(revoke, get, clock),
      [RevokeTokens, GetTokenRevocation, Clock],
    );
    bind(MetricsRoutes).toResolvedValue(
      (metrics: Metrics, outbox: OutboxHealth, clock: Clock) => new MetricsRoutes(metrics, outbox, clock),
      [Metrics, OutboxHealth, Clock],
    );
    bind(ProblemRoutes).toResolvedValue(() => new ProblemRoutes());
    bind(SchemaRoutes).toResolvedValue(() => new SchemaRoutes());
    bind(ReferenceRoutes).toResolvedValue(() => new ReferenceRoutes());
    bind(HttpServer).toResolvedValue(
      (
        health: HealthRoutes,
        metricsRoutes: MetricsRoutes,
        schemas: SchemaRoutes,
        problems: ProblemRoutes,
        reference: ReferenceRoutes,
        changes: ChangesRoutes,
        lists: OpportunityListRoutes,
        opportunities: OpportunityRoutes,
        revocations: RevocationRoutes,
        verifier: TokenVerifier,
        limiter: RateLimiter,
        logger: Logger,
        metrics: Metrics,
        clock: Clock,
        requests: RequestScope,
        ids: IdGenerator,
      ) => {
        // A request asks them in this order. The changes come first: to the opportunities they would be an id.
        const api = [
          changes.router,
          lists.router,
          opportunities.router,
          revocations.router,
          schemas.router,
          problems.router,
          reference.router,
        ];
        const routers = [...(settings.api ? api : []), health.router, metricsRoutes.router];
        const { rateLimits, trustedProxies } = settings;
        const failures = new AuthenticationLog(logger, () => verifier.keyFingerprints());
        const report = reportAuthentication(metrics, failures, trustedProxies);
        const identified = identify(verifier, settings.authorizationSchemes);
        const limited = (limits: RateLimits) => {
          const burst = new TokenBurst(limits.authFailuresPerMinute, clock, trustedProxies);
          return [report, burst.around(identified), rateLimit(limiter, limits, trustedProxies)];
        };
        const guards = rateLimits ? limited(rateLimits) : [report, identified];
        return new HttpServer(settings, settings.api ? guards : [], routers, logger, metrics, requests, ids);
      },
      [
        HealthRoutes,
        MetricsRoutes,
        SchemaRoutes,
        ProblemRoutes,
        ReferenceRoutes,
        ChangesRoutes,
        OpportunityListRoutes,
        OpportunityRoutes,
        RevocationRoutes,
        TokenVerifier,
        RateLimiter,
        Logger,
        Metrics,
        Clock,
        RequestScope,
        IdGenerator,
      ],
    );
  });
}
