import type { Program } from '../processes/kept-process.ts';
import { LOOPBACK } from '../processes/ports.ts';

export type KafkaOptions = {
  /** The broker's folder: `data/`, `server.properties` and `server.log`. It is made when missing, and used again otherwise. */
  readonly dir: string;
  /** The folder that `fetchKafka` filled. It is not used where Docker runs the broker. */
  readonly libs: string;
  /** The port for clients. Default: a free port. */
  readonly port?: number;
  /** Remove `dir` when the broker is stopped, or when this process ends in any way. */
  readonly removeOnStop?: boolean;
  /** Further settings for server.properties, which override the defaults. They are not used where Docker runs the broker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Flags of the JVM. The default flags make it start quickly, with at most 512 MB of heap. */
  readonly jvm?: readonly string[];
};

/** The program that runs a broker: Java (kafka-java.ts) or a Docker client (kafka-container.ts). */
export type KafkaProgram = Pick<Program, 'command' | 'args' | 'cwd' | 'afterwards'> & {
  /** Sends the broker a signal. It is only needed where the program is not the broker itself. */
  readonly kill?: (signal: NodeJS.Signals) => void;
};

/** Id of every local cluster. One value is enough, because each data folder holds a cluster of its own. */
export const CLUSTER_ID = 'b3Bwb3J0dW5pdGllcy1kZQ';

/**
 * Settings for server.properties of one node that is broker and controller.
 * @param where.listenOn the address to listen on; empty for all addresses.
 * @param where.port the port at which clients reach the broker on the loopback address.
 */
export function brokerSettings(where: {
  readonly listenOn: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly dataDir: string;
}): Record<string, string> {
  const { listenOn, port, controllerPort, dataDir } = where;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    // The voters are configured here: a quorum that stores its voters' addresses would not survive a change of port.
    'controller.quorum.voters': `1@${LOOPBACK}:${controllerPort}`,
    listeners: `BROKER://${listenOn}:${port},CONTROLLER://${listenOn}:${controllerPort}`,
    'advertised.listeners': `BROKER://${LOOPBACK}:${port}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDir,
    'num.partitions': '6',
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '1',
    'min.insync.replicas': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // After a crash the controller refuses the broker until its previous session has timed out (9 s by default).
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
  };
}
