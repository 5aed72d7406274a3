import type { RetainedEvent, RetainedEvents, TimeSpan } from '../ports/outbox/retained-events.ts';
import type { TopicReader, TopicRecord } from '../ports/outbox/topic-reader.ts';
import type { Clock } from '../ports/system/clock.ts';
import { RetainedSpan } from './retained-span.ts';

/** Milliseconds by which reading begins before the time span: clocks differ, and an acknowledgement takes a while. */
const MARGIN_MS = 5 * 60_000;

/** The largest number of events in one comparison. They take about half a gigabyte of memory. */
export const MOST_EVENTS = 2_000_000;

/** A record whose content differs from the published event. */
export type Difference = {
  readonly id: string;
  readonly key: string;
  /** The record's place on the topic, in the words of the broker: partition and offset for Kafka, as in 3:1042. */
  readonly place: string;
  readonly differs: readonly ('key' | 'headers' | 'payload')[];
};

/** An event that first appears after a later event of its key. */
export type Misplaced = {
  readonly id: string;
  readonly key: string;
  readonly place: string;
  /** The id of the later event. */
  readonly after: string;
};

export type Missing = { readonly id: string; readonly key: string; readonly publishedAt: Date };

export type Verification = {
  readonly compared: number;
  readonly repeats: number;
  readonly replays: number;
  readonly missing: readonly Missing[];
  /** Events that are not on the topic, perhaps only because the topic's own retention has deleted them. */
  readonly deleted: readonly Missing[];
  readonly differing: readonly Difference[];
  readonly misplaced: readonly Misplaced[];
  /** Publication time of the oldest retained event; undefined when no older event of the time span was removed. */
  readonly removedBefore: Date | undefined;
};

/** SHA-256 as hexadecimal digits, like the digests of retained events. */
export type Sha256 = (content: string | Uint8Array) => string;

/** Compares the topic with the events that the database says were published. */
export class VerifyTopic {
  private readonly retained: RetainedEvents;
  private readonly topic: TopicReader;
  private readonly sha256: Sha256;
  private readonly span: RetainedSpan;
  private readonly mostEvents: number;

  constructor(
    retained: RetainedEvents,
    topic: TopicReader,
    clock: Clock,
    retentionHours: number,
    sha256: Sha256,
    mostEvents = MOST_EVENTS,
  ) {
    this.retained = retained;
    this.topic = topic;
    this.sha256 = sha256;
    this.span = new RetainedSpan(retained, clock, retentionHours);
    this.mostEvents = mostEvents;
  }

  /** @throws NothingRetained, TooManyEvents, BrokerUnavailable or StorageUnavailable. */
  async execute(span: TimeSpan): Promise<Verification> {
    const removedBefore = await this.span.removedBefore(span);
    const comparison = new TopicComparison(this.sha256);
    for await (const events of this.retained.read(span)) {
      for (const event of events) comparison.expect(event);
      if (comparison.size > this.mostEvents) throw new TooManyEvents(this.mostEvents);
    }
    if (comparison.size > 0)
      for await (const records of this.topic.read(new Date(Date.parse(span.from) - MARGIN_MS)))
        for (const record of records) comparison.see(record);
    const { missing, deleted } = await this.sorted(comparison.absent());
    const { size, repeats, replays, differing, misplaced } = comparison;
    return {
      compared: size - deleted.length,
      repeats,
      replays,
      missing,
      deleted,
      differing,
      misplaced,
      removedBefore,
    };
  }

  /** Separates events that must be on the topic from those that its retention may have deleted. */
  private async sorted(absent: readonly Missing[]): Promise<{ missing: Missing[]; deleted: Missing[] }> {
    if (absent.length === 0) return { missing: [], deleted: [] };
    const since = await this.topic.completeSince();
    const isDeleted = ({ key, publishedAt }: Missing) => publishedAt.getTime() - MARGIN_MS < since(key);
    return { missing: absent.filter((each) => !isDeleted(each)), deleted: absent.filter(isDeleted) };
  }
}

/** The time span has more events than can be compared at once. */
export class TooManyEvents extends Error {
  constructor(most: number) {
    super(`The time span has more than ${most} events.`);
    this.name = 'TooManyEvents';
  }
}

/** The data by which an event is recognised on the topic: about 300 bytes, however large the event is. */
type Expected = {
  readonly key: string;
  readonly position: bigint;
  readonly publishedAt: number;
  readonly payload: string;
  readonly attributes: string;
  hasAppeared: boolean;
};

/** The attribute that marks a replayed event. */
const REPLAY_MARK = 'replayedat';

class TopicComparison {
  readonly differing: Difference[] = [];
  readonly misplaced: Misplaced[] = [];
  repeats = 0;
  replays = 0;
  private readonly sha256: Sha256;
  private readonly expected = new Map<string, Expected>();
  /** The event of each key that has appeared last. */
  private readonly latest = new Map<string, { shard: number; position: bigint; id: string }>();

  constructor(sha256: Sha256) {
    this.sha256 = sha256;
  }

  get size(): number {
    return this.expected.size;
  }

  expect({ id, key, position, attributes, payloadDigest, publishedAt }: RetainedEvent): void {
    this.expected.set(id, {
      key,
      position,
      publishedAt: publishedAt.getTime(),
      payload: shortened(payloadDigest),
      attributes: this.attributesDigest(Object.entries(attributes)),
      hasAppeared: false,
    });
  }

  /** Takes the records of a shard in their order. A record that was not expected is ignored. */
  see({ shard, place, key, attributes, value }: TopicRecord): void {
    const id = attributes.find(([name]) => name === 'id')?.[1] ?? '';
    const event = this.expected.get(id);
    if (!event) return;
    const isReplay = attributes.some(([name]) => name === REPLAY_MARK);
    const published = attributes.filter(([name]) => name !== REPLAY_MARK);
    const differs: Difference['differs'][number][] = [];
    if (key !== event.key) differs.push('key');
    if (this.attributesDigest(published) !== event.attributes) differs.push('headers');
    if (shortened(this.sha256(value ?? '')) !== event.payload) differs.push('payload');
    if (differs.length > 0) this.differing.push({ id, key: event.key, place, differs });

    if (isReplay) this.replays += 1;
    else if (event.hasAppeared) this.repeats += 1;
    else {
      event.hasAppeared = true;
      this.checkOrder(id, event, shard, place);
    }
  }

  /** Events that have not appeared. */
  absent(): Missing[] {
    return [...this.expected]
      .filter(([, { hasAppeared }]) => !hasAppeared)
      .map(([id, { key, publishedAt }]) => ({ id, key, publishedAt: new Date(publishedAt) }));
  }

  private checkOrder(id: string, { key, position }: Expected, shard: number, place: string): void {
    const before = this.latest.get(key);
    // A topic that has grown may have a key on two shards, and shards have no order between them.
    if (before?.shard === shard && position < before.position)
      this.misplaced.push({ id, key, place, after: before.id });
    else this.latest.set(key, { shard, position, id });
  }

  /** The attributes are sorted first, because the database does not keep their order. */
  private attributesDigest(attributes: readonly (readonly [string, string])[]): string {
    return shortened(this.sha256(JSON.stringify(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)))));
  }
}

/** Returns 96 bits of the digest as a separate text: a slice of the digest would keep the whole digest in memory. */
function shortened(digest: string): string {
  return Buffer.from(digest.slice(0, 24), 'hex').toString('latin1');
}
