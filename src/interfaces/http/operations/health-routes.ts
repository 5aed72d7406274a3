import Router from '@koa/router';
import type { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import type { TokenRevocations } from '#application/ports/tokens/token-revocations';
import { inTime } from './timeout.ts';

/** /health/live: the process runs. /health/ready: it can serve, which needs the database, and to know whose tokens are good. */
export class HealthRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  /** @param revocations undefined where no tokens are looked at. */
  constructor(
    database: DatabaseHealth,
    broker: BrokerHealth,
    outbox: OutboxHealth,
    revocations: TokenRevocations | undefined,
  ) {
    this.router.get('/health/live', (ctx) => {
      ctx.body = { status: 'live' };
    });

    this.router.get('/health/ready', async (ctx) => {
      const [databaseUp, brokerState, backlog] = await Promise.all([
        inTime(database.check().then(() => true)),
        inTime(broker.state()),
        inTime(outbox.backlog()),
      ]);
      const known = revocations?.state();
      const ready = databaseUp && known !== 'unavailable';
      ctx.status = ready ? 200 : 503;
      ctx.set('Cache-Control', 'no-store');
      ctx.body = {
        status: ready ? 'ready' : 'unready',
        database: databaseUp ? 'up' : 'down',
        // Events wait in the outbox while the broker is away, so requests can be served.
        broker: brokerState ?? 'down',
        outbox: backlog ?? 'unknown',
        ...(known && { revocations: known }),
      };
    });
  }
}
