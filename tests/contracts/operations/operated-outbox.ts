import type { Message } from '#application/messages/message';
import type { ParkedMessages } from '#application/ports/operations/parked-messages';
import type { RelayPause } from '#application/ports/operations/relay-pause';
import type { QueuedMessage } from '#application/ports/outbox/outbox-batch';
import type { OutboxQueue } from '#application/ports/outbox/outbox-queue';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../support/system/eventually.ts';

/** An outbox of one storage, with the relays and the operators that work on it. */
export type OperatedOutbox = {
  /** Returns the queue of one more relay, which retains the messages that it publishes. */
  queue(): OutboxQueue;
  /** Commits messages one after the other, each in its own transaction. */
  commit(...messages: Message[]): Promise<void>;
  readonly pauses: RelayPause;
  /** The time by the clock of the storage, in milliseconds since 1970. */
  now(): Promise<number>;
  /** Makes everything that the storage holds so many seconds older. */
  pass(seconds: number): Promise<void>;
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

const PLENTY = { messages: 100, bytes: 10 ** 6 };

export const idsOf = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

/** Creates a message. Its payload has more bytes than characters. */
export function aMessage(key: string, attributes: Message['attributes'] = { type: 'test.v1' }): Message {
  return { id: someId(), key, attributes, payload: '{"é":1}' };
}

/** Fetches as an idle relay does at intervals, and publishes nothing. */
export async function lookAround(queue: OutboxQueue): Promise<void> {
  const batch = await queue.fetch(PLENTY);
  batch.putBack(batch.messages);
}

/** Waits until a relay gets the message, and lets the broker refuse the message. The relay publishes nothing else. */
export async function refuse(queue: OutboxQueue, id: string, refusal: string): Promise<void> {
  await eventually(async () => {
    const batch = await queue.fetch(PLENTY);
    const message = batch.messages.find((each) => each.id === id);
    batch.putBack(batch.messages.filter((each) => each !== message));
    if (message) await batch.park(message, refusal);
    return message;
  });
}

/** Parks a key with so many messages: the first is refused, and the others wait behind it. Returns all of them in order. */
export async function park(
  outbox: OperatedOutbox & { readonly parked: ParkedMessages },
  queue: OutboxQueue,
  key: string,
  count: number,
): Promise<Message[]> {
  const messages = Array.from({ length: count }, () => aMessage(key));
  const [first, ...behind] = messages;
  await outbox.commit(first!);
  await refuse(queue, first!.id, 'too large');
  await outbox.commit(...behind);
  await untilParked(outbox.parked, queue, messages.at(-1)!.id);
  return messages;
}

/** Waits until a relay has parked this message behind a refused one. */
export async function untilParked(parked: ParkedMessages, queue: OutboxQueue, id: string): Promise<void> {
  await eventually(async () => {
    await lookAround(queue);
    return (await parked.find(id)) ? true : undefined;
  });
}

/** Publishes so many messages, the oldest first, and returns them. Later messages stay in the outbox. */
export async function publish(queue: OutboxQueue, count: number): Promise<QueuedMessage[]> {
  const published: QueuedMessage[] = [];
  await eventually(async () => {
    const batch = await queue.fetch(PLENTY);
    const next = batch.messages.slice(0, count - published.length);
    batch.putBack(batch.messages.slice(next.length));
    await batch.acknowledge(next);
    published.push(...next);
    return published.length === count ? true : undefined;
  });
  return published;
}
