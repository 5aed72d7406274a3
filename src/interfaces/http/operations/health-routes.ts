import Router from '@koa/router';
import type { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import type { RevocationCache } from '#application/tokens/revocation-cache';
import { inTime } from './dependency-timeout.ts';

/** /health/live tells that the process runs. /health/ready tells whether it can serve: it needs the database and the revocations. */
export class HealthRoutes {
  readonly router = new Router({ sensitive: true, strict: true });

  /** @param revocations undefined in a process that checks no tokens */
  constructor(
    database: DatabaseHealth,
    broker: BrokerHealth,
    outbox: OutboxHealth,
    revocations: Pick<RevocationCache, 'state'> | undefined,
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
        // While the broker is down, messages wait in the outbox. So the process can still serve requests.
        broker: brokerState ?? 'down',
        outbox: backlog ?? 'unknown',
        ...(known && { revocations: known }),
      };
    });
  }
}
