import { expect } from 'chai';
import { checkHistory } from '../../../tools/history/check-history.ts';
import {
  type FaultWindow,
  type History,
  PROMISES,
  type TopicRecord,
  type Write,
} from '../../../tools/history/history.ts';

/** A write of key k, as in "committed 2". */
function written(text: string, more: Partial<Write> = {}): Write {
  const [, outcome, sequence] = /^(.+) (\d+)$/.exec(text) ?? [];
  return { key: 'k', sequence: Number(sequence), outcome: outcome as Write['outcome'], id: `id ${sequence}`, ...more };
}

const committed = (...sequences: number[]) => sequences.map((sequence) => written(`committed ${sequence}`));

/** Records of key k on partition 0; offset and timestamp of the first are 0, of the next 1, … */
function topic(...sequences: number[]): TopicRecord[] {
  return sequences.map((sequence, offset) => ({
    partition: 0,
    offset,
    timestamp: offset,
    key: 'k',
    sequence,
    id: `id ${sequence}`,
    value: `value ${sequence}`,
    headers: { ce_id: `id ${sequence}` },
  }));
}

/** The same records with a change to the last one. */
function lastOf(records: TopicRecord[], otherwise: Partial<TopicRecord>): TopicRecord[] {
  return records.map((record, at) => (at === records.length - 1 ? { ...record, ...otherwise } : record));
}

/** The same records; the last one is marked as a replay. */
function replay(records: TopicRecord[]): TopicRecord[] {
  const headers = { ...records.at(-1)?.headers, ce_replayedat: '2026-11-26T10:00:00Z' };
  return lastOf(records, { headers });
}

function crash(from: number, to: number, more: Partial<FaultWindow> = {}): FaultWindow {
  return { fault: 'a crash', from, to, ...more };
}

function found(history: Partial<History>): string[] {
  return checkHistory({ writes: [], faults: [], records: [], ...history }).map(
    ({ promise, offsets, words }) => `${promise}: ${words}${offsets.length > 0 ? ` (${offsets.join(', ')})` : ''}`,
  );
}

const KEPT: [what: string, history: Partial<History>][] = [
  ['no writes and no records', {}],
  ['each event once and in order', { writes: committed(1, 2, 3), records: topic(1, 2, 3) }],
  [
    'a rolled-back event is not on the topic',
    { writes: [...committed(1), written('rolled back 2')], records: topic(1) },
  ],
  [
    'a rolled-back event leaves its number to another event',
    { writes: [written('rolled back 1', { id: 'lost' }), ...committed(1)], records: topic(1) },
  ],
  [
    'an event of unknown outcome is on the topic',
    { writes: [...committed(1), written('unknown 2')], records: topic(1, 2) },
  ],
  [
    'an event of unknown outcome is not on the topic',
    { writes: [...committed(1), written('unknown 2')], records: topic(1) },
  ],
  [
    'an event of unknown outcome left its number to another event',
    { writes: [...committed(1, 2), written('unknown 2', { id: 'lost' })], records: topic(1, 2) },
  ],
  [
    'all events of a transaction of unknown outcome are on the topic',
    {
      writes: [1, 2].map((sequence) => written(`unknown ${sequence}`, { transaction: 't' })),
      records: topic(1, 2),
    },
  ],
  [
    'no event of a transaction of unknown outcome is on the topic',
    { writes: [1, 2].map((sequence) => written(`unknown ${sequence}`, { transaction: 't' })) },
  ],
  [
    'the log has no ids',
    {
      writes: [...committed(1, 2), written('rolled back 2')].map(({ key, sequence, outcome }) => ({
        key,
        sequence,
        outcome,
      })),
      records: topic(1, 2),
    },
  ],
  [
    'the log knows values instead of ids',
    {
      writes: [
        written('unknown 1', { id: undefined, value: 'another' }),
        written('committed 1', { id: undefined, value: 'value 1' }),
      ],
      records: topic(1),
    },
  ],
  [
    'a replay without a window, with events left out',
    { writes: committed(1, 2, 3), records: replay(topic(1, 2, 3, 1)) },
  ],
  [
    'a replay among first appearances',
    { writes: committed(1, 2, 3), records: [...replay(topic(1, 2, 1)), { ...topic(3)[0]!, offset: 3, timestamp: 3 }] },
  ],
  ['a replay on another partition', { writes: committed(1), records: lastOf(replay(topic(1, 1)), { partition: 4 }) }],
  ['a re-run in a window', { writes: committed(1, 2, 3, 4), records: topic(1, 2, 3, 2, 3, 4), faults: [crash(3, 4)] }],
  [
    'a re-run that another crash cut off, and that was repeated',
    { writes: committed(1, 2, 3), records: topic(1, 2, 3, 1, 2, 1, 2, 3), faults: [crash(3, 7)] },
  ],
  [
    'a straggler in a window for stragglers',
    { writes: committed(1, 2, 3, 4), records: topic(1, 2, 3, 1, 4), faults: [crash(3, 3, { stragglers: true })] },
  ],
  [
    'a straggler at the end',
    { writes: committed(1, 2), records: topic(1, 2, 1), faults: [crash(2, 2, { stragglers: true })] },
  ],
  [
    'a key that moved when partitions came, long before its next event',
    {
      writes: committed(1, 2, 3),
      records: lastOf(topic(1, 2, 3), { partition: 4, offset: 0, timestamp: 900 }),
      faults: [crash(5, 6, { partitionsChanged: true })],
    },
  ],
  [
    'a key that moved and moved back',
    {
      writes: committed(1, 2, 3),
      records: topic(1, 2, 3).map((record) => (record.sequence === 2 ? { ...record, partition: 4 } : record)),
      faults: [crash(0, 1, { partitionsChanged: true }), crash(2, 2, { partitionsChanged: true })],
    },
  ],
  [
    'a key that moved within a millisecond, read from the last partition first',
    {
      writes: committed(1, 2),
      records: [2, 1].map((sequence) => ({ ...topic(sequence)[0]!, partition: sequence })),
      faults: [crash(0, 0, { partitionsChanged: true })],
    },
  ],
  [
    'two keys, each in its order',
    {
      writes: [...committed(1, 2), ...committed(1, 2).map((write) => ({ ...write, key: 'l' }))],
      records: [1, 2, 1, 2].map((sequence, offset) => ({
        ...topic(sequence)[0]!,
        offset,
        key: offset % 3 === 0 ? 'k' : 'l',
        sequence: offset < 2 ? 1 : 2,
        id: offset < 2 ? 'id 1' : 'id 2',
      })),
    },
  ],
];

const BROKEN: [what: string, history: Partial<History>, violations: string[]][] = [
  [
    'a committed event is on the topic only as a replay',
    { writes: committed(1, 2), records: replay(topic(1, 2)) },
    ['missing: event 2 of k was committed, but is not on the topic'],
  ],
  [
    'events are out of order, although a replay came before',
    {
      writes: committed(1, 2),
      records: [...replay(topic(1)), ...topic(2, 1).map((each) => ({ ...each, offset: each.offset + 1 }))],
    },
    [
      'order: event 2 of k first appears instead of event 1 (0:1)',
      'order: event 1 of k first appears instead of event 3 (0:2)',
    ],
  ],
  [
    'the last event is missing',
    { writes: committed(1, 2), records: topic(1) },
    ['missing: event 2 of k was committed, but is not on the topic'],
  ],
  [
    'an event in the middle is missing',
    { writes: committed(1, 2, 3), records: topic(1, 3) },
    [
      'missing: event 2 of k was committed, but is not on the topic',
      'order: event 3 of k first appears instead of event 2 (0:1)',
    ],
  ],
  [
    'half of a committed transaction is missing',
    { writes: committed(1, 2).map((write) => ({ ...write, transaction: 't' })), records: topic(1) },
    ['missing: event 2 of k was committed, but is not on the topic'],
  ],
  [
    'a rolled-back event is on the topic',
    { writes: [...committed(1), written('rolled back 2')], records: topic(1, 2) },
    ['invented: event 2 of k is on the topic, but was rolled back (0:1)'],
  ],
  [
    'an event that no writer wrote is on the topic',
    { writes: committed(1), records: topic(1, 2) },
    ['invented: event 2 of k, id id 2, is on the topic, but no writer logged it (0:1)'],
  ],
  [
    'an event has the number of another event',
    { writes: committed(1, 2), records: lastOf(topic(1, 2), { id: 'other' }) },
    [
      'invented: event 2 of k, id other, is on the topic, but no writer logged it (0:1)',
      'missing: event 2 of k was committed, but is not on the topic',
    ],
  ],
  [
    'a record has no number',
    { writes: committed(1), records: lastOf(topic(1, 0), { id: undefined }) },
    ['invented: event 0 of k is on the topic, but no writer logged it (0:1)'],
  ],
  [
    'half of a transaction of unknown outcome is on the topic',
    { writes: [1, 2].map((sequence) => written(`unknown ${sequence}`, { transaction: 't' })), records: topic(1) },
    ['outcome: event 2 of k is not on the topic, but other events of transaction t are'],
  ],
  [
    'the log contradicts itself',
    {
      writes: [written('committed 1', { transaction: 't' }), written('rolled back 2', { transaction: 't' })],
      records: topic(1),
    },
    ['outcome: the writers’ log gives transaction t more than one outcome'],
  ],
  [
    'two writes have one number',
    {
      writes: [...committed(1), written('unknown 1', { id: 'other' })],
      records: lastOf(topic(1, 1), { id: 'other' }),
      faults: [crash(0, 9)],
    },
    ['outcome: event 1 of k comes from two writes: ids id 1 and other (0:0, 0:1)'],
  ],
  [
    'an event of unknown outcome is missing, but its successor is on the topic',
    { writes: [...committed(1, 3), written('unknown 2')], records: topic(1, 3) },
    ['order: event 3 of k first appears instead of event 2 (0:1)'],
  ],
  [
    'the first event does not have the number 1',
    { writes: committed(2), records: topic(2) },
    ['order: event 2 of k first appears instead of event 1 (0:0)'],
  ],
  [
    'two events are swapped',
    { writes: committed(1, 2, 3, 4), records: topic(1, 3, 2, 4) },
    [
      'order: event 3 of k first appears instead of event 2 (0:1)',
      'order: event 2 of k first appears instead of event 4 (0:2)',
    ],
  ],
  [
    'an event is repeated without a fault',
    { writes: committed(1, 2), records: topic(1, 2, 2) },
    ['repeat: event 2 of k is repeated outside of a declared fault (0:1, 0:2)'],
  ],
  [
    'an event is repeated before the window of the fault',
    { writes: committed(1, 2), records: topic(1, 2, 2), faults: [crash(3, 9)] },
    ['repeat: event 2 of k is repeated outside of a declared fault (0:1, 0:2)'],
  ],
  [
    'an event is repeated after the window of the fault',
    { writes: committed(1, 2), records: topic(1, 2, 2), faults: [crash(0, 1)] },
    ['repeat: event 2 of k is repeated outside of a declared fault (0:1, 0:2)'],
  ],
  [
    'a re-run leaves out an event',
    { writes: committed(1, 2, 3), records: topic(1, 2, 3, 1, 3), faults: [crash(0, 9)] },
    ['rerun: event 3 of k is repeated right after 1: the events between them are left out (0:3, 0:4)'],
  ],
  [
    'a re-run breaks off for a new one',
    { writes: committed(1, 2, 3, 4), records: topic(1, 2, 3, 2, 4), faults: [crash(0, 9)] },
    ['rerun: a re-run of k breaks off after 2: event 4 appears for the first time (0:3, 0:4)'],
  ],
  [
    'a re-run breaks off at the end',
    { writes: committed(1, 2, 3), records: topic(1, 2, 3, 2), faults: [crash(0, 9)] },
    ['rerun: a re-run of k breaks off after 2, and nothing follows (0:3)'],
  ],
  [
    'a straggler comes when none is allowed any more',
    {
      writes: committed(1, 2, 3),
      records: topic(1, 2, 3, 2),
      faults: [crash(0, 2, { stragglers: true }), crash(3, 9)],
    },
    ['rerun: a re-run of k breaks off after 2, and nothing follows (0:3)'],
  ],
  [
    'a value is not what was written',
    { writes: [written('committed 1', { value: 'value 2' })], records: topic(1) },
    ['altered: event 1 of k differs from what was written: the value (0:0)'],
  ],
  [
    'a header is not what was written',
    { writes: [written('committed 1', { headers: { ce_id: 'x', ce_type: 'y' } })], records: topic(1) },
    ['altered: event 1 of k differs from what was written: the header ce_id, the header ce_type (0:0)'],
  ],
  [
    'a value has become a tombstone',
    { writes: [written('committed 1', { value: 'value 1' })], records: lastOf(topic(1), { value: null }) },
    ['altered: event 1 of k differs from what was written: the value (0:0)'],
  ],
  [
    'a repeat has another value',
    { writes: committed(1), records: lastOf(topic(1, 1), { value: 'x' }), faults: [crash(0, 9)] },
    ['altered: event 1 of k is repeated with a difference: the value (0:0, 0:1)'],
  ],
  [
    'a repeat has lost its headers',
    { writes: committed(1), records: lastOf(topic(1, 1), { headers: {} }), faults: [crash(0, 9)] },
    ['altered: event 1 of k is repeated with a difference: the header ce_id (0:0, 0:1)'],
  ],
  [
    'a repeat has one header more',
    {
      writes: committed(1),
      records: lastOf(topic(1, 1), { headers: { ce_id: 'id 1', more: '1' } }),
      faults: [crash(0, 9)],
    },
    ['altered: event 1 of k is repeated with a difference: the header more (0:0, 0:1)'],
  ],
  [
    'a key moves',
    { writes: committed(1, 2), records: lastOf(topic(1, 2), { partition: 4 }), faults: [crash(0, 9)] },
    ['moved: event 2 of k is on partition 4, and event 1 on 0 (0:0, 4:1)'],
  ],
  [
    'a key moves before the partitions do',
    {
      writes: committed(1, 2),
      records: lastOf(topic(1, 2), { partition: 4 }),
      faults: [crash(2, 9, { partitionsChanged: true })],
    },
    ['moved: event 2 of k is on partition 4, and event 1 on 0 (0:0, 4:1)'],
  ],
];

describe('the history checker', () => {
  for (const [what, history] of KEPT)
    it(`accepts: ${what}`, () => {
      expect(found(history)).to.deep.equal([]);
    });

  for (const [what, history, violations] of BROKEN)
    it(`refuses: ${what}`, () => {
      expect(found(history)).to.have.members(violations);
    });

  it('is tested with a violation of every promise', () => {
    const breached = BROKEN.flatMap(([, , violations]) => violations.map((violation) => violation.split(':')[0]!));
    expect([...new Set(breached)]).to.have.members(Object.keys(PROMISES));
  });

  it('gives the key and the sequence of a violation in separate fields', () => {
    const [violation] = checkHistory({ writes: committed(1), faults: [], records: [] });
    expect(violation).to.include({ promise: 'missing', key: 'k', sequence: 1 });
  });
});
