import type { TopicRecord, Write } from './history.ts';

export function placeOf({ partition, offset }: TopicRecord): string {
  return `${partition}:${offset}`;
}

/** Somebody had it published again, and it says so: neither an appearance of its event nor a repeat. */
export function isReplay({ headers }: TopicRecord): boolean {
  return 'ce_replayedat' in headers;
}

/** What a record has otherwise than what was said of it before. What was not said does not count. */
export function differences(said: Pick<Write, 'value' | 'headers'>, record: TopicRecord): string[] {
  const value = said.value !== undefined && said.value !== record.value ? ['the value'] : [];
  const headers = Object.entries(said.headers ?? {})
    .filter(([name, text]) => record.headers[name] !== text)
    .map(([name]) => `the header ${name}`);
  return [...value, ...headers];
}

/**
 * The records of one key in the order in which they came. On each partition that is the order of offsets; between
 * partitions, for a key that moved, the timestamps say it.
 */
export function inOrder(records: readonly TopicRecord[]): TopicRecord[] {
  const partitions = [...Map.groupBy(records, ({ partition }) => partition).values()].map((each) => ({
    records: each.toSorted((a, b) => a.offset - b.offset),
    next: 0,
  }));
  return records.map(() => {
    const heads = partitions.flatMap((partition) => {
      const head = partition.records[partition.next];
      return head ? [{ head, partition }] : [];
    });
    const first = heads.reduce((a, b) => (isBefore(b.head, a.head) ? b : a));
    first.partition.next += 1;
    return first.head;
  });
}

function isBefore(a: TopicRecord, b: TopicRecord): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.sequence < b.sequence);
}
