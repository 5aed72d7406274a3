import type { BrokerHealth } from '#application/ports/operations/health';
import type { Logger } from '#application/ports/operations/logger';
import type { Timer } from '#application/ports/system/timer';
import type { Metrics } from '#application/ports/operations/metrics';

const CHECK_EVERY_MS = 5000;

/**
 * Warns when the number of the topic's partitions changes. The hash of a key and that number select the partition of the
 * key. After a change a key can move, and a consumer may then read its new events before its old ones.
 */
export class TopicPartitionsWorker {
  private readonly broker: BrokerHealth;
  private readonly logger: Logger;
  private readonly metrics: Metrics;
  private readonly timer: Timer;
  private readonly stopped = new AbortController();
  private started = false;
  private known: number | undefined;

  constructor(broker: BrokerHealth, logger: Logger, metrics: Metrics, timer: Timer) {
    this.timer = timer;
    this.broker = broker;
    this.logger = logger;
    this.metrics = metrics;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  /** Stops the worker without waiting for the broker. A late reply is ignored. */
  stop(): Promise<void> {
    this.stopped.abort();
    return Promise.resolve();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      this.compare(await this.broker.shards());
      await this.timer.pause(CHECK_EVERY_MS, signal);
    }
  }

  /** @param partitions undefined when the broker does not reply; the last known number then remains. */
  private compare(partitions: number | undefined): void {
    if (this.stopped.signal.aborted || partitions === undefined || partitions === this.known) return;
    if (this.known !== undefined)
      this.logger.warn(
        { before: this.known, after: partitions },
        'the number of partitions of the topic has changed: keys move, and consumers may read their events out of order',
      );
    this.known = partitions;
    this.metrics.topicHasShards(partitions);
  }
}
