import { checkHistory } from '../history/check-history.ts';
import type { FaultWindow, History } from '../history/history.ts';

/** Observations of a run on which the verdict rests. */
export type Observed = {
  readonly history: History;
  readonly window: FaultWindow;
  /** How often the fault hit something; undefined when the fault itself failed. */
  readonly hits: number | undefined;
  /** Number of traces on the topic, for faults that must leave one. */
  readonly traces: number | undefined;
  /** Number of events that a relay removed from the outbox without owning the bucket. */
  readonly removedByNonOwners: number;
  /** Failures on the way, one sentence each. */
  readonly trouble: readonly string[];
};

/** Reasons why a run has failed. There are none when every promise was kept and the run could have shown a breach. */
export function problemsOf({ history, window, hits, traces, removedByNonOwners, trouble }: Observed): string[] {
  const problems = [...trouble, ...checkHistory(history).map(({ promise, words }) => `${promise}: ${words}`)];
  if (removedByNonOwners > 0)
    problems.push(
      `ownership: ${removedByNonOwners} events were acknowledged by sessions that did not own their bucket`,
    );
  if (hits === 0) problems.push('proves nothing: the fault hit nothing');
  if (traces === 0) problems.push('proves nothing: the fault left no trace on the topic');
  if (publishedIn(history, window) === 0) problems.push('proves nothing: no event was published in the fault’s window');
  return problems;
}

export function publishedIn({ records }: History, { from, to }: FaultWindow): number {
  return records.filter(({ timestamp }) => timestamp >= from && timestamp <= to).length;
}

export function repeatsIn({ records }: History): number {
  return records.length - eventsIn(records);
}

export function eventsIn(records: History['records']): number {
  return new Set(records.map(({ key, sequence, id }) => JSON.stringify([key, sequence, id]))).size;
}
