import type { TopicRecord, Write } from './history.ts';

export function placeOf({ partition, offset }: TopicRecord): string {
  return `${partition}:${offset}`;
}

/** Whether an operator had the event published again. A replay is neither a first appearance nor a repeat. */
export function isReplay({ headers }: TopicRecord): boolean {
  return 'ce_replayedat' in headers;
}

/** Names the parts of a record that differ from an earlier description. Parts that the description lacks are ignored. */
export function differences(described: Pick<Write, 'value' | 'headers'>, record: TopicRecord): string[] {
  const value = described.value !== undefined && described.value !== record.value ? ['the value'] : [];
  const headers = Object.entries(described.headers ?? {})
    .filter(([name, text]) => record.headers[name] !== text)
    .map(([name]) => `the header ${name}`);
  return [...value, ...headers];
}

/**
 * Sorts the records of one key by their arrival. Within a partition, that is the order of offsets. Between partitions,
 * for a key that has moved, the timestamps decide.
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
