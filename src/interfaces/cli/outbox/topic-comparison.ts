import { hash } from 'node:crypto';
import type { RetainedEvent } from '#application/ports/outbox/retained-events';
import type { TopicRecord } from '#application/ports/outbox/topic-reader';

/** Of an event, what it takes to recognise it: some 300 bytes, whatever its size. */
type Expected = {
  readonly key: string;
  readonly position: bigint;
  readonly publishedAt: number;
  readonly payload: string;
  readonly attributes: string;
  hasAppeared: boolean;
};

export type Difference = {
  readonly id: string;
  readonly key: string;
  readonly place: string;
  readonly differs: readonly ('key' | 'headers' | 'payload')[];
};

export type Misplaced = {
  readonly id: string;
  readonly key: string;
  readonly place: string;
  /** Of an event of the key that came later, and appeared before. */
  readonly after: string;
};

export type Missing = { readonly id: string; readonly key: string; readonly publishedAt: Date };

const MARK = 'replayedat';

/** Holds records of the topic against what the database says was published. */
export class TopicComparison {
  readonly differing: Difference[] = [];
  readonly misplaced: Misplaced[] = [];
  private readonly expected = new Map<string, Expected>();
  /** Of each key, what has appeared last. */
  private readonly latest = new Map<string, { shard: number; position: bigint; id: string }>();
  private repeated = 0;
  private replayed = 0;

  get size(): number {
    return this.expected.size;
  }

  get repeats(): number {
    return this.repeated;
  }

  get replays(): number {
    return this.replayed;
  }

  expect({ id, key, position, attributes, payloadDigest, publishedAt }: RetainedEvent): void {
    this.expected.set(id, {
      key,
      position,
      publishedAt: publishedAt.getTime(),
      payload: shortened(payloadDigest),
      attributes: attributesDigest(Object.entries(attributes)),
      hasAppeared: false,
    });
  }

  /** Takes the records of a shard in their order. A record that is not expected is passed over. */
  see({ shard, place, key, attributes, value }: TopicRecord): void {
    const id = attributes.find(([name]) => name === 'id')?.[1] ?? '';
    const event = this.expected.get(id);
    if (!event) return;
    const isReplay = attributes.some(([name]) => name === MARK);
    const differs: Difference['differs'][number][] = [];
    if (key !== event.key) differs.push('key');
    if (attributesDigest(attributes.filter(([name]) => name !== MARK)) !== event.attributes) differs.push('headers');
    if (shortened(hash('sha256', value ?? '')) !== event.payload) differs.push('payload');
    if (differs.length > 0) this.differing.push({ id, key: event.key, place, differs });

    if (isReplay) this.replayed += 1;
    else if (event.hasAppeared) this.repeated += 1;
    else {
      event.hasAppeared = true;
      this.appears(id, event, shard, place);
    }
  }

  missing(): Missing[] {
    return [...this.expected]
      .filter(([, { hasAppeared }]) => !hasAppeared)
      .map(([id, { key, publishedAt }]) => ({ id, key, publishedAt: new Date(publishedAt) }));
  }

  private appears(id: string, { key, position }: Expected, shard: number, place: string): void {
    const before = this.latest.get(key);
    // After the topic got more partitions, a key may lie on two of them, which have no order between them.
    if (before?.shard === shard && position < before.position)
      this.misplaced.push({ id, key, place, after: before.id });
    else this.latest.set(key, { shard, position, id });
  }
}

/** In whatever order: the database keeps none. */
function attributesDigest(attributes: readonly (readonly [string, string])[]): string {
  return shortened(hash('sha256', JSON.stringify(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)))));
}

/** 96 bits, in a text that one cannot mistake for a part of a longer one. */
function shortened(digest: string): string {
  return Buffer.from(digest.slice(0, 24), 'hex').toString('latin1');
}
