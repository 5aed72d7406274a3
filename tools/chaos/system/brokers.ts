import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaServer, startKafka } from '../../local/kafka/kafka.ts';
import { freePort, LOOPBACK } from '../../local/processes/ports.ts';
import { type KafkaProxy, startKafkaProxy } from './kafka-proxy.ts';

/** What a fault may do to Kafka. */
export type Brokers = {
  /** For KAFKA_BROKERS. */
  readonly addresses: string;
  readonly servers: readonly KafkaServer[];
  /** What goes from and to the broker goes through it; a cluster has none. */
  readonly proxy: KafkaProxy | undefined;
  stop(): Promise<void>;
};

const folder = (name: string) => mkdtempSync(join(tmpdir(), `opportunities-chaos-${name}-`));

/** One broker behind a proxy, which it advertises: clients cannot go round it. */
export async function startBroker(libs: string): Promise<Brokers> {
  const port = await freePort();
  const proxy = await startKafkaProxy(LOOPBACK, port);
  const addresses = `${LOOPBACK}:${proxy.port}`;
  const settings = { 'advertised.listeners': `BROKER://${addresses}` };
  const server = await startKafka({ dir: folder('kafka'), libs, port, removeOnStop: true, settings });
  return {
    addresses,
    servers: [server],
    proxy,
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
}

/** Three brokers, each a controller, too. What two of them have, Kafka takes for written. */
export async function startCluster(libs: string): Promise<Brokers> {
  const nodes = await Promise.all(
    [1, 2, 3].map(async (id) => ({ id, port: await freePort(), controllerPort: await freePort() })),
  );
  const voters = nodes.map(({ id, controllerPort }) => `${id}@${LOOPBACK}:${controllerPort}`).join(',');
  const servers = await Promise.all(
    nodes.map(({ id, port, controllerPort }) =>
      startKafka({
        dir: folder(`kafka-${id}`),
        libs,
        port,
        removeOnStop: true,
        settings: {
          'node.id': String(id),
          'controller.quorum.voters': voters,
          listeners: `BROKER://${LOOPBACK}:${port},CONTROLLER://${LOOPBACK}:${controllerPort}`,
          'default.replication.factor': '3',
          'min.insync.replicas': '2',
          'offsets.topic.replication.factor': '3',
        },
      }),
    ),
  );
  return {
    addresses: servers.map(({ brokers }) => brokers).join(','),
    servers,
    proxy: undefined,
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** @throws Error where there is none. */
export function proxyOf({ proxy }: Brokers): KafkaProxy {
  if (!proxy) throw new Error('this fault wants a broker behind a proxy');
  return proxy;
}
