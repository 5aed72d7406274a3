import type { BenchmarkServers } from '../servers/benchmark-servers.ts';
import type { DebeziumTable } from './debezium-table.ts';

/** Something that moves events from a table to the topic, while it runs. */
export type RunningPeer = {
  residentMiB(): number;
  stop(): Promise<void>;
};

/** How something else, or the service itself, does the work. */
export type Peer = {
  readonly name: string;
  /** Of the events of a run: some would take too long for all of them. */
  readonly share: number;
  readonly database: string;
  readonly writes: PeerTable;
  start(): Promise<RunningPeer>;
  /** Writes a backlog in one transaction. */
  fill(events: number): Promise<void>;
  /** Removes what is left in the table. Called while it runs. */
  clean(): Promise<void>;
};

/** Where an event is written. */
export type PeerTable = 'outbox' | DebeziumTable | 'outbox_pg_transactional';

export type PreparePeer = (servers: BenchmarkServers) => Promise<Peer>;
