import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import type { Message } from '#application/messages/message';
import { createKafka, type KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { RecordingLogger } from '../../tests/support/system/recording-logger.ts';
import { createTopic } from '../../tools/local/kafka/kafka-admin.ts';
import { fetchKafka } from '../../tools/local/kafka/kafka-jars.ts';
import { startKafka } from '../../tools/local/kafka/kafka.ts';
import { kafkaLibs } from '../../tools/local/settings.ts';
import { median } from '../figures.ts';

// npm run bench:publishers: publishes the same records with both Kafka clients to one broker on this machine, without a
// database. The clients take turns, so that other work of the machine affects both alike.

const ROUNDS = 9;
const BATCH = 500;

const libs = kafkaLibs(process.env['LOCAL_DIR'] ?? '.local');
await fetchKafka(libs, () => undefined);
const kafka = await startKafka({ dir: mkdtempSync(join(tmpdir(), 'opportunities-bench-')), libs, removeOnStop: true });
try {
  const topic = 'bench';
  await createTopic(kafka.brokers, topic, 6);
  const settings: KafkaSettings = {
    client: 'kafkajs',
    brokers: [kafka.brokers],
    topic,
    ssl: false,
    sasl: undefined,
    userEventsTopic: undefined,
  };
  const clients = [
    { name: 'kafkajs', publisher: new KafkaEventPublisher(createKafka(settings, new RecordingLogger()), topic) },
    { name: '@platformatic/kafka', publisher: new PlatformaticEventPublisher(settings) },
  ];
  const work = {
    'batches of 500, a key each': { size: BATCH, batches: 20, keys: BATCH },
    'batches of 500, one hot key': { size: BATCH, batches: 20, keys: 1 },
    'one at a time': { size: 1, batches: 200, keys: 1 },
  };
  for (const [title, { size, batches, keys }] of Object.entries(work)) {
    const messages = someMessages(size, keys);
    const rates = new Map<string, number[]>(clients.map(({ name }) => [name, []]));
    const cpu = new Map<string, number[]>(clients.map(({ name }) => [name, []]));
    for (let round = -2; round < ROUNDS; round += 1)
      for (const { name, publisher } of round % 2 === 0 ? clients : clients.toReversed()) {
        const begun = performance.now();
        const used = process.cpuUsage();
        for (let batch = 0; batch < batches; batch += 1) await publisher.publish(messages);
        const { user, system } = process.cpuUsage(used);
        if (round < 0) continue;
        rates.get(name)?.push((size * batches * 1000) / (performance.now() - begun));
        cpu.get(name)?.push((user + system) / (size * batches));
      }
    const rowOf = (name: string) => {
      const list = rates.get(name) ?? [];
      return {
        'records/s': Math.round(median(list)),
        from: Math.round(Math.min(...list)),
        to: Math.round(Math.max(...list)),
        'CPU µs/record': median(cpu.get(name) ?? []).toFixed(1),
      };
    };
    console.log(`${title}: medians of ${ROUNDS} rounds, Node ${process.versions.node}`);
    console.table(Object.fromEntries(clients.map(({ name }) => [name, rowOf(name)])));
  }
  for (const { publisher } of clients) await publisher.close();
} finally {
  await kafka.stop();
}

/** Makes messages of about a kilobyte, which is the size of an event. */
function someMessages(count: number, keys: number): Message[] {
  const all = Array.from({ length: keys }, () => v7());
  return Array.from({ length: count }, (_, index) => {
    const [id, key] = [v7(), all[index % keys] ?? ''];
    const type = 'opportunities.OpportunityUpdated.v1';
    return {
      id,
      key,
      attributes: { specversion: '1.0', id, type, subject: key, sequence: String(index) },
      payload: JSON.stringify({ id: key, text: 'x'.repeat(900) }),
    };
  });
}
