import type { Section } from './report.ts';
import type { Stage } from './servers/benchmark-servers.ts';

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
export type Measure = (stage: Stage, scale: Scale) => Promise<Section>;
