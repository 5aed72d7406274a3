import { SystemTimer } from '#infrastructure/system/system-timer';
import { mock } from 'node:test';
import { expect } from 'chai';
import { TopicPartitionsWorker } from '#interfaces/worker/topic-partitions-worker';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { RecordingMetrics } from '../../support/system/recording-metrics.ts';

async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('TopicPartitionsWorker', () => {
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let worker: TopicPartitionsWorker;
  let looks: number;
  let partitions: () => Promise<number | undefined>;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    looks = 0;
    partitions = async () => 6;
    const broker = { state: async () => 'up' as const, shards: () => ((looks += 1), partitions()) };
    worker = new TopicPartitionsWorker(broker, logger, metrics, new SystemTimer());
  });

  afterEach(async () => {
    await worker.stop();
    mock.timers.reset();
  });

  const warnings = () => logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields);

  it('reports the number of partitions at the start, without a warning', async () => {
    worker.start();
    await pass(0);
    expect(metrics.partitions).to.equal(6);
    await pass(5000);
    expect(warnings()).to.deep.equal([]);
  });

  it('warns once about each change', async () => {
    worker.start();
    await pass(0);
    for (const count of [12, 12, 24]) {
      partitions = async () => count;
      await pass(5000);
    }
    expect(warnings()).to.deep.equal([
      { before: 6, after: 12 },
      { before: 12, after: 24 },
    ]);
    expect(metrics.partitions).to.equal(24);
  });

  it('compares with the last known number after the broker was away', async () => {
    worker.start();
    await pass(0);
    partitions = async () => undefined;
    await pass(5000);
    expect([warnings(), metrics.partitions]).to.deep.equal([[], 6]);
    partitions = async () => 7;
    await pass(5000);
    expect(warnings()).to.deep.equal([{ before: 6, after: 7 }]);
  });

  it('checks every five seconds in one loop, however often it is started, until it is stopped', async () => {
    worker.start();
    worker.start();
    await pass(0);
    for (let look = 1; look <= 3; look += 1) {
      expect(looks).to.equal(look);
      await pass(5000);
    }
    await worker.stop();
    await pass(20_000);
    expect(looks).to.equal(4);
  });

  it('ignores a reply that arrives after the stop', async () => {
    const answer = Promise.withResolvers<number>();
    partitions = () => answer.promise;
    worker.start();
    await worker.stop();
    answer.resolve(6);
    await pass(0);
    expect(metrics.partitions).to.equal(undefined);
  });
});
