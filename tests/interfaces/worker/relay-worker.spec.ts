import { SystemTimer } from '#infrastructure/system/system-timer';
import { mock } from 'node:test';
import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import type { Message } from '#application/messages/message';
import { StorageUnavailable } from '#application/ports/application-error';
import { RelayOutbox } from '#application/outbox/relay-outbox';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { RelayWorker } from '#interfaces/worker/relay-worker';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { InMemoryDatabase } from '../../support/in-memory/in-memory-database.ts';
import { InMemoryOutboxQueue } from '../../support/in-memory/in-memory-outbox-queue.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { RecordingMetrics } from '../../support/system/recording-metrics.ts';
import { VirtualTimer } from '../../support/system/virtual-timer.ts';
import { RecordingPublisher } from '../../support/outbox/recording-publisher.ts';

/** Runs every promise callback that is due. The clock does not move. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  await settle();
}

describe('RelayWorker', () => {
  let database: InMemoryDatabase;
  let publisher: RecordingPublisher;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let timer: VirtualTimer;
  let wakeUp: InProcessRelayWakeUp;
  let worker: RelayWorker;
  let steps: string[];
  /** Replaces the broker when it is set. */
  let broker: ((messages: readonly Message[]) => Promise<void>) | undefined;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    database = new InMemoryDatabase();
    publisher = new RecordingPublisher();
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    wakeUp = new InProcessRelayWakeUp();
    steps = [];
    timer = new VirtualTimer();
    broker = undefined;
    const queue = new InMemoryOutboxQueue(database);
    const relay = new RelayOutbox(
      {
        fetch: async (limit) => {
          steps.push('fetch');
          const batch = await queue.fetch(limit);
          return {
            messages: batch.messages,
            acknowledge: (messages) => (steps.push('acknowledge'), batch.acknowledge(messages)),
            holds: () => batch.holds(),
            putBack: (messages) => {
              batch.putBack(messages);
            },
            park: (message, refusal) => batch.park(message, refusal),
          };
        },
        release: () => (steps.push('release'), queue.release()),
      },
      {
        batchLimit: publisher.batchLimit,
        largestMessageBytes: publisher.largestMessageBytes,
        probe: async () => undefined,
        publish: (messages) => (steps.push('publish'), (broker ?? publisher.publish.bind(publisher))(messages)),
      },
      timer,
    );
    worker = new RelayWorker(relay, wakeUp, logger, metrics, new SystemTimer());
  });

  afterEach(async () => {
    const stopped = worker.stop();
    await pass(60_000);
    await stopped;
    mock.timers.reset();
  });

  const commit = (count = 1): void => {
    for (let index = 0; index < count; index += 1) database.enqueue(messageOf(anOpportunity().created, someId()));
  };
  const started = async (): Promise<void> => {
    worker.start();
    await settle();
  };
  const count = (step: string) => steps.filter((each) => each === step).length;
  const logged = () => logger.lines.map(({ level, message }) => `${level}: ${message}`);
  const CANNOT = 'warn: the relay cannot publish: events wait in the outbox';
  const BACK = 'info: the relay publishes again';

  it('publishes all waiting events at the start, batch after batch, without a pause', async () => {
    commit(1201);
    worker.start();
    await settle();
    await settle();
    expect(publisher.published).to.have.length(1201);
    expect(database.outbox).to.deep.equal([]);
  });

  it('wakes up on a nudge', async () => {
    await started();
    commit();
    await settle();
    expect(publisher.published).to.have.length(0);
    wakeUp.nudge();
    await settle();
    expect(publisher.published).to.have.length(1);
  });

  it('does not miss a nudge that comes while it publishes', async () => {
    const gate = Promise.withResolvers<undefined>();
    broker = () => gate.promise;
    commit();
    await started();
    commit();
    wakeUp.nudge();
    broker = undefined;
    gate.resolve(undefined);
    await settle();
    expect(database.outbox).to.deep.equal([]);
  });

  it('finds the events of another process within a second, without a nudge', async () => {
    await started();
    commit();
    await pass(1000);
    expect(publisher.published).to.have.length(1);
  });

  it('counts published events and failed attempts', async () => {
    commit(3);
    await started();
    expect([metrics.published, metrics.relayFailures]).to.deep.equal([3, 0]);
    publisher.away = true;
    commit(2);
    wakeUp.nudge();
    await settle();
    await pass(100);
    expect([metrics.published, metrics.relayFailures]).to.deep.equal([3, 2]);
    publisher.away = false;
    await pass(200);
    expect([metrics.published, metrics.relayFailures]).to.deep.equal([5, 2]);
  });

  it('does not poll all the time while nothing happens', async () => {
    await started();
    const asked = count('fetch');
    await settle();
    expect(count('fetch')).to.equal(asked);
  });

  it('runs one loop, however often it is started', async () => {
    const gate = Promise.withResolvers<undefined>();
    broker = () => gate.promise;
    commit();
    worker.start();
    worker.start();
    await settle();
    expect(count('publish')).to.equal(1);
    gate.resolve(undefined);
  });

  it('waits longer after each failure, up to a few seconds', async () => {
    publisher.away = true;
    commit();
    await started();
    const STEP = 50;
    const gaps: number[] = [];
    for (let since = STEP, tried = 1; gaps.length < 9; since += STEP) {
      await pass(STEP);
      if (count('publish') === tried) continue;
      tried += 1;
      gaps.push(since);
      since = 0;
    }
    expect(gaps).to.deep.equal([...gaps].sort((a, b) => a - b));
    expect(gaps[0]).to.be.at.most(500);
    expect(gaps[3]).to.be.greaterThan(gaps[0]!);
    expect(gaps.at(-1)).to.equal(gaps.at(-2)).and.to.be.at.most(5000);
  });

  it('ignores nudges while it waits after a failure', async () => {
    publisher.away = true;
    commit();
    await started();
    wakeUp.nudge();
    await settle();
    expect(count('publish')).to.equal(1);
  });

  it('logs one line when an outage begins and one when it ends', async () => {
    for (const outage of [1, 2]) {
      publisher.away = true;
      commit();
      wakeUp.nudge();
      await started();
      for (let attempt = 0; attempt < 4; attempt += 1) await pass(5000);
      expect(logged()).to.deep.equal([
        ...Array<string[]>(outage - 1)
          .fill([CANNOT, BACK])
          .flat(),
        CANNOT,
      ]);
      publisher.away = false;
      await pass(5000);
      expect(logged()).to.deep.equal(Array<string[]>(outage).fill([CANNOT, BACK]).flat());
      expect(logger.lines.at(-1)?.fields['failures']).to.be.greaterThan(3);
      expect(database.outbox).to.deep.equal([]);
    }
    expect(logger.lines[0]?.fields['err']).to.be.instanceOf(Error);
  });

  it('logs another line when the kind of failure changes', async () => {
    publisher.away = true;
    commit();
    await started();
    await pass(5000);
    database.away = true;
    await pass(5000);
    await pass(5000);
    expect(logged()).to.deep.equal([CANNOT, CANNOT]);
    expect(logger.lines[1]?.fields['err']).to.be.instanceOf(StorageUnavailable);
  });

  it('logs once that it has handed its keys over, and again after it has published meanwhile', async () => {
    const AWAY = 'warn: the relay has handed its keys to other relays until it reaches the broker';
    for (const outage of [1, 2]) {
      publisher.away = true;
      commit();
      wakeUp.nudge();
      await started();
      for (let attempt = 0; attempt < 6; attempt += 1) {
        timer.advance(10_000);
        await pass(5000);
      }
      expect(logged()).to.deep.equal([
        ...Array<string[]>(outage - 1)
          .fill([CANNOT, AWAY, BACK])
          .flat(),
        CANNOT,
        AWAY,
      ]);
      publisher.away = false;
      // The probe of this test always gets a reply, so the relay has come back in vain, and stays away for a while.
      timer.advance(300_000);
      for (let attempt = 0; attempt < 2; attempt += 1) await pass(5000);
      expect(database.outbox).to.deep.equal([]);
    }
  });

  it('starts with a short delay again after it has recovered', async () => {
    publisher.away = true;
    commit();
    await started();
    for (let attempt = 0; attempt < 8; attempt += 1) await pass(5000);
    publisher.away = false;
    await pass(5000);
    publisher.away = true;
    commit();
    await pass(1000);
    const tried = count('publish');
    await pass(500);
    expect(count('publish')).to.be.greaterThan(tried);
  });

  describe('stop', () => {
    it('lets the batch in flight finish, and then hands over', async () => {
      const gate = Promise.withResolvers<undefined>();
      broker = () => gate.promise;
      commit(501);
      await started();

      let stopped = false;
      const stopping = worker.stop().then(() => (stopped = true));
      await settle();
      expect(stopped).to.equal(false);
      // The second fetch is for the batch after this one.
      expect(steps).to.deep.equal(['fetch', 'fetch', 'publish']);

      gate.resolve(undefined);
      await stopping;
      expect(steps).to.deep.equal(['fetch', 'fetch', 'publish', 'acknowledge', 'release']);
      expect(database.outbox).to.have.length(1);
      expect(database.relay).to.equal(undefined);
    });

    it('does not wait for the next poll', async () => {
      await started();
      await worker.stop();
      expect(steps.at(-1)).to.equal('release');
    });

    it('does not wait for the delay after a failure', async () => {
      publisher.away = true;
      commit();
      await started();
      for (let attempt = 0; attempt < 8; attempt += 1) await pass(5000);
      const tried = count('publish');
      await worker.stop();
      expect(steps.at(-1)).to.equal('release');
      expect(count('publish')).to.equal(tried);
    });

    it('does not wait for a delay when the batch in flight fails', async () => {
      const gate = Promise.withResolvers<undefined>();
      broker = () => gate.promise;
      commit();
      await started();
      const stopping = worker.stop();
      gate.reject(new Error('the broker went away'));
      await settle();
      expect(steps.at(-1)).to.equal('release');
      await stopping;
      expect(database.outbox).to.have.length(1);
    });

    it('ignores events and nudges that come afterwards', async () => {
      await started();
      await worker.stop();
      const done = steps.length;
      commit();
      wakeUp.nudge();
      await pass(10_000);
      expect(steps).to.have.length(done);
    });

    it('can be called before the start, and twice', async () => {
      await worker.stop();
      await worker.stop();
      expect(count('fetch')).to.equal(0);
    });
  });
});
