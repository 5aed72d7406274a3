import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import type { EventRetention } from '#application/ports/operations/event-retention';
import { rejection } from '../../support/system/rejection.ts';

export type EventRetentionHarness = {
  /** Returns the retention of one more process, which retains events for so many hours. */
  retention(hours: number): EventRetention;
  /** Stores so many retained events that were published so many hours ago, one microsecond after the other. */
  retain(count: number, hoursAgo: number): Promise<void>;
  /** The number of retained events that were published in each hour, the oldest first. */
  left(): Promise<{ readonly hoursAgo: number; readonly count: number }[]>;
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

/** The contract of every EventRetention. */
export function eventRetentionContract(start: () => Promise<EventRetentionHarness>): void {
  let harness: EventRetentionHarness;

  beforeEach(async () => {
    harness = await start();
  });

  const removeAll = async (retention: EventRetention) => {
    let calls = 1;
    while (await retention.removeOld()) calls += 1;
    return calls;
  };

  it('removes events whose retention is over, and no others', async () => {
    await harness.retain(3, 26);
    await harness.retain(2, 24);
    await removeAll(harness.retention(25));
    expect(await harness.left()).to.deep.equal([{ hoursAgo: 24, count: 2 }]);
    await removeAll(harness.retention(25));
    expect(await harness.left()).to.deep.equal([{ hoursAgo: 24, count: 2 }]);
  });

  it('removes some at a time, the oldest first, and tells whether more may be left', async () => {
    await harness.retain(1000, 40);
    await harness.retain(1500, 30);
    const retention = harness.retention(1);
    expect(await retention.removeOld()).to.equal(true);
    const left = await harness.left();
    const oldest = left.find(({ hoursAgo }) => hoursAgo === 40)?.count ?? 0;
    const younger = left.find(({ hoursAgo }) => hoursAgo === 30)?.count ?? 0;
    expect(oldest + younger).to.be.within(1, 2499);
    if (younger < 1500) expect(oldest).to.equal(0);
    expect(await removeAll(retention)).to.be.greaterThan(1);
    expect(await harness.left()).to.deep.equal([]);
  });

  it('removes everything when nothing is to be retained', async () => {
    await harness.retain(3, 0);
    await removeAll(harness.retention(0));
    expect(await harness.left()).to.deep.equal([]);
  });

  it('finds nothing in an empty storage', async () => {
    expect(await harness.retention(1).removeOld()).to.equal(false);
  });

  it('throws StorageUnavailable while the storage is away, and works again afterwards', async () => {
    await harness.retain(3, 26);
    const retention = harness.retention(25);
    await harness.breakStorage();
    try {
      expect(await rejection(retention.removeOld())).to.be.instanceOf(StorageUnavailable);
    } finally {
      await harness.healStorage();
    }
    await removeAll(retention);
    expect(await harness.left()).to.deep.equal([]);
  });
}
