import Router from '@koa/router';
import type { Clock } from '#application/ports/system/clock';
import type { OutboxBacklog, OutboxHealth } from '#application/ports/operations/health';
import type { Metrics } from '#application/ports/operations/metrics';
import { inTime } from './dependency-timeout.ts';

/** Milliseconds for which a backlog is reused, so that many collectors cause no more queries than one. */
const BACKLOG_AGE_MS = 5000;

/** /metrics, in the format of Prometheus. It responds even while the database is down. */
export class MetricsRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor(metrics: Metrics, outbox: OutboxHealth, clock: Clock) {
    let backlog: Promise<OutboxBacklog> | undefined;
    let askAgainAt = 0;
    this.router.get('/metrics', async (ctx) => {
      const now = clock.now().getTime();
      if (!backlog || now >= askAgainAt) {
        askAgainAt = now + BACKLOG_AGE_MS;
        backlog = outbox.backlog();
      }
      const { contentType, text } = await metrics.report(await inTime(backlog));
      ctx.type = contentType;
      ctx.set('Cache-Control', 'no-store');
      ctx.body = text;
    });
  }
}
