import { ContainerModule } from 'inversify';
import { Clock } from '#application/ports/system/clock';
import { IdGenerator } from '#application/ports/system/id-generator';
import { Logger } from '#application/ports/operations/logger';
import { Metrics } from '#application/ports/operations/metrics';
import { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { RequestScope } from '#application/ports/operations/request-scope';
import { AsyncLocalRequestScope } from './async-local-request-scope.ts';
import { InProcessRelayWakeUp } from './in-process-relay-wake-up.ts';
import { type LogLevel, PinoLogger } from './pino-logger.ts';
import { PrometheusMetrics } from './prometheus-metrics.ts';
import { SystemClock } from './system-clock.ts';
import { UuidV7Generator } from './uuid-v7-generator.ts';

/** Binds the clock, ids, logs, metrics, the request scope and the wake-up of the relay. */
export function system(logLevel: LogLevel): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(Clock).toResolvedValue(() => new SystemClock());
    bind(IdGenerator).toResolvedValue(() => new UuidV7Generator());
    bind(RequestScope).toResolvedValue(() => new AsyncLocalRequestScope());
    bind(Logger).toResolvedValue((requests: RequestScope) => new PinoLogger(logLevel, requests), [RequestScope]);
    bind(Metrics).toResolvedValue(() => new PrometheusMetrics());
    bind(RelayWakeUp).toResolvedValue(() => new InProcessRelayWakeUp());
  });
}
