import { expect } from 'chai';
import fc from 'fast-check';
import { checkHistory } from '../../../tools/history/check-history.ts';
import type { History, TopicRecord, Violation } from '../../../tools/history/history.ts';
import { legalHistory, recordOf } from '../../support/opportunities/legal-history.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

const AFTER_ALL_FAULTS = 1_000_000;
const RUNS = { numRuns: propertyRuns(300), seed: 6 };

const same = (a: TopicRecord, b: TopicRecord) => a.key === b.key && a.sequence === b.sequence;
const isRepeat = (record: TopicRecord, at: number, all: readonly TopicRecord[]) =>
  all.findIndex((other) => same(other, record)) < at;
const repeatsIn = ({ records }: History) => records.filter(isRepeat);
const replaced = (history: History, old: TopicRecord, by: Partial<TopicRecord>): History => ({
  ...history,
  records: history.records.map((record) => (record === old ? { ...record, ...by } : record)),
});
/** The parts of a record that belong to the event and not to its place on the topic. */
const event = ({ sequence, id, value, headers }: TopicRecord) => ({ sequence, id, value, headers });
const ofKey = ({ records }: History, { key }: { key: string }) => records.filter((record) => record.key === key);
const next = ({ records }: History) => records.length;

type Harm = {
  readonly harm: string;
  readonly breaks: Violation['promise'];
  /** The damaged histories: one for each place in which the damage is possible. */
  readonly places: (history: History) => (() => History)[];
};

const HARMS: Harm[] = [
  {
    harm: 'a committed event is dropped',
    breaks: 'missing',
    places: (history) =>
      history.writes
        .filter(({ outcome }) => outcome === 'committed')
        .map(({ id }) => () => ({ ...history, records: history.records.filter((record) => record.id !== id) })),
  },
  {
    harm: 'an event is invented',
    breaks: 'invented',
    places: (history) =>
      history.records.map((record) => () => ({
        ...history,
        records: [...history.records, { ...record, id: 'of nobody', offset: next(history) }],
      })),
  },
  {
    harm: 'an event is published that was rolled back',
    breaks: 'invented',
    places: (history) =>
      history.writes
        .filter(({ outcome }) => outcome === 'rolled back')
        .map((write) => () => ({
          ...history,
          records: [...history.records, recordOf(write, 0, next(history), AFTER_ALL_FAULTS)],
        })),
  },
  {
    harm: 'two neighbours of a key are swapped',
    breaks: 'order',
    places: (history) => {
      const firsts = history.records.filter((record, at, all) => !isRepeat(record, at, all));
      return firsts.flatMap((one) => {
        const other = firsts.find(({ key, sequence }) => key === one.key && sequence === one.sequence + 1);
        return other ? [() => replaced(replaced(history, one, event(other)), other, event(one))] : [];
      });
    },
  },
  {
    harm: 'an event comes again when nothing was broken',
    breaks: 'repeat',
    places: (history) =>
      history.records.map((record) => () => ({
        ...history,
        records: [...history.records, { ...record, offset: next(history), timestamp: AFTER_ALL_FAULTS }],
      })),
  },
  {
    harm: 'no fault is declared',
    breaks: 'repeat',
    places: (history) => repeatsIn(history).map(() => () => ({ ...history, faults: [] })),
  },
  {
    harm: 'an event is left out of the middle of a re-run',
    breaks: 'rerun',
    places: (history) =>
      repeatsIn(history).flatMap((record) => {
        const all = ofKey(history, record);
        const at = all.indexOf(record);
        const inRun = all[at - 1]?.sequence === record.sequence - 1 && all[at + 1]?.sequence === record.sequence + 1;
        return inRun ? [() => ({ ...history, records: history.records.filter((other) => other !== record) })] : [];
      }),
  },
  {
    harm: 'a re-run ends before what was published does',
    breaks: 'rerun',
    places: (history) =>
      repeatsIn(history).flatMap((record) => {
        const all = ofKey(history, record);
        const isLast = all.at(-1) === record && all.at(-2)?.sequence === record.sequence - 1;
        return isLast && isRepeat(all.at(-2)!, history.records.indexOf(all.at(-2)!), history.records)
          ? [() => ({ ...history, records: history.records.filter((other) => other !== record) })]
          : [];
      }),
  },
  {
    harm: 'an event is altered',
    breaks: 'altered',
    places: (history) => history.records.map((record) => () => replaced(history, record, { value: 'something else' })),
  },
  {
    harm: 'a header of a repeat is altered, and the writers’ log has none',
    breaks: 'altered',
    places: (history) =>
      repeatsIn(history).map((record) => () => ({
        ...replaced(history, record, { headers: { ...record.headers, another: 'one' } }),
        writes: history.writes.map(({ key, sequence, outcome, id }) => ({ key, sequence, outcome, id })),
      })),
  },
  {
    harm: 'an event is on another partition than the others of its key',
    breaks: 'moved',
    places: (history) =>
      history.records
        .filter((record) => ofKey(history, record).length > 1)
        .map((record) => () => replaced(history, record, { partition: 7 })),
  },
  {
    harm: 'half of a transaction of unknown outcome is there',
    breaks: 'outcome',
    places: (history) => {
      const unknown = history.writes.filter(({ outcome }) => outcome === 'unknown');
      const landed = (id?: string) => history.records.some((record) => record.id === id);
      if (!unknown.some(({ id }) => landed(id)) || unknown.every(({ id }) => landed(id))) return [];
      const writes = history.writes.map((write) => (unknown.includes(write) ? { ...write, transaction: 't' } : write));
      return [() => ({ ...history, writes })];
    },
  },
  {
    harm: 'a write of unknown outcome is there beside the one that took its number',
    breaks: 'outcome',
    places: (history) =>
      history.records.map((record) => () => ({
        ...history,
        writes: [...history.writes, { key: record.key, sequence: record.sequence, outcome: 'unknown', id: 'rival' }],
        records: [...history.records, { ...record, id: 'rival', offset: next(history) }],
      })),
  },
];

describe('the history checker, with random histories', () => {
  it('accepts a relay that keeps every promise in spite of crashes', () => {
    let repeats = 0;
    fc.assert(
      fc.property(legalHistory, (history) => {
        repeats += repeatsIn(history).length;
        expect(checkHistory(history)).to.deep.equal([]);
      }),
      RUNS,
    );
    expect(repeats).to.be.above(RUNS.numRuns);
  });

  it('gives the same result for any order of the records and of the log', () => {
    const shuffled = legalHistory.chain((history) =>
      fc.record({
        writes: fc.shuffledSubarray([...history.writes], { minLength: history.writes.length }),
        records: fc.shuffledSubarray([...history.records], { minLength: history.records.length }),
        faults: fc.constant(history.faults),
      }),
    );
    fc.assert(
      fc.property(shuffled, (history) => {
        expect(checkHistory(history)).to.deep.equal([]);
      }),
      RUNS,
    );
  });

  for (const { harm, breaks, places } of HARMS)
    it(`refuses a history in which ${harm}: ${breaks}`, () => {
      let done = 0;
      fc.assert(
        fc.property(legalHistory, fc.nat(), (history, choice) => {
          const possible = places(history);
          if (possible.length === 0) return;
          done += 1;
          const harmed = possible[choice % possible.length]!();
          expect(checkHistory(harmed).map(({ promise }) => promise)).to.include(breaks);
        }),
        RUNS,
      );
      expect(done, 'histories in which it could be done').to.be.above(propertyRuns(20));
    });
});
