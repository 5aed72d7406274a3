import fc from 'fast-check';
import type { FaultWindow, History, TopicRecord, Write } from '../../../tools/history/history.ts';

const FATES = ['committed', 'committed', 'rolled back', 'unknown and landed', 'unknown and lost'] as const;
const PARTITIONS = 3;

type Fate = (typeof FATES)[number];
type Round = { readonly crash: boolean; readonly reach: readonly number[] };

/** Histories of a relay that keeps every promise: it publishes in rounds, and after some of them crashes before it acknowledges. */
export const legalHistory: fc.Arbitrary<History> = fc
  .record({
    fates: fc.array(fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 10, size: 'max' }), {
      minLength: 1,
      maxLength: 4,
      size: 'max',
    }),
    rounds: fc.array(
      fc.record({ crash: fc.boolean(), reach: fc.array(fc.nat(8), { minLength: 4, maxLength: 4, size: 'max' }) }),
      { maxLength: 6, size: 'max' },
    ),
  })
  .map(({ fates, rounds }) => {
    const writes = fates.map((each, number) => writesOf(`key-${number}`, each));
    return {
      writes: writes.flatMap((each) => each.map(({ write }) => write)),
      ...published(
        writes.map((each) => each.filter(({ landed }) => landed).map(({ write }) => write)),
        rounds,
      ),
    };
  });

/** A write that is not committed leaves its number to the next write. */
function writesOf(key: string, fates: readonly Fate[]): { write: Write; landed: boolean }[] {
  let sequence = 1;
  return fates.map((fate, number) => {
    const landed = fate === 'committed' || fate === 'unknown and landed';
    const write: Write = {
      key,
      sequence,
      id: `${key}-${number}`,
      outcome: fate === 'committed' || fate === 'rolled back' ? fate : 'unknown',
      value: `value ${number} of ${key}`,
      headers: { ce_id: `${key}-${number}` },
    };
    if (landed) sequence += 1;
    return { write, landed };
  });
}

function published(keys: readonly Write[][], rounds: readonly Round[]): Pick<History, 'faults' | 'records'> {
  const records: TopicRecord[] = [];
  const faults: FaultWindow[] = [];
  const acknowledged = keys.map(() => 0);
  const appended = keys.map(() => 0);
  let clock = 1000;
  let brokenSince: number | undefined;

  for (const { crash, reach } of [...rounds, { crash: false, reach: keys.map(() => Infinity) }]) {
    clock += 1;
    if (crash) brokenSince ??= clock;
    const ends = keys.map((writes, number) => {
      const end = Math.min(acknowledged[number]! + reach[number]!, writes.length);
      // A round without a crash publishes at least everything that the crashed rounds before it have published.
      return crash ? end : Math.max(end, appended[number]!);
    });
    for (let step = 0; step < 10; step += 1)
      for (const [number, writes] of keys.entries()) {
        const index = acknowledged[number]! + step;
        if (index >= ends[number]!) continue;
        clock += 1;
        records.push(recordOf(writes[index]!, number % PARTITIONS, records.length, clock));
        appended[number] = Math.max(appended[number]!, index + 1);
      }
    if (crash) continue;
    for (const number of keys.keys()) acknowledged[number] = ends[number]!;
    if (brokenSince !== undefined) faults.push({ fault: 'a crash', from: brokenSince, to: clock });
    brokenSince = undefined;
    // No record falls into a window by chance.
    clock += 10;
  }
  return { records, faults };
}

export function recordOf(write: Write, partition: number, offset: number, timestamp: number): TopicRecord {
  const { key, sequence, id, value, headers } = write;
  return { partition, offset, timestamp, key, sequence, id, value: value ?? null, headers: headers ?? {} };
}
