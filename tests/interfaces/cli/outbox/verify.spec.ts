import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { RetainedEvent, RetainedEvents } from '#application/ports/outbox/retained-events';
import type { TopicReader, TopicRecord } from '#application/ports/outbox/topic-reader';
import { BadUsage } from '#interfaces/cli/outbox/command-arguments';
import { CannotBeDone, type CommandResult } from '#interfaces/cli/outbox/outbox-command';
import { VerifyTopic } from '#application/outbox/verify-topic';
import { verify } from '#interfaces/cli/outbox/verify';
import { rejection } from '../../../support/system/rejection.ts';
import { thrownBy } from '../../../support/system/thrown-by.ts';

const FROM = '2026-11-26T10:00:00Z';
const PUBLISHED = new Date('2026-11-26T10:30:00Z');
const EXTENT = { from: new Date('2026-11-26T09:00:00Z'), to: new Date('2026-11-26T11:00:00Z') };

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** The n-th event of key k. */
function event(n: number, more: Partial<RetainedEvent> = {}): RetainedEvent {
  const id = `id-${n}`;
  const attributes = { id, type: 'a.v1' };
  return {
    id,
    key: 'k',
    position: BigInt(n),
    attributes,
    payloadDigest: sha256(`payload ${n}`),
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

/** The record of the n-th event after a replay. */
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

  const perform = (world: World, args: string[] = ['--from', FROM]): Promise<CommandResult> => {
    const { events = [], records = [], completeSince = -Infinity } = world;
    const extent = 'extent' in world ? world.extent : EXTENT;
    const retained: RetainedEvents = {
      extent: async () => extent,
      async *read() {
        // Yields several parts, as a database does.
        for (const each of events) yield [each];
      },
    };
    const topic: TopicReader = {
      async *read(from) {
        asked.push(from);
        for (const each of records) yield [each];
      },
      completeSince: async () => () => completeSince,
    };
    const clock = { now: () => new Date() };
    return verify.read(args).perform(new VerifyTopic(retained, topic, clock, 24, sha256));
  };
  const linesOf = ({ text }: CommandResult) => text.split('\n').filter((line) => line !== '');

  it('is fine when the topic has every event', async () => {
    const result = await perform({ events: [event(1), event(2)], records: [record(1, 0), record(2, 1)] });
    expect(linesOf(result)).to.deep.equal(['fine', 'compared   2 events with the topic; 0 repeats, 0 replays']);
    expect(result.ok).to.equal(true);
    expect(result.json).to.deep.equal({
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

  it('begins to read the topic some minutes before the time span', async () => {
    await perform({ events: [event(1)], records: [record(1, 0)] });
    expect(asked.at(-1)).to.deep.equal(new Date('2026-11-26T09:55:00Z'));
  });

  it('ignores events of other times, and foreign records', async () => {
    const foreign: TopicRecord = { shard: 3, place: '3:0', key: undefined, attributes: [], value: undefined };
    const { ok, json } = await perform({
      events: [event(2)],
      records: [foreign, record(1, 0), record(2, 1), record(3, 2)],
    });
    expect(ok).to.equal(true);
    expect(json).to.include({ compared: 1 });
  });

  it('does not read the topic when no event was published', async () => {
    asked.length = 0;
    const { ok, json } = await perform({});
    expect([ok, json['compared'], asked.length]).to.deep.equal([true, 0, 0]);
  });

  it('names a missing event', async () => {
    const result = await perform({ events: [event(1), event(2)], records: [record(1, 0)] });
    expect(linesOf(result)).to.deep.equal([
      '1 event missing',
      'compared   2 events with the topic; 0 repeats, 0 replays',
      'missing    id-2, key k, published at 2026-11-26T10:30:00Z',
    ]);
    expect(result.ok).to.equal(false);
    expect(result.json).to.deep.include({
      missing: 1,
      examples: { missing: [{ id: 'id-2', key: 'k', publishedAt: PUBLISHED }], differing: [], outOfOrder: [] },
    });
  });

  it('does not count a replay as the publication', async () => {
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
      const result = await perform({ events: [event(1)], records: [record(1, 7, more)] });
      expect(result.ok).to.equal(false);
      expect(linesOf(result)[0]).to.equal('1 record with a difference');
      expect(linesOf(result)[2]).to.equal(`differing  id-1, key k, at 0:7: ${differs}`);
    });

    it(`names a replay that has ${what}`, async () => {
      const result = await perform({ events: [event(1)], records: [record(1, 0), replayed(1, 7, more)] });
      expect(linesOf(result)[2]).to.equal(`differing  id-1, key k, at 0:7: ${differs}`);
    });
  }

  it('names an event that first appears out of order, and ignores repeats', async () => {
    const events = [event(1), event(2), event(3)];
    const rerun = [record(1, 0), record(2, 1), record(1, 2), record(2, 3), record(3, 4), replayed(1, 5)];
    const fine = await perform({ events, records: rerun });
    expect(fine.ok).to.equal(true);
    expect(fine.json).to.include({ repeats: 2, replays: 1 });
    const result = await perform({ events, records: [record(1, 0), record(3, 1), record(2, 2), record(3, 3)] });
    expect(linesOf(result)).to.deep.equal([
      '1 event out of order',
      'compared   3 events with the topic; 1 repeat, 0 replays',
      'disorder   id-2, key k, first at 0:2, after id-3',
    ]);
    expect(result.ok).to.equal(false);
  });

  it('expects no order between keys or between partitions', async () => {
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

  it('reports events that the topic may have deleted, and not as missing', async () => {
    const world = { events: [event(1), event(2)], records: [record(2, 5)] };
    const result = await perform({ ...world, completeSince: PUBLISHED.getTime() });
    expect(linesOf(result)).to.deep.equal([
      '1 event not comparable',
      'compared   1 event with the topic; 0 repeats, 0 replays',
      "deleted    1 event: the topic's own retention has deleted the beginning of their partitions",
    ]);
    expect(result.ok).to.equal(false);
    expect(result.json).to.include({ missing: 0, deleted: 1 });
    const long = await perform({ ...world, completeSince: PUBLISHED.getTime() - 3_600_000 });
    expect(long.json).to.include({ missing: 1, deleted: 0 });
  });

  it('shows some of many examples, and counts all', async () => {
    const events = Array.from({ length: 1234 }, (_, n) => event(n, { key: `k\n${n}` }));
    const result = await perform({ events });
    expect(linesOf(result)[0]).to.equal('1,234 events missing');
    expect(linesOf(result)[2]).to.contain('key k\\u{a}0,');
    expect(linesOf(result)).to.have.length(23);
    expect(linesOf(result).at(-1)).to.equal('           … 1,214 more');
    expect((result.json['examples'] as { missing: unknown[] }).missing).to.have.length(20);
  });

  it('reports all problems of its command line', () => {
    const error = thrownBy(() => verify.read(['--to=soon', '--key=k']));
    expect(error).to.be.instanceOf(BadUsage);
    expect((error as BadUsage).problems).to.deep.equal([
      '--key: this option does not exist.',
      '--from is missing: give an instant such as 2026-11-26T10:00:00Z, or an age such as 2h.',
      '--to soon: must be an instant such as 2026-11-26T10:00:00Z, or an age such as 90s, 30m, 2h or 1d.',
    ]);
  });

  it('says when no event of the time span is retained, or only a part', async () => {
    const nothing = await rejection(perform({ extent: undefined }));
    expect(nothing).to.be.instanceOf(CannotBeDone);
    const before = await rejection(perform({}, ['--from', '2026-11-26T08:00:00Z', '--to', '2026-11-26T09:00:00Z']));
    expect(before).to.be.instanceOf(CannotBeDone);
    const { ok, text } = await perform({}, ['--from', '2026-01-01T00:00:00Z']);
    expect(ok).to.equal(true);
    expect(text).to.contain(
      'note       Events that were published before 2026-11-26T09:00:00Z are no longer retained.\n',
    );
  });
});
