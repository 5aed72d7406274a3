import type { History, TopicRecord, Violation, Write } from './history.ts';
import { keyViolations } from './key-violations.ts';
import { differences, isReplay, placeOf } from './records.ts';

/** Compares the topic with the writers' log. @returns the violations; none when every promise was kept. */
export function checkHistory({ writes, faults, records: all }: History): Violation[] {
  const records = all.filter((record) => !isReplay(record));
  const written = Map.groupBy(writes, nameOf);
  const landed = new Set<Write>();
  const genuine: TopicRecord[] = [];

  const ofRecords = records.flatMap((record) => {
    const claims = (written.get(nameOf(record)) ?? []).filter((write) => mayBe(write, record));
    const possible = claims.filter(({ outcome }) => outcome !== 'rolled back');
    const source = possible.find((write) => differences(write, record).length === 0) ?? possible[0];
    if (!source) return [invention(record, claims.length > 0)];
    landed.add(source);
    genuine.push(record);
    return alterations(source, record);
  });
  const ofWrites = writes.filter((write) => write.outcome === 'committed' && !landed.has(write)).map(absence);
  const inTransactions = writes.filter(({ transaction }) => transaction !== undefined);
  const ofTransactions = [...Map.groupBy(inTransactions, ({ transaction }) => transaction).values()].flatMap((group) =>
    partialTransactions(group, landed),
  );
  const ofKeys = [...Map.groupBy(genuine, ({ key }) => key).values()].flatMap((each) => keyViolations(each, faults));
  return [...ofRecords, ...ofWrites, ...ofTransactions, ...ofKeys];
}

function nameOf({ key, sequence }: { key: string; sequence: number }): string {
  return `${sequence} ${key}`;
}

function mayBe(write: Write, record: TopicRecord): boolean {
  return write.id === undefined || record.id === undefined || write.id === record.id;
}

function invention(record: TopicRecord, rolledBack: boolean): Violation {
  const { key, sequence } = record;
  const words = rolledBack
    ? `event ${sequence} of ${key} is on the topic, but was rolled back`
    : `event ${sequence} of ${key}${record.id === undefined ? '' : `, id ${record.id},`} is on the topic, but no writer logged it`;
  return { promise: 'invented', key, sequence, offsets: [placeOf(record)], words };
}

function absence({ key, sequence }: Write): Violation {
  return {
    promise: 'missing',
    key,
    sequence,
    offsets: [],
    words: `event ${sequence} of ${key} was committed, but is not on the topic`,
  };
}

function alterations(write: Write, record: TopicRecord): Violation[] {
  const what = differences(write, record);
  if (what.length === 0) return [];
  const { key, sequence } = record;
  const words = `event ${sequence} of ${key} differs from what was written: ${what.join(', ')}`;
  return [{ promise: 'altered', key, sequence, offsets: [placeOf(record)], words }];
}

/** Finds transactions that are only partly on the topic. Missing events of a committed one are reported elsewhere. */
function partialTransactions(group: readonly Write[], landed: ReadonlySet<Write>): Violation[] {
  const name = group[0]?.transaction ?? '';
  if (new Set(group.map(({ outcome }) => outcome)).size > 1)
    return group.slice(0, 1).map(({ key, sequence }) => ({
      promise: 'outcome',
      key,
      sequence,
      offsets: [],
      words: `the writers’ log gives transaction ${name} more than one outcome`,
    }));
  const absent = group.filter((write) => write.outcome === 'unknown' && !landed.has(write));
  if (absent.length === group.length) return [];
  return absent.map(({ key, sequence }) => ({
    promise: 'outcome',
    key,
    sequence,
    offsets: [],
    words: `event ${sequence} of ${key} is not on the topic, but other events of transaction ${name} are`,
  }));
}
