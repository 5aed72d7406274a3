import { inTurn, percentile, Rounds } from '../../figures.ts';
import { debezium } from '../peers/debezium.ts';
import type { Peer, PreparePeer } from '../peers/peer.ts';
import { pgTransactionalOutbox } from '../peers/pg-transactional-outbox.ts';
import type { SingleWriterQuestion } from '../peers/single-writer-process.ts';
import { Child } from '../processes/child.ts';
import { fillOutbox, MANY_KEYS } from '../records.ts';
import type { Written } from '../scheduled-writes.ts';
import { BenchmarkServers, cleanUp } from '../servers/benchmark-servers.ts';
import type { KafkaClientName } from '../servers/relay.ts';
import { WARM_UP_EVENTS } from './drain.ts';
import { latencies, startConsumer } from './latency.ts';
import type { Scale, Section } from './section.ts';

const PEERS = [
  relayPeer('kafkajs'),
  relayPeer('platformatic'),
  debezium('Debezium', 'outbox_debezium'),
  debezium('Debezium, two headers', 'outbox_debezium_two'),
  pgTransactionalOutbox,
];
const PER_SECOND = 200;
const WARM_UP_SECONDS = 3;
const PERCENTS = [50, 99, 100];

/**
 * Measures other outbox implementations with the same work. This section starts servers of its own, because Debezium
 * needs `wal_level=logical`, which makes PostgreSQL write more WAL.
 */
export async function measurePeers(_servers: BenchmarkServers, { rounds, events, seconds }: Scale): Promise<Section> {
  const servers = await BenchmarkServers.start({ wal_level: 'logical' });
  const figures = new Rounds();
  try {
    const peers: Peer[] = [];
    for (const prepare of PEERS) peers.push(await prepare(servers));
    for (let round = 0; round < rounds; round += 1)
      for (const peer of inTurn(peers, round)) await once(servers, peer, { events, seconds, seed: round + 2 }, figures);
    const [ours] = peers;
    return {
      name: 'peers',
      title: 'Compared with other implementations',
      how:
        `Each program is started and warmed up. It gets a backlog of ${events.toLocaleString('en')} events of many keys, and then single events at ${PER_SECOND} per second for ${seconds} seconds. ` +
        `PostgreSQL runs with wal_level=logical for all of them. pg-transactional-outbox gets a fiftieth of the backlog.`,
      columns: ['program', 'events/s', `of ${ours?.name ?? ''}`, 'commit to consumer, p50 ms', 'p99', 'max', 'MiB'],
      rows: peers.map(({ name }, place) => [
        name,
        figures.spread(name),
        place > 0 ? figures.ratio(name, ours?.name ?? '') : '',
        ...PERCENTS.map((percent) => figures.spread(`${name}, p${percent}`, 1)),
        figures.spread(`${name}, MiB`),
      ]),
      figures: figures.all(),
    };
  } finally {
    await servers.stop();
  }
}

async function once(
  servers: BenchmarkServers,
  peer: Peer,
  { events, seconds, seed }: { events: number; seconds: number; seed: number },
  figures: Rounds,
): Promise<void> {
  const running = await peer.start();
  const writing = { database: peer.database, table: peer.writes };
  const writer = new Child<SingleWriterQuestion, Written[]>('peers/single-writer-process.ts', writing);
  const consumer = startConsumer(servers);
  try {
    const burst = async (count: number) => {
      const rate = await servers.topic.rateOf(count, () => peer.fill(count));
      await peer.clean();
      return rate;
    };
    await burst(Math.min(WARM_UP_EVENTS, events) * peer.share);
    figures.add(peer.name, await burst(events * peer.share));
    await consumer.ask('ready');
    await writer.ask({ perSecond: PER_SECOND, seconds: WARM_UP_SECONDS, seed: 1 });
    await consumer.ask('received');
    const { fromCommit } = await latencies(consumer, await writer.ask({ perSecond: PER_SECOND, seconds, seed }));
    for (const percent of PERCENTS) figures.add(`${peer.name}, p${percent}`, percentile(fromCommit, percent));
    figures.add(`${peer.name}, MiB`, running.residentMiB());
    await peer.clean();
  } finally {
    await Promise.all([consumer.stop(), writer.stop(), running.stop()]);
  }
}

/** The service's own relay as a peer. */
function relayPeer(client: KafkaClientName): PreparePeer {
  return async (servers) => {
    const database = await servers.database();
    return {
      name: `relay ${client}`,
      share: 1,
      database,
      writes: 'outbox',
      start: () => servers.relay(database, client),
      fill: (events) => fillOutbox(database, events, MANY_KEYS),
      clean: () => cleanUp(database),
    };
  };
}
