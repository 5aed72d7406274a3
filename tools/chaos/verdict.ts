import { checkHistory } from '../history/check-history.ts';
import type { FaultWindow, History } from '../history/history.ts';

/** What came of a run, as far as it is told by figures and files. */
export type Observed = {
  readonly history: History;
  readonly window: FaultWindow;
  /** How often the fault hit; undefined when it went wrong before it could tell. */
  readonly hits: number | undefined;
  /** What of it is on the topic, for faults that must leave a trace there. */
  readonly traces: number | undefined;
  /** Events that a relay took from the outbox without owning the bucket. */
  readonly removedByStrangers: number;
  /** What went wrong on the way, in words. */
  readonly trouble: readonly string[];
};

/** Why a run has failed; nothing when every promise was kept, and the run could have shown otherwise. */
export function problemsOf({ history, window, hits, traces, removedByStrangers, trouble }: Observed): string[] {
  const problems = [...trouble, ...checkHistory(history).map(({ promise, words }) => `${promise}: ${words}`)];
  if (removedByStrangers > 0)
    problems.push(
      `ownership: ${removedByStrangers} events were acknowledged by sessions that did not own their bucket`,
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
