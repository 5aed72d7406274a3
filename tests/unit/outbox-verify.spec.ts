import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { RetainedEvent, RetainedEvents } from '#application/ports/outbox/retained-events';
import type { TopicReader, TopicRecord } from '#application/ports/outbox/topic-reader';
import { BadUsage } from '#interfaces/cli/outbox/command-arguments';
import { type Answer, CannotBeDone } from '#interfaces/cli/outbox/outbox-command';
import { verify } from '#interfaces/cli/outbox/verify';
import { rejection } from '../support/rejection.ts';
import { thrownBy } from '../support/thrown-by.ts';

const FROM = '2026-11-26T10:00:00Z';
const PUBLISHED = new Date('2026-11-26T10:30:00Z');
const EXTENT = { from: new Date('2026-11-26T09:00:00Z'), to: new Date('2026-11-26T11:00:00Z') };

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** The n-th event, of key k. */
function event(n: number, more: Partial<RetainedEvent> = {}): RetainedEvent {
  const id = `id-${n}`;
  const attributes = { id, type: 'a.v1' };
  return {
    id,
    key: 'k',
    position: BigInt(n),
    attributes,
    payloadDigest: digest(`payload ${n}`),
    publishedAt: PUBLISHED,
    ...more,
  };
}

function record(n: number, offset: number, more: Partial<TopicRecord> = {}): TopicRecord {
  const attributes = [
    ['type', 'a.v1'],
    ['id', `id-${n}`],
  ] as const;
  return { shard: 0, place: `0:${offset}`, key: 'k', attributes, value: Buffer.from(`payload ${n}`), ...more };
}

/** The same, as a replay. */
function replayed(n: number, offset: number, more: Partial<TopicRecord> = {}): TopicRecord {
  const { attributes, ...others } = record(n, offset, more);
  return { ...others, attributes: [...attributes, ['replayedat', '2026-11-26T11:00:00Z']] };
}

type World = {
  events?: readonly RetainedEvent[];
  records?: readonly TopicRecord[];
  completeSince?: number;
  extent?: typeof EXTENT | undefined;
};

describe('outbox verify', () => {
  const asked: Date[] = [];

  const perform = (world: World, args: string[] = ['--from', FROM]): Promise<Answer> => {
    const { events = [], records = [], completeSince = -Infinity } = world;
    const extent = 'extent' in world ? world.extent : EXTENT;
    const unexpected = () => Promise.reject(new Error('it only reads'));
    const retained: RetainedEvents = {
      extent: async () => extent,
      async *read() {
        // In parts, as a database gives them.
        for (const each of events) yield [each];
      },
      count: unexpected,
      choose: unexpected,
      replayNext: unexpected,
      restFrom: unexpected,
      waiting: unexpected,
    };
    const topic: TopicReader = {
      async *read(from) {
        asked.push(from);
        for (const each of records) yield [each];
      },
      completeSince: async () => () => completeSince,
    };
    return verify.read(args).perform({ retained, hours: 24, topic });
  };
  const linesOf = ({ text }: Answer) => text.split('\n').filter((line) => line !== '');

  it('says that all is well', async () => {
    const answer = await perform({ events: [event(1), event(2)], records: [record(1, 0), record(2, 1)] });
    expect(linesOf(answer)).to.deep.equal(['fine', 'compared   2 events with the topic; 0 repeats, 0 replays']);
    expect(answer.ok).to.equal(true);
    expect(answer.json).to.deep.equal({
      compared: 2,
      repeats: 0,
      replays: 0,
      missing: 0,
      differing: 0,
      outOfOrder: 0,
      deleted: 0,
      examples: { missing: [], differing: [], outOfOrder: [] },
      note: null,
    });
  });

  it('begins to read the topic somewhat earlier', async () => {
    await perform({ events: [event(1)], records: [record(1, 0)] });
    expect(asked.at(-1)).to.deep.equal(new Date('2026-11-26T09:55:00Z'));
  });

  it('passes over events of other times, and records of others', async () => {
    const foreign: TopicRecord = { shard: 3, place: '3:0', key: undefined, attributes: [], value: undefined };
    const { ok, json } = await perform({
      events: [event(2)],
      records: [foreign, record(1, 0), record(2, 1), record(3, 2)],
    });
    expect(ok).to.equal(true);
    expect(json).to.include({ compared: 1 });
  });

  it('reads no topic when nothing was published', async () => {
    asked.length = 0;
    const { ok, json } = await perform({});
    expect([ok, json['compared'], asked.length]).to.deep.equal([true, 0, 0]);
  });

  it('names what is missing', async () => {
    const answer = await perform({ events: [event(1), event(2)], records: [record(1, 0)] });
    expect(linesOf(answer)).to.deep.equal([
      '1 missing',
      'compared   2 events with the topic; 0 repeats, 0 replays',
      'missing    id-2, key k, published at 2026-11-26T10:30:00Z',
    ]);
    expect(answer.ok).to.equal(false);
    expect(answer.json).to.deep.include({
      missing: 1,
      examples: { missing: [{ id: 'id-2', key: 'k', publishedAt: PUBLISHED }], differing: [], outOfOrder: [] },
    });
  });

  it('takes a replay for no publication', async () => {
    const { ok, json } = await perform({ events: [event(1)], records: [replayed(1, 0)] });
    expect(ok).to.equal(false);
    expect(json).to.include({ missing: 1, replays: 1 });
  });

  for (const [what, more, differs] of [
    ['another payload', { value: Buffer.from('other') }, 'payload'],
    ['no payload', { value: undefined }, 'payload'],
    ['another key', { key: 'l' }, 'key'],
    ['no key', { key: undefined }, 'key'],
    ['a header more', { attributes: [...record(1, 0).attributes, ['x', 'y']] }, 'headers'],
    ['a header less', { attributes: record(1, 0).attributes.slice(1) }, 'headers'],
    ['another header', { attributes: [['type', 'b.v1'], ...record(1, 0).attributes.slice(1)] }, 'headers'],
    [
      'everything else',
      { key: 'l', value: Buffer.from(''), attributes: record(1, 0).attributes.slice(1) },
      'key, headers, payload',
    ],
  ] as const) {
    it(`names a record that has ${what}`, async () => {
      const answer = await perform({ events: [event(1)], records: [record(1, 7, more)] });
      expect(answer.ok).to.equal(false);
      expect(linesOf(answer)[0]).to.equal('1 record differing');
      expect(linesOf(answer)[2]).to.equal(`differing  id-1, key k, at 0:7: ${differs}`);
    });

    it(`names a replay that has ${what}`, async () => {
      const answer = await perform({ events: [event(1)], records: [record(1, 0), replayed(1, 7, more)] });
      expect(linesOf(answer)[2]).to.equal(`differing  id-1, key k, at 0:7: ${differs}`);
    });
  }

  it('names what first appears out of order, and takes no repeat for it', async () => {
    const events = [event(1), event(2), event(3)];
    const rerun = [record(1, 0), record(2, 1), record(1, 2), record(2, 3), record(3, 4), replayed(1, 5)];
    const fine = await perform({ events, records: rerun });
    expect(fine.ok).to.equal(true);
    expect(fine.json).to.include({ repeats: 2, replays: 1 });
    const answer = await perform({ events, records: [record(1, 0), record(3, 1), record(2, 2), record(3, 3)] });
    expect(linesOf(answer)).to.deep.equal([
      '1 out of order',
      'compared   3 events with the topic; 1 repeat, 0 replays',
      'disorder   id-2, key k, first at 0:2, after id-3',
    ]);
    expect(answer.ok).to.equal(false);
  });

  it('knows no order between keys, nor between partitions', async () => {
    const other = { key: 'l' };
    const events = [event(1), event(2, other), event(3)];
    const apart = await perform({ events, records: [record(2, 0, other), record(1, 1), record(3, 2)] });
    expect(apart.ok).to.equal(true);
    const moved = await perform({
      events: [event(1), event(2)],
      records: [record(2, 0), record(1, 0, { shard: 4 })],
    });
    expect(moved.ok).to.equal(true);
  });

  it('says what the topic may have deleted, in the place of missing', async () => {
    const world = { events: [event(1), event(2)], records: [record(2, 5)] };
    const answer = await perform({ ...world, completeSince: PUBLISHED.getTime() });
    expect(linesOf(answer)).to.deep.equal([
      '1 not to be compared',
      'compared   1 event with the topic; 0 repeats, 0 replays',
      "deleted    1 event: the topic's own retention has deleted the beginning of their partitions",
    ]);
    expect(answer.ok).to.equal(false);
    expect(answer.json).to.include({ missing: 0, deleted: 1 });
    const long = await perform({ ...world, completeSince: PUBLISHED.getTime() - 3_600_000 });
    expect(long.json).to.include({ missing: 1, deleted: 0 });
  });

  it('shows some of many, and counts them all', async () => {
    const events = Array.from({ length: 1234 }, (_, n) => event(n, { key: `k\n${n}` }));
    const answer = await perform({ events });
    expect(linesOf(answer)[0]).to.equal('1,234 missing');
    expect(linesOf(answer)[2]).to.contain('key k\\u{a}0,');
    expect(linesOf(answer)).to.have.length(23);
    expect(linesOf(answer).at(-1)).to.equal('           … 1,214 more');
    expect((answer.json['examples'] as { missing: unknown[] }).missing).to.have.length(20);
  });

  it('tells everything that is wrong with its command line', () => {
    const error = thrownBy(() => verify.read(['--to=soon', '--key=k']));
    expect(error).to.be.instanceOf(BadUsage);
    expect((error as BadUsage).problems).to.deep.equal([
      '--key: there is no such option',
      '--from is missing: an instant such as 2026-11-26T10:00:00Z, or 2h for two hours ago',
      '--to soon: must be an instant such as 2026-11-26T10:00:00Z, or so long ago: 90s, 30m, 2h, 1d',
    ]);
  });

  it('says when nothing of that time is retained, or no more than a part', async () => {
    const nothing = await rejection(perform({ extent: undefined }));
    expect(nothing).to.be.instanceOf(CannotBeDone);
    const before = await rejection(perform({}, ['--from', '2026-11-26T08:00:00Z', '--to', '2026-11-26T09:00:00Z']));
    expect(before).to.be.instanceOf(CannotBeDone);
    const { ok, text } = await perform({}, ['--from', '2026-01-01T00:00:00Z']);
    expect(ok).to.equal(true);
    expect(text).to.contain('note       what was published before 2026-11-26T09:00:00Z is not retained any more\n');
  });
});
