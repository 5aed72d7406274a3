import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';

/** How many partitions the topic of a run has. */
export const PARTITIONS = 6;

/** Nothing has arrived for so many milliseconds: nothing will. */
const PATIENCE_MS = 60_000;

/** Keeps the disk from filling up: nobody reads what is older. */
const LIMITS = { 'retention.bytes': '268435456', 'segment.bytes': '67108864' };

/**
 * The topic of a run, and when its records came. The broker itself writes the time at which it appended a batch, so that
 * nobody has to look at the right moment, and nobody's start is counted.
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
    // Until every partition has a leader.
    for (;;)
      try {
        await this.length();
        return;
      } catch {
        await sleep(100);
      }
  }

  /** How many records were ever appended. */
  async length(): Promise<number> {
    return (await this.offsets(ListOffsetTimestamps.LATEST)).reduce((sum, { offset }) => sum + Number(offset), 0);
  }

  /**
   * Waits for records to be appended by something that is begun now.
   * @returns how many came per second, from the first to the last; those of the first millisecond are where it begins.
   */
  async rateOf(events: number, begin: () => Promise<unknown>): Promise<number> {
    const before = await this.length();
    await sleep(5);
    const since = BigInt(Date.now());
    await begin();
    await this.reaches(before + events);
    const [first, last] = [earliest(await this.offsets(since)), latest(await this.offsets(ListOffsetTimestamps.MAX))];
    const inFirst = events - (await this.countFrom(first + 1n));
    return ((events - inFirst) * 1000) / Number(last - first);
  }

  /** @throws Error when nothing comes any more, or more than that. */
  async reaches(length: number): Promise<void> {
    let [seen, seenAt] = [-1, performance.now()];
    for (;;) {
      const now = await this.length();
      if (now === length) return;
      if (now > length) throw new Error(`${now - length} records more than were written`);
      if (now !== seen) [seen, seenAt] = [now, performance.now()];
      if (performance.now() - seenAt > PATIENCE_MS) throw new Error(`${length - now} records never came`);
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
  if (first === undefined) throw new Error('nothing was appended');
  return first;
}

function latest(offsets: Offsets): bigint {
  return offsets.map(({ timestamp }) => timestamp).reduce((one, other) => (other > one ? other : one));
}
