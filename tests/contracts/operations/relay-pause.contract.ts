import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import type { RelayPause } from '#application/ports/operations/relay-pause';
import { rejection } from '../../support/system/rejection.ts';

export type RelayPauseHarness = {
  readonly pauses: RelayPause;
  /** The time by the clock of the storage, in milliseconds since 1970. */
  now(): Promise<number>;
  breakStorage(): Promise<void>;
  healStorage(): Promise<void>;
};

/** The contract of every RelayPause. That the relays stop is part of the contract of OutboxQueue. */
export function relayPauseContract(start: () => Promise<RelayPauseHarness>): void {
  let harness: RelayPauseHarness;

  beforeEach(async () => {
    harness = await start();
  });

  it('makes a pause once, and keeps its reason and its time until it ends', async () => {
    const before = await harness.now();
    const { pause, isNew } = await harness.pauses.pause('Kafka is being moved ☕');
    expect([pause.reason, isNew]).to.deep.equal(['Kafka is being moved ☕', true]);
    // The storage may store whole milliseconds.
    expect(pause.since.getTime()).to.be.within(before - 1, (await harness.now()) + 1);
    for (const reason of ['another reason', null])
      expect(await harness.pauses.pause(reason)).to.deep.equal({ pause, isNew: false });
    expect(await harness.pauses.resume()).to.deep.equal(pause);
    expect(await harness.pauses.resume()).to.equal(undefined);
  });

  it('makes a new pause after the last one has ended, also without a reason', async () => {
    await harness.pauses.pause('the first');
    await harness.pauses.resume();
    const { pause, isNew } = await harness.pauses.pause(null);
    expect([pause.reason, isNew]).to.deep.equal([null, true]);
    expect((await harness.pauses.resume())?.reason).to.equal(null);
  });

  it('ends nothing when there is no pause', async () => {
    expect(await harness.pauses.resume()).to.equal(undefined);
  });

  it('throws StorageUnavailable while the storage is away', async () => {
    await harness.breakStorage();
    try {
      expect(await rejection(harness.pauses.pause('a reason'))).to.be.instanceOf(StorageUnavailable);
      expect(await rejection(harness.pauses.resume())).to.be.instanceOf(StorageUnavailable);
    } finally {
      await harness.healStorage();
    }
    expect(await harness.pauses.resume()).to.equal(undefined);
  });
}
