import { ContainerModule } from 'inversify';
import { ChangeOpportunity } from '#application/opportunities/change-opportunity';
import { CreateOpportunity } from '#application/opportunities/create-opportunity';
import { GetOpportunity } from '#application/opportunities/get-opportunity';
import { GetTokenRevocation } from '#application/tokens/get-token-revocation';
import { ListChanges } from '#application/opportunities/list-changes';
import { ListOpportunities } from '#application/opportunities/list-opportunities';
import { Clock } from '#application/ports/system/clock';
import { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { IdGenerator } from '#application/ports/system/id-generator';
import { Logger } from '#application/ports/system/logger';
import { Metrics } from '#application/ports/operations/metrics';
import { RequestScope } from '#application/ports/system/request-scope';
import { RateLimiter } from '#application/ports/system/rate-limiter';
import { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { RevokeTokens } from '#application/tokens/revoke-tokens';
import { identify } from './authentication/bearer-token.ts';
import { AuthenticationLog } from './authentication/authentication-failures.ts';
import { ChangesRoutes } from './opportunities/opportunity-routes.ts';
import { HealthRoutes } from './operations/health-routes.ts';
import { HttpServer, type HttpSettings } from './server/http-server.ts';
import { MetricsRoutes } from './operations/metrics-routes.ts';
import { OpportunityListRoutes } from './opportunities/opportunity-routes.ts';
import { OpportunityRoutes } from './opportunities/opportunity-routes.ts';
import { ProblemRoutes } from './reference/problem-routes.ts';
import { rateLimit, type RateLimits } from './rate-limits/request-limit.ts';
import { ReferenceRoutes } from './reference/reference-routes.ts';
import { reportAuthentication } from './authentication/authentication-failures.ts';
import { RevocationRoutes } from './tokens/revocation-routes.ts';
import { SchemaRoutes } from './reference/schema-routes.ts';
import { TokenBurst } from './rate-limits/bad-token-limit.ts';

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
      (create: CreateOpportunity, get: GetOpportunity, change: ChangeOpportunity, clock: Clock) =>
        new OpportunityRoutes({ create, get, change }, clock, settings.publicRead),
      [CreateOpportunity, GetOpportunity, ChangeOpportunity, Clock],
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
