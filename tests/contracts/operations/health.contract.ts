import { expect } from 'chai';
import type { BrokerHealth, DatabaseHealth, OutboxHealth } from '#application/ports/operations/health';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';

export type DatabaseHealthHarness = {
  readonly health: DatabaseHealth;
  /** The health of a database that accepts no writes, as a standby does. */
  readonly ofStandby: DatabaseHealth;
  readonly breakStorage: () => Promise<void>;
  readonly healStorage: () => Promise<void>;
};

/** The contract of every DatabaseHealth. */
export function databaseHealthContract(start: () => Promise<DatabaseHealthHarness>): void {
  it('resolves while the database replies and accepts writes, and rejects while it does not', async () => {
    const { health, ofStandby, breakStorage, healStorage } = await start();
    await health.check();
    expect(await rejection(ofStandby.check())).to.be.instanceOf(Error);
    await breakStorage();
    try {
      expect(await rejection(health.check())).to.be.instanceOf(Error);
    } finally {
      await healStorage();
    }
    await health.check();
  });
}

export type OutboxHealthHarness = {
  readonly health: OutboxHealth;
  /** Puts so many messages into the outbox. They were written so many seconds ago. */
  write(count: number, secondsAgo: number): Promise<void>;
  /** Parks so many keys, each with a refused message and another one behind it. */
  park(keys: number): Promise<void>;
  /** Lets the refused message of one parked key be published again. The relay has not done so yet. */
  freeOne(): Promise<void>;
  readonly breakStorage: () => Promise<void>;
  readonly healStorage: () => Promise<void>;
};

/** The contract of every OutboxHealth. */
export function outboxHealthContract(start: () => Promise<OutboxHealthHarness>): void {
  let harness: OutboxHealthHarness;

  beforeEach(async () => {
    harness = await start();
  });

  it('is zero while nothing waits', async () => {
    expect(await harness.health.backlog()).to.deep.equal({ waiting: 0, oldestSeconds: 0, parkedKeys: 0 });
  });

  it('counts the messages that wait, and the seconds since the oldest was written', async () => {
    await harness.write(2, 30);
    await harness.write(1, 10);
    const { waiting, oldestSeconds, parkedKeys } = await harness.health.backlog();
    expect([waiting, parkedKeys]).to.deep.equal([3, 0]);
    expect(oldestSeconds).to.be.within(30, 40);
  });

  it('counts parked keys, without the messages behind them and without keys that are freed', async () => {
    await harness.park(3);
    await harness.freeOne();
    expect(await harness.health.backlog()).to.deep.equal({ waiting: 0, oldestSeconds: 0, parkedKeys: 2 });
  });

  it('counts up to 10,000', async () => {
    await harness.write(10_001, 1);
    await harness.park(10_001);
    const { waiting, parkedKeys } = await harness.health.backlog();
    expect([waiting, parkedKeys]).to.deep.equal([10_000, 10_000]);
  }).timeout(30_000);

  it('rejects while the storage is away', async () => {
    await harness.breakStorage();
    try {
      expect(await rejection(harness.health.backlog())).to.be.instanceOf(Error);
    } finally {
      await harness.healStorage();
    }
    await harness.health.backlog();
  });
}

export type BrokerHealthHarness = {
  /** The health of a broker with a topic of three shards, or of a broker that is not divided. */
  readonly health: BrokerHealth;
  /** The health of a broker that cannot be reached. */
  readonly ofNobody: BrokerHealth;
  /** Gives the topic so many shards; undefined for a broker that is not divided, which has one shard for ever. */
  readonly grow: ((shards: number) => Promise<void>) | undefined;
};

/** The contract of every BrokerHealth that has a broker. */
export function brokerHealthContract(start: () => Promise<BrokerHealthHarness>): void {
  it('tells that the broker replies, and how many shards the topic has now', async () => {
    const { health, grow } = await start();
    await eventually(async () => (await health.shards()) === (grow ? 3 : 1) || undefined, 20_000);
    expect(await health.state()).to.equal('up');
    if (!grow) return;
    await grow(5);
    await eventually(async () => (await health.shards()) === 5 || undefined, 20_000);
    expect(await health.state()).to.equal('up');
  }).timeout(50_000);

  it('tells that nobody replies, and does not fail', async () => {
    const { ofNobody } = await start();
    expect(await ofNobody.state()).to.equal('down');
    expect(await ofNobody.shards()).to.equal(undefined);
  });
}
