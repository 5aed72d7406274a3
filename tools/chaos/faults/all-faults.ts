import { brokerKilled, clusterOneBrokerLost, clusterTwoBrokersLost } from './broker-faults.ts';
import type { Fault } from './fault.ts';
import { ackSwallowed, latency } from './network-faults.ts';
import { connectionsExhausted, postgresCrash, sessionTerminated } from './postgres-faults.ts';
import { relayFrozen, relayKilled } from './relay-faults.ts';
import { severalAtOnce } from './several-at-once.ts';
import { morePartitions, recordTooLarge } from './topic-faults.ts';

/** All faults, in the order in which `npm run chaos` runs them. */
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
