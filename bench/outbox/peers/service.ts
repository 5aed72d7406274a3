import { fillOutbox, MANY_KEYS } from '../records.ts';
import type { KafkaClientName } from '../servers/relay.ts';
import { tidy } from '../servers/benchmark-servers.ts';
import type { PreparePeer } from './peer.ts';

/** Our own relay. */
export function service(client: KafkaClientName): PreparePeer {
  return async (stage) => {
    const database = await stage.database();
    return {
      name: `relay ${client}`,
      share: 1,
      database,
      writes: 'outbox',
      start: () => stage.relay(database, client),
      fill: (events) => fillOutbox(database, events, MANY_KEYS),
      clean: () => tidy(database),
    };
  };
}
