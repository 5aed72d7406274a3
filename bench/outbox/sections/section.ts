import type { BenchmarkServers } from '../servers/benchmark-servers.ts';

/** The results of one part of a run. */
export type Section = {
  readonly name: string;
  readonly title: string;
  /** A description of the method, in a sentence or two. */
  readonly how: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** All figures by arm, one per round. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
};

/** The size of a run. */
export type Scale = {
  readonly rounds: number;
  readonly events: number;
  /** Duration of each rate in the latency section, in seconds. */
  readonly seconds: number;
  /** Whether a backlog of ten times `events` is drained, too. */
  readonly large: boolean;
};

/** Measures one section and stops everything that it has started. */
export type Measure = (servers: BenchmarkServers, scale: Scale) => Promise<Section>;
