import { expect } from 'chai';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { UserEvent, UserEvents } from '#application/ports/tokens/user-events';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';

export type UserEventsHarness = {
  /** Starts one more process that reads. */
  readonly reader: () => UserEvents;
  readonly send: (event: UserEvent) => Promise<void>;
  /** Sends a message about this user that is no event. */
  readonly sendMalformed: (userId: string) => Promise<void>;
  /** The number of warnings that the readers have logged. */
  readonly warnings: () => number;
  readonly breakBroker: () => Promise<void>;
  readonly healBroker: () => Promise<void>;
};

/** The contract of every UserEvents. */
export function userEventsContract(harness: () => Promise<UserEventsHarness>): void {
  let subject: UserEventsHarness;
  let readers: UserEvents[];
  let handled: UserEvent[];

  beforeEach(async () => {
    subject = await harness();
    readers = [];
    handled = [];
  });

  afterEach(() => Promise.all(readers.map((reader) => reader.close())));

  const reader = (): UserEvents => {
    const one = subject.reader();
    readers.push(one);
    return one;
  };
  const event = (userId: string, second: number): UserEvent => ({
    userId,
    validAfter: new Date(1_790_000_000_000 + second * 1000),
    reason: 'deactivated',
  });
  const handle = async (one: UserEvent) => void handled.push(one);
  const arrived = (count: number) => eventually(() => (handled.length >= count ? true : undefined), 20_000);

  it('hands over events that were sent before and after it started, in order for each user', async () => {
    await subject.send(event('ada', 1));
    const one = reader();
    const read = one.read(handle);
    await arrived(1);
    for (let second = 2; second <= 5; second += 1) await subject.send(event('ada', second));
    await arrived(5);
    expect(handled).to.deep.equal([1, 2, 3, 4, 5].map((second) => event('ada', second)));
    await one.close();
    await read;
  });

  it('fails with the error of the handler, and hands the same event over again', async () => {
    const away = new Error('the storage is away');
    for (let second = 1; second <= 3; second += 1) await subject.send(event('ada', second));
    const one = reader();
    const failing = one.read(async (each) => {
      if (each.validAfter.getTime() === event('ada', 2).validAfter.getTime()) throw away;
      await handle(each);
    });
    expect(await rejection(failing)).to.equal(away);
    expect(handled).to.deep.equal([event('ada', 1)]);
    const read = one.read(handle);
    await eventually(() =>
      handled.at(-1)?.validAfter.getTime() === event('', 3).validAfter.getTime() ? true : undefined,
    );
    expect(handled.slice(-2)).to.deep.equal([event('ada', 2), event('ada', 3)]);
    await one.close();
    await read;
  });

  it('lets the handler finish its event before it closes, so that another process continues behind that event', async () => {
    const gate = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    await subject.send(event('ada', 1));
    const one = reader();
    const read = one.read(async (each) => {
      begun.resolve(undefined);
      await gate.promise;
      await handle(each);
    });
    await begun.promise;
    let isClosed = false;
    const closed = one.close().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).to.equal(false);
    gate.resolve(undefined);
    await closed;
    expect(handled).to.deep.equal([event('ada', 1)]);
    await read;

    await subject.send(event('ada', 2));
    const other = reader();
    const otherRead = other.read(handle);
    await arrived(2);
    expect(handled).to.deep.equal([event('ada', 1), event('ada', 2)]);
    await other.close();
    await otherRead;
  });

  it('logs and skips a malformed event, and goes on', async () => {
    await subject.send(event('ada', 1));
    await subject.sendMalformed('ada');
    await subject.send(event('ada', 2));
    const one = reader();
    const read = one.read(handle);
    await arrived(2);
    expect(handled).to.deep.equal([event('ada', 1), event('ada', 2)]);
    expect(subject.warnings()).to.equal(1);
    await one.close();
    await read;
  });

  it('hands over nothing after it was closed', async () => {
    const one = reader();
    const read = one.read(handle);
    await subject.send(event('ada', 1));
    await arrived(1);
    await one.close();
    await read;
    await subject.send(event('ada', 2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(handled).to.deep.equal([event('ada', 1)]);
  });

  it('throws BrokerUnavailable while the broker is away, and works again afterwards', async () => {
    await subject.breakBroker();
    const one = reader();
    try {
      expect(await rejection(one.read(handle))).to.be.instanceOf(BrokerUnavailable);
    } finally {
      await subject.healBroker();
    }
    await subject.send(event('ada', 1));
    const over = new AbortController();
    const read = (async () => {
      while (!over.signal.aborted) await one.read(handle).catch(() => undefined);
    })();
    await arrived(1);
    over.abort();
    await one.close();
    await read;
  }).timeout(90_000);
}
