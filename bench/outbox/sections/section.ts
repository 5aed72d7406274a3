import type { BenchmarkServers } from '../servers/benchmark-servers.ts';

/** What one part of a run found. */
export type Section = {
  readonly name: string;
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly how: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Every figure of every round. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
};

/** How much to do. */
export type Scale = {
  readonly rounds: number;
  readonly events: number;
  /** Of each rate of the latencies. */
  readonly seconds: number;
  /** Whether a backlog of a million is drained, too. */
  readonly large: boolean;
};

/** Measures one part and cleans up after itself. */
export type Measure = (servers: BenchmarkServers, scale: Scale) => Promise<Section>;
