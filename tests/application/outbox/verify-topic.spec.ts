import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { TooManyEvents, VerifyTopic } from '#application/outbox/verify-topic';
import type { RetainedEvent } from '#application/ports/outbox/retained-events';
import type { TopicReader, TopicRecord } from '#application/ports/outbox/topic-reader';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { rejection } from '../../support/system/rejection.ts';

const MINUTE_MS = 60_000;
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const event = (id: string, payload: string): RetainedEvent => ({
  id,
  key: 'k',
  position: 1n,
  attributes: { id },
  payloadDigest: sha256(payload),
  publishedAt: SOME_DAY,
});
const record = (id: string, value: Buffer | undefined): TopicRecord => ({
  shard: 0,
  place: '0:0',
  key: 'k',
  attributes: [['id', id]],
  value,
});

/** The tests of the command, tests/interfaces/cli/outbox/verify.spec.ts, have the usual cases. */
describe('VerifyTopic', () => {
  let completeSince: () => Promise<(key: string) => number>;

  beforeEach(() => {
    completeSince = async () => () => -Infinity;
  });

  const verify = (events: RetainedEvent[], records: TopicRecord[], mostEvents?: number) => {
    const retained = {
      extent: async () => ({ from: SOME_DAY, to: SOME_DAY }),
      async *read() {
        yield events;
      },
    };
    const topic: TopicReader = {
      async *read() {
        yield records;
      },
      completeSince: () => completeSince(),
    };
    const use = new VerifyTopic(retained, topic, new FixedClock(SOME_DAY), 24, sha256, mostEvents);
    return use.execute({ from: SOME_DAY.toISOString(), to: undefined });
  };

  it('compares at most so many events', async () => {
    const events = [event('a', '1'), event('b', '2')];
    expect(await verify(events, [], 2)).to.include({ compared: 2 });
    expect(await rejection(verify(events, [], 1))).to.be.instanceOf(TooManyEvents);
  });

  it('asks how far back the topic is complete only when an event is not on it', async () => {
    completeSince = () => Promise.reject(new Error('Nobody should ask.'));
    expect(await verify([event('a', '1')], [record('a', Buffer.from('1'))])).to.include({ compared: 1 });
  });

  it('calls an event deleted when the topic may have removed it, with five minutes for clocks that differ', async () => {
    const since = SOME_DAY.getTime() - 5 * MINUTE_MS;
    completeSince = async () => () => since;
    expect((await verify([event('a', '1')], [])).missing).to.have.length(1);
    completeSince = async () => () => since + 1;
    expect((await verify([event('a', '1')], [])).deleted).to.have.length(1);
  });

  it('reads a record without a value as an empty text', async () => {
    expect((await verify([event('a', '')], [record('a', undefined)])).differing).to.deep.equal([]);
  });
});
