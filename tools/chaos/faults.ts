import type { Fault } from './fault.ts';
import { ackSwallowed } from './faults/ack-swallowed.ts';
import { brokerKilled } from './faults/broker-killed.ts';
import { clusterOneBrokerLost } from './faults/cluster-one-broker-lost.ts';
import { clusterTwoBrokersLost } from './faults/cluster-two-brokers-lost.ts';
import { connectionsExhausted } from './faults/connections-exhausted.ts';
import { latency } from './faults/latency.ts';
import { morePartitions } from './faults/more-partitions.ts';
import { postgresCrash } from './faults/postgres-crash.ts';
import { recordTooLarge } from './faults/record-too-large.ts';
import { relayFrozen } from './faults/relay-frozen.ts';
import { relayKilled } from './faults/relay-killed.ts';
import { sessionTerminated } from './faults/session-terminated.ts';
import { severalAtOnce } from './faults/several-at-once.ts';

/** In the order in which they are run. */
export const FAULTS: readonly Fault[] = [
  relayKilled,
  relayFrozen,
  sessionTerminated,
  postgresCrash,
  connectionsExhausted,
  brokerKilled,
  ackSwallowed,
  latency,
  morePartitions,
  recordTooLarge,
  severalAtOnce,
  clusterOneBrokerLost,
  clusterTwoBrokersLost,
];
