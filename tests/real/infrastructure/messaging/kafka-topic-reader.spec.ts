import { expect } from 'chai';
import { type Admin, CompressionTypes, type Message, type Producer } from 'kafkajs';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { TopicRecord } from '#application/ports/outbox/topic-reader';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { KafkaTopicReader } from '#infrastructure/messaging/kafka-topic-reader';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { someId } from '../../../support/opportunities/an-opportunity.ts';
import { JAVA_HASHES } from '../../../support/outbox/java-hashes.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { RecordingLogger } from '../../../support/system/recording-logger.ts';
import { rejection } from '../../../support/system/rejection.ts';

const PARTITIONS = 3;

describe('KafkaTopicReader', () => {
  let topic: string;
  let reader: KafkaTopicReader;
  let producer: Producer;
  let admin: Admin;

  const settings = (broker = realServers().kafka.brokers) => ({
    client: 'kafkajs' as const,
    brokers: [broker],
    topic,
    ssl: false,
    sasl: undefined,
    userEventsTopic: undefined,
  });

  before(async () => {
    topic = 'none';
    const kafka = createKafka(settings(), new RecordingLogger());
    producer = kafka.producer({ allowAutoTopicCreation: false });
    admin = kafka.admin();
    await Promise.all([producer.connect(), admin.connect()]);
  });

  after(() => Promise.all([producer.disconnect(), admin.disconnect()]));

  beforeEach(async () => {
    topic = `read-${someId()}`;
    await createTopic(realServers().kafka.brokers, topic, PARTITIONS);
    reader = new KafkaTopicReader(settings());
  });

  afterEach(() => reader.close());

  const send = (messages: Message[], compression = CompressionTypes.None) =>
    producer.send({ topic, messages, compression });
  async function readAll(from = new Date(0), each: () => Promise<unknown> = async () => undefined) {
    const all: TopicRecord[] = [];
    for await (const records of reader.read(from)) {
      all.push(...records);
      await each();
    }
    return all;
  }
  const text = ({ value }: TopicRecord) => (value === undefined ? undefined : Buffer.from(value).toString());

  it('gives nothing for a topic without records', async () => {
    expect(await readAll()).to.deep.equal([]);
  });

  it('gives whole records, those of each partition in order', async () => {
    await send([
      { partition: 2, key: 'k', value: '{"a":"€"}', headers: { ce_id: 'one', ce_type: 'żółw' } },
      { partition: 2, key: 'k', value: null },
    ]);
    await send([{ partition: 0, key: null, value: 'other' }]);
    const [first, second, third] = await readAll();
    expect(first).to.deep.include({ shard: 0, place: '0:0', key: undefined, attributes: [] });
    expect(second).to.deep.include({ shard: 2, place: '2:0', key: 'k' });
    expect(second?.attributes).to.deep.equal([
      ['id', 'one'],
      ['type', 'żółw'],
    ]);
    expect([first!, second!].map(text)).to.deep.equal(['other', '{"a":"€"}']);
    expect(third).to.deep.equal({ shard: 2, place: '2:1', key: 'k', attributes: [], value: undefined });
  });

  it('begins at a time of the records themselves', async () => {
    const at = (minutes: number) => String(Date.parse('2026-11-26T10:00:00Z') + minutes * 60_000);
    for (const minutes of [0, 1, 2, 3]) await send([{ partition: 1, value: String(minutes), timestamp: at(minutes) }]);
    await send([{ partition: 0, value: 'early', timestamp: at(0) }]);
    const read = await readAll(new Date('2026-11-26T10:02:00Z'));
    expect(read.map(text)).to.deep.equal(['2', '3']);
    expect(await readAll(new Date('2026-11-26T10:04:00Z'))).to.deep.equal([]);
  });

  it('begins within a batch, and gives no earlier record of the batch', async () => {
    const at = (minutes: number) => String(Date.parse('2026-11-26T10:00:00Z') + minutes * 60_000);
    await send([0, 1, 2].map((minutes) => ({ partition: 1, value: String(minutes), timestamp: at(minutes) })));
    expect((await readAll(new Date('2026-11-26T10:01:00Z'))).map(text)).to.deep.equal(['1', '2']);
  });

  it('ends where the topic ended when the reading began', async () => {
    await send([0, 1, 2].map((partition) => ({ partition, value: 'there' })));
    const read = await readAll(new Date(0), () => send([0, 1, 2].map((partition) => ({ partition, value: 'late' }))));
    expect(read.map(text)).to.deep.equal(['there', 'there', 'there']);
  });

  it('reads more than fits into one response, also when it is compressed', async () => {
    const large = 'x'.repeat(500_000);
    for (let n = 0; n < 30; n += 1)
      await send(
        [{ partition: n % 2, value: `${n} ${large}` }],
        n < 20 ? CompressionTypes.None : CompressionTypes.GZIP,
      );
    const read = (await readAll()).map((record) => Number(text(record)?.split(' ')[0]));
    const numbers = Array.from({ length: 30 }, (_, n) => n);
    expect(read).to.deep.equal([...numbers.filter((n) => n % 2 === 0), ...numbers.filter((n) => n % 2 === 1)]);
  }).timeout(30_000);

  it('skips the marks of transactions, and the records of aborted ones', async () => {
    const kafka = createKafka(settings(), new RecordingLogger());
    const transactional = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await transactional.connect();
    for (const outcome of ['commit', 'abort', 'commit'] as const) {
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: outcome }] });
      await transaction[outcome]();
    }
    await transactional.disconnect();
    expect((await readAll()).map(text)).to.deep.equal(['commit', 'commit']);
  }).timeout(30_000);

  it('leaves no consumer group behind', async () => {
    await send([{ partition: 0, value: 'there' }]);
    const groups = async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId).toSorted();
    const before = await groups();
    await readAll(new Date(0), async () => expect(await groups()).to.deep.equal(before));
    await reader.close();
    expect(await groups()).to.deep.equal(before);
  });

  it('tells since when a key’s partition is complete', async () => {
    const onPartition = (partition: number) =>
      JAVA_HASHES.find(([, hash]) => (hash & 0x7fffffff) % PARTITIONS === partition)![0];
    const time = Date.parse('2026-11-26T10:00:00Z');
    for (const [index, value] of ['a', 'b'].entries())
      for (const partition of [0, 1, 2]) await send([{ partition, value, timestamp: String(time + index) }]);
    const since = await reader.completeSince();
    for (const partition of [0, 1, 2]) expect(since(onPartition(partition))).to.equal(-Infinity);
    // This call makes kafkajs learn the leaders of the partitions.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({
      topic,
      partitions: [
        { partition: 1, offset: '1' },
        { partition: 2, offset: '2' },
      ],
    });
    const trimmed = await reader.completeSince();
    expect([0, 1, 2].map((partition) => trimmed(onPartition(partition)))).to.deep.equal([
      -Infinity,
      time + 1,
      Infinity,
    ]);
    expect((await readAll()).map(text), 'and reads what is left').to.deep.equal(['a', 'b', 'b']);
  });

  it('rejects with BrokerUnavailable when the topic or the broker is missing', async () => {
    topic = 'no-such-topic';
    for (const broker of [undefined, '127.0.0.1:1']) {
      const lost = new KafkaTopicReader(settings(broker));
      expect(await rejection(readWith(lost))).to.be.instanceOf(BrokerUnavailable);
      expect(await rejection(lost.completeSince())).to.be.instanceOf(BrokerUnavailable);
      await lost.close();
    }
  }).timeout(30_000);

  async function readWith(other: KafkaTopicReader): Promise<void> {
    for await (const records of other.read(new Date(0))) expect(records).to.equal(undefined);
  }
});
