import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';

/** Number of partitions of a run's topic. */
export const PARTITIONS = 6;

/** Milliseconds without a new record after which waiting fails. */
const PATIENCE_MS = 60_000;

/** Limits that keep the disk from filling up. Nothing reads older records. */
const LIMITS = { 'retention.bytes': '268435456', 'segment.bytes': '67108864' };

/**
 * The topic of a run, and the times at which its records arrived. The broker itself stores the time at which it appended
 * each batch, so that the measurement needs no polling and does not include any start.
 */
export class Topic {
  readonly name: string;
  private readonly admin: Admin;

  constructor(brokers: string, name: string) {
    this.name = name;
    this.admin = new Admin({ clientId: 'bench', bootstrapBrokers: [brokers] });
  }

  async create(): Promise<void> {
    const configs = Object.entries({ ...LIMITS, 'message.timestamp.type': 'LogAppendTime' });
    await this.admin.createTopics({
      topics: [this.name],
      partitions: PARTITIONS,
      replicas: 1,
      configs: configs.map(([name, value]) => ({ name, value })),
    });
    // Offsets can be read when every partition has a leader.
    for (;;)
      try {
        await this.length();
        return;
      } catch {
        await sleep(100);
      }
  }

  /** Number of records that were ever appended. */
  async length(): Promise<number> {
    return (await this.offsets(ListOffsetTimestamps.LATEST)).reduce((sum, { offset }) => sum + Number(offset), 0);
  }

  /**
   * Begins some work and waits until it has appended so many records.
   * @returns records per second from the first to the last. Records of the first millisecond only mark the beginning.
   */
  async rateOf(events: number, begin: () => Promise<unknown>): Promise<number> {
    const before = await this.length();
    await sleep(5);
    const since = BigInt(Date.now());
    await begin();
    await this.waitForLength(before + events);
    const [first, last] = [earliest(await this.offsets(since)), latest(await this.offsets(ListOffsetTimestamps.MAX))];
    const inFirst = events - (await this.countFrom(first + 1n));
    return ((events - inFirst) * 1000) / Number(last - first);
  }

  /** Waits until the topic has so many records. @throws Error when no more arrive, or when there are too many. */
  async waitForLength(length: number): Promise<void> {
    let [seen, seenAt] = [-1, performance.now()];
    for (;;) {
      const now = await this.length();
      if (now === length) return;
      if (now > length) throw new Error(`The topic has ${now - length} records more than were written.`);
      if (now !== seen) [seen, seenAt] = [now, performance.now()];
      if (performance.now() - seenAt > PATIENCE_MS)
        throw new Error(`${length - now} records never arrived on the topic.`);
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    await this.admin.close();
  }

  private async countFrom(instant: bigint): Promise<number> {
    const [from, ends] = [await this.offsets(instant), await this.offsets(ListOffsetTimestamps.LATEST)];
    const endOf = new Map(ends.map(({ partitionIndex, offset }) => [partitionIndex, offset]));
    return from
      .filter(({ offset }) => offset >= 0n)
      .reduce((sum, { partitionIndex, offset }) => sum + Number((endOf.get(partitionIndex) ?? offset) - offset), 0);
  }

  private async offsets(timestamp: bigint) {
    const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
    const [listed] = await this.admin.listOffsets({ topics: [{ name: this.name, partitions }] });
    return listed?.partitions ?? [];
  }
}

type Offsets = Awaited<ReturnType<Admin['listOffsets']>>[number]['partitions'];

function earliest(offsets: Offsets): bigint {
  const [first] = offsets
    .filter(({ offset }) => offset >= 0n)
    .map(({ timestamp }) => timestamp)
    .sort((one, other) => Number(one - other));
  if (first === undefined) throw new Error('No record was appended.');
  return first;
}

function latest(offsets: Offsets): bigint {
  return offsets.map(({ timestamp }) => timestamp).reduce((one, other) => (other > one ? other : one));
}
