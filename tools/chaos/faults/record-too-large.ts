import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenPromise, type Fault } from './fault.ts';
import { until } from '../wait-until.ts';

/** Bytes. An event of the writers has some 1,500; what is made too large has at least 30,000. */
const LIMIT = 20_000;

type Parked = {
  readonly position: string;
  readonly key: string;
  readonly bytes: number;
  readonly refusal: string | null;
};

export const recordTooLarge: Fault = {
  name: 'record-too-large',
  breaks: 'the topic takes 20 kB at most, and in the middle of a key comes an event of 30 kB; later it takes more',
  brokers: 1,
  async inflict({ chance, topic, outbox, writers }) {
    await topic.setLargestBatch(LIMIT);
    await sleep(chance.between(300, 600));
    const key = await writers.makeLarge();
    await sleep(chance.between(100, 400));
    // It has the large text, too, and would be refused as well.
    await writers.touch(key);

    const parked = await until('the event is parked, and the next one behind it', 20_000, async () => {
      const rows = await parkedIn();
      return rows.length > 1 ? rows : undefined;
    });
    const [head, ...behind] = parked;
    if (!head || head.bytes <= LIMIT || head.refusal === null)
      throw new BrokenPromise(`not the refused event is parked first: ${JSON.stringify(head)}`);
    if (parked.some((each) => each.key !== key)) throw new BrokenPromise('more keys are parked than the one');
    if (behind.some(({ refusal }) => refusal !== null))
      throw new BrokenPromise('an event behind the refused one was tried');
    // Everything else goes on meanwhile.
    const waiting = await outbox.all<{ position: string }>('SELECT position FROM outbox WHERE key <> $1', [key]);
    await until('all other keys flow', 20_000, async () => {
      const { n } = await outbox.one<{ n: number }>(
        'SELECT count(*)::int AS n FROM outbox WHERE position = ANY($1::bigint[])',
        [waiting.map(({ position }) => position)],
      );
      return n === 0 ? true : undefined;
    });

    await topic.setLargestBatch(undefined);
    await sleep(300);
    // What `outbox parked retry` does.
    await outbox.all('UPDATE outbox_parked SET refusal = NULL WHERE position = $1', [head.position]);
    return parked.length;

    function parkedIn(): Promise<Parked[]> {
      return outbox.all<Parked>(
        'SELECT position, key, octet_length(payload) AS bytes, refusal FROM outbox_parked ORDER BY position',
      );
    }
  },
};
