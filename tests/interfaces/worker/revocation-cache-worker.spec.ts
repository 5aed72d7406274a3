import { SystemTimer } from '#infrastructure/system/system-timer';
import { mock } from 'node:test';
import { expect } from 'chai';
import type { RevocationsState } from '#application/tokens/revocation-cache';
import { RevocationCacheWorker } from '#interfaces/worker/revocation-cache-worker';
import { NOTHING_REVOKED } from '../../support/tokens/nothing-revoked.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { rejection } from '../../support/system/rejection.ts';

async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('RevocationCacheWorker', () => {
  let logger: RecordingLogger;
  let worker: RevocationCacheWorker;
  let refreshed: number;
  let state: RevocationsState;
  let refresh: () => Promise<void>;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    logger = new RecordingLogger();
    refreshed = 0;
    state = 'up to date';
    refresh = async () => void (refreshed += 1);
    worker = new RevocationCacheWorker(
      { ...NOTHING_REVOKED, refresh: () => refresh(), state: () => state },
      logger,
      new SystemTimer(),
    );
  });

  afterEach(async () => {
    await worker.stop();
    mock.timers.reset();
  });

  const logged = () => logger.lines.map(({ level, message }) => `${level}: ${message}`);

  it('fills the cache in prepare(), or fails with the error of the store', async () => {
    await worker.prepare();
    expect(refreshed).to.equal(1);
    const away = new Error('away');
    refresh = () => Promise.reject(away);
    expect(await rejection(worker.prepare())).to.equal(away);
  });

  it('refreshes every second in one loop, however often it is started, until it is stopped', async () => {
    worker.start();
    worker.start();
    for (let second = 1; second <= 5; second += 1) {
      await pass(1000);
      expect(refreshed).to.equal(second);
    }
    await worker.stop();
    await pass(10_000);
    expect(refreshed).to.equal(5);
    expect(logged()).to.deep.equal([]);
  });

  it('runs one refresh at a time, however long it takes', async () => {
    const gate = Promise.withResolvers<undefined>();
    refresh = () => ((refreshed += 1), gate.promise);
    worker.start();
    for (let second = 0; second < 5; second += 1) await pass(1000);
    expect(refreshed).to.equal(1);
    gate.resolve(undefined);
    await pass(1000);
    await pass(1000);
    expect(refreshed).to.equal(2);
  });

  for (const [bad, line] of [
    ['stale', 'warn: revocations are stale: tokens are checked against the revocations known so far'],
    ['unavailable', 'error: revocations are stale: all tokens are refused'],
  ] as const)
    it(`logs one line when the revocations become ${bad}, and one when they are up to date again`, async () => {
      const away = new Error('away');
      refresh = () => Promise.reject(away);
      worker.start();
      await pass(1000);
      expect(logged(), 'a failed refresh alone is not logged').to.deep.equal([]);
      state = bad;
      for (let second = 0; second < 5; second += 1) await pass(1000);
      expect(logged()).to.deep.equal([line]);
      expect(logger.lines[0]?.fields['err']).to.equal(away);
      refresh = async () => void (state = 'up to date');
      await pass(1000);
      expect(logged()).to.deep.equal([line, 'info: revocations are up to date again']);
    });
});
