import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaServer, startKafka } from '../../local/kafka/kafka.ts';
import { freePort, LOOPBACK } from '../../local/processes/ports.ts';
import { type KafkaProxy, startKafkaProxy } from './kafka-proxy.ts';

/** The Kafka brokers of a run, as faults see them. */
export type Brokers = {
  /** The value for KAFKA_BROKERS. */
  readonly addresses: string;
  readonly servers: readonly KafkaServer[];
  /** The proxy through which all traffic to a single broker passes. A cluster has none. */
  readonly proxy: KafkaProxy | undefined;
  stop(): Promise<void>;
};

const folder = (name: string) => mkdtempSync(join(tmpdir(), `opportunities-chaos-${name}-`));

/** Starts one broker behind a proxy. The broker advertises the proxy's address, so no client can bypass the proxy. */
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

/** Starts three brokers that are controllers, too. Kafka confirms a record when two of them have stored it. */
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

/** @throws Error when these brokers have no proxy. */
export function proxyOf({ proxy }: Brokers): KafkaProxy {
  if (!proxy) throw new Error('This fault needs a single broker behind a proxy.');
  return proxy;
}
