import Router from '@koa/router';
import type { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/health';
import { inTime } from './in-time.ts';

/** /health/live: the process runs. /health/ready: it can serve, which needs the database and nothing else. */
export class HealthRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  constructor(database: DatabaseHealth, broker: BrokerHealth, outbox: OutboxHealth) {
    this.router.get('/health/live', (ctx) => {
      ctx.body = { status: 'live' };
    });

    this.router.get('/health/ready', async (ctx) => {
      const [databaseUp, brokerState, backlog] = await Promise.all([
        inTime(database.check().then(() => true)),
        inTime(broker.state()),
        inTime(outbox.backlog()),
      ]);
      ctx.status = databaseUp ? 200 : 503;
      ctx.set('Cache-Control', 'no-store');
      ctx.body = {
        status: databaseUp ? 'ready' : 'unready',
        database: databaseUp ? 'up' : 'down',
        // Events wait in the outbox while the broker is away, so requests can be served.
        broker: brokerState ?? 'down',
        outbox: backlog ?? 'unknown',
      };
    });
  }
}
