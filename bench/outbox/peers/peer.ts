import type { BenchmarkServers } from '../servers/benchmark-servers.ts';
import type { DebeziumTable } from './debezium-table.ts';

/** A running program that publishes events from a table to the topic. */
export type RunningPeer = {
  residentMiB(): number;
  stop(): Promise<void>;
};

/** One of the compared programs: the service or another implementation of an outbox. */
export type Peer = {
  readonly name: string;
  /** Share of a run's events, from 0 to 1. A slow peer would need too long for all of them. */
  readonly share: number;
  readonly database: string;
  readonly writes: PeerTable;
  start(): Promise<RunningPeer>;
  /** Writes a backlog in one transaction. */
  fill(events: number): Promise<void>;
  /** Empties the table while the program is running. */
  clean(): Promise<void>;
};

/** The table to which a peer's events are written. */
export type PeerTable = 'outbox' | DebeziumTable | 'outbox_pg_transactional';

export type PreparePeer = (servers: BenchmarkServers) => Promise<Peer>;
