import { setTimeout as sleep } from 'node:timers/promises';
import { createPartitions } from '../../local/kafka/kafka-admin.ts';
import { PARTITIONS } from '../system/topic.ts';
import { waitUntil } from '../wait-until.ts';
import { BrokenPromise, type Fault } from './fault.ts';

export const morePartitions: Fault = {
  name: 'more-partitions',
  breaks: 'the topic gets more partitions while events are published, and relays are replaced one by one: keys move',
  brokers: 1,
  partitionsChanged: true,
  async inflict({ brokers, random, topic, relays }) {
    await sleep(random.between(50, 500));
    await createPartitions(brokers.addresses, topic.name, PARTITIONS + random.between(1, 6));
    // A running client may use the old number of partitions for minutes. A new process reads the new number.
    for (const relay of relays.each()) {
      await sleep(random.between(0, 300));
      relay.process.kill('SIGTERM');
      const code = await relay.process.exited;
      if (code !== 0) throw new BrokenPromise(`${relay.name} ended with exit code ${String(code)} after SIGTERM`);
      await relays.restart(relay);
    }
    return 1;
  },
  tracesIn({ records }) {
    const partitions = Map.groupBy(records, ({ key }) => key);
    return [...partitions.values()].filter((each) => new Set(each.map(({ partition }) => partition)).size > 1).length;
  },
};

/** Largest batch in bytes. A usual event of the writers has some 1,500 bytes; the large one has at least 30,000. */
const LIMIT = 20_000;

type Parked = {
  readonly position: string;
  readonly key: string;
  readonly bytes: number;
  readonly refusal: string | null;
};

export const recordTooLarge: Fault = {
  name: 'record-too-large',
  breaks: 'the topic refuses more than 20 kB, and one event of a key has 30 kB; later the limit is lifted',
  brokers: 1,
  async inflict({ random, topic, outbox, writers }) {
    await topic.setLargestBatch(LIMIT);
    await sleep(random.between(300, 600));
    const key = await writers.makeLarge();
    await sleep(random.between(100, 400));
    // This event has the large text, too. It has to wait behind the parked one, and Kafka would refuse it as well.
    await writers.touch(key);

    const parked = await waitUntil('the large event and the next one of its key are parked', 20_000, async () => {
      const rows = await parkedIn();
      return rows.length > 1 ? rows : undefined;
    });
    const [head, ...behind] = parked;
    if (!head || head.bytes <= LIMIT || head.refusal === null)
      throw new BrokenPromise(`the first parked event is not the refused one: ${JSON.stringify(head)}`);
    if (parked.some((each) => each.key !== key)) throw new BrokenPromise('events of other keys are parked, too');
    if (behind.some(({ refusal }) => refusal !== null))
      throw new BrokenPromise('an event was sent although it has to wait behind the refused one');
    // Events of all other keys have to be published meanwhile.
    const waiting = await outbox.all<{ position: string }>('SELECT position FROM outbox WHERE key <> $1', [key]);
    await waitUntil('the events of all other keys are published', 20_000, async () => {
      const { n } = await outbox.one<{ n: number }>(
        'SELECT count(*)::int AS n FROM outbox WHERE position = ANY($1::bigint[])',
        [waiting.map(({ position }) => position)],
      );
      return n === 0 ? true : undefined;
    });

    await topic.setLargestBatch(undefined);
    await sleep(300);
    // The command `outbox parked retry` has the same effect.
    await outbox.all('UPDATE outbox_parked SET refusal = NULL WHERE position = $1', [head.position]);
    return parked.length;

    function parkedIn(): Promise<Parked[]> {
      return outbox.all<Parked>(
        'SELECT position, key, octet_length(payload) AS bytes, refusal FROM outbox_parked ORDER BY position',
      );
    }
  },
};
