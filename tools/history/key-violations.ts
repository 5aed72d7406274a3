import type { FaultWindow, TopicRecord, Violation } from './history.ts';
import { differences, inOrder, placeOf } from './records.ts';

/** Violations that the records of one key show among themselves. */
export function keyViolations(unsorted: readonly TopicRecord[], faults: readonly FaultWindow[]): Violation[] {
  const violations: Violation[] = [];
  const during = (a: TopicRecord, b: TopicRecord, kind: (fault: FaultWindow) => boolean = () => true) =>
    faults.some((fault) => kind(fault) && overlaps(fault, a, b));
  /** The first record of each sequence, in the order of appearance. */
  const seen = new Map<number, { record: TopicRecord; place: number }>();
  let highest = 0;
  /** Index in that order of the record just read: the last index, except in a re-run. */
  let place = -1;
  let previous: TopicRecord | undefined;

  for (const record of inOrder(unsorted)) {
    const { key, sequence } = record;
    const before = previous ?? record;
    const tell = (promise: Violation['promise'], words: string, ...records: TopicRecord[]) =>
      violations.push({ promise, key, sequence, offsets: [...records, record].map(placeOf), words });
    const brokeOff = (next: number) =>
      next > place + 1 && !during(before, record, ({ stragglers }) => stragglers === true);
    const first = seen.get(sequence);

    if (before.partition !== record.partition && !during(before, record, (fault) => fault.partitionsChanged === true))
      tell(
        'moved',
        `event ${sequence} of ${key} is on partition ${record.partition}, and event ${before.sequence} on ${before.partition}`,
        before,
      );

    if (first) {
      const { record: original } = first;
      if (original.id !== record.id)
        tell(
          'outcome',
          `event ${sequence} of ${key} comes from two writes: ids ${original.id ?? '-'} and ${record.id ?? '-'}`,
          original,
        );
      else {
        const what = changesOf(original, record);
        if (what.length > 0)
          tell('altered', `event ${sequence} of ${key} is repeated with a difference: ${what.join(', ')}`, original);
      }
      if (!during(record, record))
        tell('repeat', `event ${sequence} of ${key} is repeated outside of a declared fault`, original);
      if (brokeOff(first.place))
        tell(
          'rerun',
          `event ${sequence} of ${key} is repeated right after ${before.sequence}: the events between them are left out`,
          before,
        );
      place = first.place;
    } else {
      if (sequence !== highest + 1)
        tell('order', `event ${sequence} of ${key} first appears instead of event ${highest + 1}`);
      if (brokeOff(seen.size))
        tell(
          'rerun',
          `a re-run of ${key} breaks off after ${before.sequence}: event ${sequence} appears for the first time`,
          before,
        );
      place = seen.size;
      seen.set(sequence, { record, place });
      highest = Math.max(highest, sequence);
    }
    previous = record;
  }

  if (previous && place < seen.size - 1 && !during(previous, previous, ({ stragglers }) => stragglers === true)) {
    const { key, sequence } = previous;
    const words = `a re-run of ${key} breaks off after ${sequence}, and nothing follows`;
    violations.push({ promise: 'rerun', key, sequence, offsets: [placeOf(previous)], words });
  }
  return violations;
}

/** Whether a fault window overlaps the time from one record to the other. */
function overlaps({ from, to }: FaultWindow, a: TopicRecord, b: TopicRecord): boolean {
  return Math.min(a.timestamp, b.timestamp) <= to && Math.max(a.timestamp, b.timestamp) >= from;
}

function changesOf(original: TopicRecord, repeat: TopicRecord): string[] {
  const added = Object.keys(repeat.headers).filter((name) => !(name in original.headers));
  return [...differences(original, repeat), ...added.map((name) => `the header ${name}`)];
}
