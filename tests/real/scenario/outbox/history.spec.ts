import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { checkHistory } from '../../../../tools/history/check-history.ts';
import type { FaultWindow, History, Write } from '../../../../tools/history/history.ts';
import { readHistory } from '../../../../tools/history/read-history.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { type LoggedWriters, startWriters } from '../../../support/outbox/logged-writers.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { temporaryFile } from '../../../support/system/temporary-file.ts';
import { createTestDatabase, query } from '../../../support/servers/test-database.ts';

describe('the history of committed events on the topic', () => {
  let database: string;
  let topic: string;
  let writers: LoggedWriters;

  beforeEach(async () => {
    database = await createTestDatabase();
    topic = `history.${randomBytes(6).toString('hex')}`;
    await createTopic(realServers().kafka.brokers, topic);
    writers = await startWriters(database, 6);
  });

  afterEach(async () => {
    killAll();
    await writers.stop();
  });

  const startRelay = () =>
    startService({
      ROLE: 'relay',
      DATABASE_URL: database,
      KAFKA_BROKERS: realServers().kafka.brokers,
      KAFKA_TOPIC: topic,
    });

  /** Waits until the writers have logged so many further writes. */
  const moreWrites = (count: number) => {
    const enough = writers.log.length + count;
    return eventually(() => (writers.log.length >= enough ? true : undefined), 20_000);
  };

  /** Waits until so many relays share all 64 buckets. */
  const ownersOfBuckets = (relays: number) =>
    eventually(async () => {
      const owned = await query<{ count: number }>(
        database,
        `SELECT count(*)::int AS count FROM pg_locks
         WHERE locktype = 'advisory' AND classid = 2828
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         GROUP BY pid`,
      );
      return owned.length === relays && owned.reduce((sum, { count }) => sum + count, 0) === 64 ? true : undefined;
    }, 30_000);

  /** Waits until every event that waits now is published and acknowledged. */
  async function published(): Promise<void> {
    const [last] = await query<{ position: string }>(database, 'SELECT max(position) AS position FROM outbox');
    await eventually(async () => {
      const waiting = await query(database, 'SELECT 1 FROM outbox WHERE position <= $1', [last?.position]);
      return waiting.length === 0 ? true : undefined;
    }, 30_000);
  }

  /** Kills a relay that has published events and is about to acknowledge them. */
  async function crashBetweenPublicationAndAcknowledgement(): Promise<void> {
    const holder = new pg.Client({ connectionString: database });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      const held = await holder.query('SELECT 1 FROM outbox FOR SHARE');
      expect(held.rowCount, 'events that wait').to.be.above(0);
      const relay = await startRelay();
      const [waiting] = await eventually(async () => {
        const { rows } = await holder.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))`,
        );
        return rows.length > 0 ? rows : undefined;
      });
      relay.kill('SIGKILL');
      expect(await relay.exited).to.equal(null);
      // Ends the session of the killed relay. PostgreSQL would still run its last statement as soon as the lock is free.
      await holder.query('SELECT pg_terminate_backend($1, 5000)', [waiting?.pid]);
    } finally {
      await holder.end();
    }
  }

  /** Stops the writers, waits until everything is published, and reads the history from its files. */
  async function theHistory(faults: readonly FaultWindow[]): Promise<History> {
    await writers.stop();
    await published();
    const lines = [...writers.log, ...faults].map((each) => JSON.stringify(each));
    // The command npm run history:topic, as others would run it.
    const read = ['tools/history/write-topic.ts', realServers().kafka.brokers, topic];
    const records = execFileSync(process.execPath, read, { maxBuffer: 1e9, stdio: ['ignore', 'pipe', 'inherit'] });
    return readHistory(temporaryFile(lines.join('\n')), temporaryFile(records));
  }

  function expectEveryOutcome({ writes }: History): void {
    const outcomes: Write['outcome'][] = ['committed', 'rolled back', 'unknown'];
    expect(new Set(writes.map(({ outcome }) => outcome))).to.deep.equal(new Set(outcomes));
  }

  const repeatsIn = ({ records }: History) => records.length - new Set(records.map(({ id }) => id)).size;

  it('has every event once and in order when one relay becomes three, and three become two', async () => {
    const first = await startRelay();
    await moreWrites(150);
    const others = [await startRelay(), await startRelay()];
    await ownersOfBuckets(3);
    await moreWrites(150);
    first.kill('SIGTERM');
    expect(await first.exited, first.output()).to.equal(0);
    await ownersOfBuckets(2);
    await moreWrites(150);
    const history = await theHistory([]);
    for (const relay of others) expect(relay.output()).not.to.include('lost its connection');

    expect(checkHistory(history).slice(0, 10)).to.deep.equal([]);
    expect(repeatsIn(history)).to.equal(0);
    expectEveryOutcome(history);
  }).timeout(60_000);

  it('has every event in order when relays are killed, with repeats only then', async () => {
    const first = await startRelay();
    await moreWrites(300);

    const from = Date.now();
    first.kill('SIGKILL');
    expect(await first.exited).to.equal(null);
    await moreWrites(50);
    await crashBetweenPublicationAndAcknowledgement();
    await startRelay();
    await published();
    const fault = { fault: 'two relays killed', from, to: Date.now() };

    await moreWrites(150);
    const history = await theHistory([fault]);

    expect(checkHistory(history).slice(0, 10)).to.deep.equal([]);
    expectEveryOutcome(history);
    // Without the declared fault, the checker reports each repeat and nothing else.
    const undeclared = checkHistory({ ...history, faults: [] });
    expect(repeatsIn(history)).to.be.above(0);
    expect(undeclared.map(({ promise }) => promise)).to.deep.equal(Array(repeatsIn(history)).fill('repeat'));
  }).timeout(60_000);

  it('has every event in order when a relay is frozen, another takes over, and the first one continues', async () => {
    const frozen = await startRelay();
    await startRelay();
    await ownersOfBuckets(2);
    await moreWrites(150);

    // A record that the relay appends when it continues carries the time of its creation, shortly before the freeze.
    const from = Date.now() - 1000;
    frozen.kill('SIGSTOP');
    // PostgreSQL ends the session by itself, because the relay has sent nothing for ten seconds.
    await ownersOfBuckets(1);
    await published();
    frozen.kill('SIGCONT');
    await ownersOfBuckets(2);
    await published();
    const fault = { fault: 'a relay frozen', from, to: Date.now(), stragglers: true };

    await moreWrites(150);
    const history = await theHistory([fault]);
    expect(frozen.output()).to.include('lost its connection');
    expect(checkHistory(history).slice(0, 10)).to.deep.equal([]);
    expectEveryOutcome(history);
  }).timeout(120_000);
});
