import { SystemTimer } from '#infrastructure/system/system-timer';
import { mock } from 'node:test';
import { expect } from 'chai';
import { RetentionWorker } from '#interfaces/worker/retention-worker';
import { RecordingLogger } from '../../support/system/recording-logger.ts';

async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('RetentionWorker', () => {
  let logger: RecordingLogger;
  let worker: RetentionWorker;
  let looks: number;
  let removeOld: () => Promise<boolean>;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    logger = new RecordingLogger();
    looks = 0;
    removeOld = async () => false;
    worker = new RetentionWorker({ removeOld: () => ((looks += 1), removeOld()) }, logger, new SystemTimer());
  });

  afterEach(async () => {
    await worker.stop();
    mock.timers.reset();
  });

  const logged = () => logger.lines.map(({ level, message }) => `${level}: ${message}`);

  it('checks at the start and every ten seconds in one loop, however often it is started, until it is stopped', async () => {
    worker.start();
    worker.start();
    await pass(0);
    expect(looks).to.equal(1);
    await pass(9999);
    expect(looks).to.equal(1);
    await pass(1);
    expect(looks).to.equal(2);
    await worker.stop();
    await pass(60_000);
    expect(looks).to.equal(2);
    expect(logged()).to.deep.equal([]);
  });

  it('removes the next batch at once while there are more expired events', async () => {
    removeOld = async () => looks < 5;
    worker.start();
    await pass(0);
    expect(looks).to.equal(5);
  });

  it('stops although there are more expired events', async () => {
    removeOld = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return true;
    };
    worker.start();
    await pass(0);
    await worker.stop();
    expect(looks).to.be.above(0);
  });

  it('logs one line when an outage begins and one when it ends, and waits longer after each failure', async () => {
    const away = new Error('away');
    removeOld = () => Promise.reject(away);
    worker.start();
    await pass(0);
    for (const milliseconds of [100, 200, 400, 800]) await pass(milliseconds);
    expect(looks).to.equal(5);
    const line = 'warn: events past their retention cannot be removed: their table keeps growing';
    expect(logged()).to.deep.equal([line]);
    expect(logger.lines[0]?.fields['err']).to.equal(away);
    removeOld = async () => false;
    await pass(1600);
    expect(logged()).to.deep.equal([line, 'info: events past their retention are removed again']);
  });
});
