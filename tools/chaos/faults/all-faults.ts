import type { Fault } from './fault.ts';
import { ackSwallowed } from './ack-swallowed.ts';
import { brokerKilled } from './broker-killed.ts';
import { clusterOneBrokerLost } from './cluster-one-broker-lost.ts';
import { clusterTwoBrokersLost } from './cluster-two-brokers-lost.ts';
import { connectionsExhausted } from './connections-exhausted.ts';
import { latency } from './latency.ts';
import { morePartitions } from './more-partitions.ts';
import { postgresCrash } from './postgres-crash.ts';
import { recordTooLarge } from './record-too-large.ts';
import { relayFrozen } from './relay-frozen.ts';
import { relayKilled } from './relay-killed.ts';
import { sessionTerminated } from './session-terminated.ts';
import { severalAtOnce } from './several-at-once.ts';

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
