import type { BrokerHealth } from '#application/ports/operations/health';
import type { Logger } from '#application/ports/system/logger';
import type { Metrics } from '#application/ports/operations/metrics';
import { pause } from './sleep.ts';

/** Milliseconds from one look to the next. */
const LOOK_EVERY_MS = 5000;

/**
 * Watches how many partitions the topic has. A key is on the partition that its hash and their number give: with another
 * number it moves, and a consumer may meet its new events before its old ones.
 */
export class TopicWorker {
  private readonly broker: BrokerHealth;
  private readonly logger: Logger;
  private readonly metrics: Metrics;
  private readonly stopped = new AbortController();
  private started = false;
  private known: number | undefined;

  constructor(broker: BrokerHealth, logger: Logger, metrics: Metrics) {
    this.broker = broker;
    this.logger = logger;
    this.metrics = metrics;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  /** Waits for no answer of the broker. */
  stop(): void {
    this.stopped.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      this.look(await this.broker.partitions());
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  /** @param partitions undefined while nobody tells; what was known before then still holds. */
  private look(partitions: number | undefined): void {
    if (this.stopped.signal.aborted || partitions === undefined || partitions === this.known) return;
    if (this.known !== undefined)
      this.logger.warn(
        { before: this.known, after: partitions },
        'the topic has another number of partitions: keys move, and consumers may see their events out of order',
      );
    this.known = partitions;
    this.metrics.topicHasPartitions(partitions);
  }
}
