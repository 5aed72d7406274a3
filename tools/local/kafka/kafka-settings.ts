import { LOOPBACK } from '../processes/ports.ts';

/** Any valid one will do: each data folder holds a cluster of its own. */
export const CLUSTER_ID = 'b3Bwb3J0dW5pdGllcy1kZQ';

/**
 * The lines of server.properties for one node that is broker and controller.
 * @param where.listenOn the address to listen on; empty for all.
 * @param where.port clients reach it there, on the loopback address.
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
    // Voters by configuration: a quorum that keeps its voters' addresses in its data would not survive another port.
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
    // After a crash the controller refuses the broker until its earlier session has timed out (9 s by default).
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
  };
}
