import { SystemTimer } from '#infrastructure/system/system-timer';
import { mock } from 'node:test';
import { expect } from 'chai';
import type { UserEvent } from '#application/ports/tokens/user-events';
import { TakeUserEvents } from '#application/tokens/take-user-events';
import { UserEventWorker } from '#interfaces/worker/user-event-worker';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { InMemoryRevocationStore } from '../../support/in-memory/in-memory-revocation-store.ts';
import type { UserTopic } from '../../support/in-memory/in-memory-user-events.ts';
import { RecordingLogger } from '../../support/system/recording-logger.ts';

async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('UserEventWorker', () => {
  let app: ReturnType<typeof inMemoryApplication>;
  let topic: UserTopic;
  let logger: RecordingLogger;
  let worker: UserEventWorker;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    app = inMemoryApplication();
    topic = app.userTopic;
    logger = new RecordingLogger();
    worker = new UserEventWorker(app.takeUserEvents, logger, new SystemTimer());
  });

  afterEach(async () => {
    await worker.stop();
    mock.timers.reset();
  });

  const event = (userId: string): UserEvent => ({ userId, validAfter: SOME_DAY, reason: 'deactivated' });
  const revoked = () => [...app.database.revocations.keys()];
  const logged = () => logger.lines.map(({ level, message }) => `${level}: ${message}`);
  const CANNOT = 'warn: user events cannot be processed: they wait on their topic';
  const BACK = 'info: user events are processed again';

  it('hands over each event once, however often it is started', async () => {
    topic.send(event('ada'));
    worker.start();
    worker.start();
    await pass(0);
    topic.send(event('grace'));
    await pass(0);
    expect(revoked()).to.deep.equal(['ada', 'grace']);
    expect(app.database.lastRevocation).to.equal(2);
    expect(logged()).to.deep.equal([]);
  });

  it('loses no event while the storage is away, logs one line, and continues in order', async () => {
    app.database.away = true;
    for (const userId of ['ada', 'grace']) topic.send(event(userId));
    worker.start();
    await pass(0);
    for (let n = 0; n < 20; n += 1) await pass(1000);
    expect([revoked(), topic.committed, logged()]).to.deep.equal([[], 0, [CANNOT]]);
    app.database.away = false;
    await pass(5000);
    expect([revoked(), topic.committed, logged()]).to.deep.equal([['ada', 'grace'], 2, [CANNOT, BACK]]);
  });

  it('recovers after the broker was away, at the start or later', async () => {
    topic.away = true;
    worker.start();
    await pass(0);
    await pass(20_000);
    topic.away = false;
    topic.send(event('ada'));
    await pass(5000);
    expect([revoked(), logged()]).to.deep.equal([['ada'], [CANNOT, BACK]]);
    topic.away = true;
    topic.look();
    await pass(0);
    topic.away = false;
    topic.send(event('grace'));
    await pass(5000);
    expect([revoked(), logged()]).to.deep.equal([
      ['ada', 'grace'],
      [CANNOT, BACK, CANNOT, BACK],
    ]);
  });

  it('ends at once when there is no source', async () => {
    const { database, clock } = app;
    const noSource = { read: async () => undefined, close: async () => undefined };
    const take = new TakeUserEvents(noSource, new InMemoryRevocationStore(database, clock), clock);
    const none = new UserEventWorker(take, logger, new SystemTimer());
    none.start();
    await none.stop();
    expect(logged()).to.deep.equal([]);
  });

  it('stops during a delay after a failure', async () => {
    topic.away = true;
    worker.start();
    await pass(0);
    await worker.stop();
    expect(logged()).to.deep.equal([CANNOT]);
  });
});
