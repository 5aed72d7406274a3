import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import type { Fault } from '../../../tools/chaos/faults/fault.ts';
import { brokerKilled } from '../../../tools/chaos/faults/broker-faults.ts';
import { ackSwallowed } from '../../../tools/chaos/faults/network-faults.ts';
import { postgresCrash, sessionTerminated } from '../../../tools/chaos/faults/postgres-faults.ts';
import { relayFrozen } from '../../../tools/chaos/faults/relay-faults.ts';
import { Outbox } from '../../../tools/chaos/system/outbox.ts';
import { type Client, runSeed } from '../../../tools/chaos/run.ts';
import { Servers } from '../../../tools/chaos/system/servers.ts';
import { Topic } from '../../../tools/chaos/system/topic.ts';
import { checkHistory } from '../../../tools/history/check-history.ts';
import { readHistory } from '../../../tools/history/read-history.ts';
import { readTopic } from '../../../tools/history/read-topic.ts';
import { kafkaLibs } from '../../../tools/local/settings.ts';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { eventually } from '../../support/system/eventually.ts';
import { startWriters } from '../../support/outbox/logged-writers.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { rejection } from '../../support/system/rejection.ts';
import { killAll } from '../../support/servers/service-process.ts';
import { temporaryFile } from '../../support/system/temporary-file.ts';

/** A small part of the fault matrix. `npm run chaos` runs all of it. */
describe('the fault matrix', () => {
  const files = mkdtempSync(join(tmpdir(), 'opportunities-chaos-'));
  // These servers are crashed on purpose, so other tests must not share them.
  const servers = new Servers(kafkaLibs(process.env['LOCAL_DIR'] ?? '.local'));

  before(async () => {
    await Promise.all([servers.postgres(), servers.kafka(1)]);
  }).timeout(60_000);

  after(async () => {
    killAll();
    await servers.stop();
    rmSync(files, { recursive: true });
  }).timeout(30_000);

  const run = (fault: Fault, client: Client, keep = false) =>
    runSeed({ fault, client, seed: 1 }, servers, { files, keep });

  const CASES: [Fault, Client][] = [
    [relayFrozen, 'kafkajs'],
    [ackSwallowed, 'platformatic'],
    [postgresCrash, 'kafkajs'],
    [brokerKilled, 'platformatic'],
  ];
  for (const [fault, client] of CASES)
    it(`finds every promise kept under ${fault.name} with ${client}`, async () => {
      const { problems, events } = await run(fault, client);
      expect(problems).to.deep.equal([]);
      expect(events).to.be.above(100);
    }).timeout(90_000);

  // kafkajs's own retry may lose records when another broker has become the partition's leader.
  it('shows that the publisher reports a lost response instead of letting kafkajs retry by itself', async () => {
    const { addresses, proxy } = await servers.kafka(1);
    const topic = new Topic(addresses, 'chaos.swallowed');
    await topic.create();
    const settings = { client: 'kafkajs' as const, brokers: [addresses], topic: topic.name };
    const kafka = createKafka(
      { ...settings, ssl: false, sasl: undefined, userEventsTopic: undefined },
      new RecordingLogger(),
    );
    const publisher = new KafkaEventPublisher(kafka, topic.name);
    const publish = () => publisher.publish([{ id: someId(), key: 'k', attributes: {}, payload: '{}' }]);
    await publish();
    proxy?.swallow(1);
    expect(await rejection(publish())).to.be.instanceOf(BrokerUnavailable);
    await publish();
    await publisher.close();
    expect(await readTopic(addresses, topic.name)).to.have.length(3);
  }).timeout(30_000);

  it('notices a record that is missing on the topic', async () => {
    const { problems, folder } = await run(sessionTerminated, 'kafkajs', true);
    expect(problems).to.deep.equal([]);
    const [writersFile, topicFile] = [join(folder, 'writers.jsonl'), join(folder, 'topic.jsonl')];
    const { writes } = await readHistory(writersFile, topicFile);
    const committed = writes.filter(({ outcome }) => outcome === 'committed');
    const lost = committed[Math.floor(committed.length / 2)]!;
    const lines = readFileSync(topicFile, 'utf8').split('\n');
    const others = lines.filter((line) => !line.includes(`"id":"${lost.id}"`));
    expect(others.length).to.be.below(lines.length);
    const history = await readHistory(writersFile, temporaryFile(others.join('\n')));
    const missing = checkHistory(history).filter(({ promise }) => promise === 'missing');
    expect(missing.map(({ key, sequence }) => [key, sequence])).to.deep.equal([[lost.key, lost.sequence]]);
  }).timeout(90_000);

  it('notices an event that was removed by a session that does not own its bucket', async () => {
    const outbox = await Outbox.create((await servers.postgres()).url);
    const writers = await startWriters(outbox.url, 1);
    await outbox.recordRemovals();
    await eventually(() => (writers.log.length > 10 ? true : undefined));
    await writers.stop();
    const own =
      'SELECT pg_advisory_lock(2828, bucket) FROM (SELECT bucket FROM outbox ORDER BY position LIMIT 1) AS first';
    const remove = (where: string) => `DELETE FROM outbox WHERE position IN (${where})`;
    const owner = new pg.Client({ connectionString: outbox.url });
    await owner.connect();
    await owner.query(own);
    await owner.query(remove('SELECT min(position) FROM outbox'));
    await owner.end();
    expect([await outbox.countRemoved(), await outbox.countRemovedByNonOwners()]).to.deep.equal([1, 0]);
    await outbox.all(remove('SELECT position FROM outbox ORDER BY position LIMIT 2'));
    expect([await outbox.countRemoved(), await outbox.countRemovedByNonOwners()]).to.deep.equal([3, 2]);
    await outbox.drop();
  }).timeout(30_000);

  it('fails a run whose fault hit nothing', async () => {
    const { problems } = await run({ ...sessionTerminated, inflict: async () => 0 }, 'kafkajs');
    expect(problems).to.include('proves nothing: the fault hit nothing');
  }).timeout(90_000);
});
