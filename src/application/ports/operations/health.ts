/** Whether the database answers and takes writes; otherwise the service is not ready. */
export abstract class DatabaseHealth {
  /** @throws Error when it does not. */
  abstract check(): Promise<void>;
}

export type OutboxBacklog = {
  /** Events that wait; counted up to 10,000. */
  readonly waiting: number;
  /** Since the oldest of them was written. */
  readonly oldestSeconds: number;
  /** Keys that wait behind an event that Kafka refused; counted up to 10,000. Their events are not among those that wait. */
  readonly parkedKeys: number;
};

/** How far the relay is behind. */
export abstract class OutboxHealth {
  abstract backlog(): Promise<OutboxBacklog>;
}

export type BrokerState = 'up' | 'down' | 'not configured';

/** Whether the broker answers; without it events wait, and the service stays ready. */
export abstract class BrokerHealth {
  abstract state(): Promise<BrokerState>;

  /** How many partitions the topic of the events has; undefined while nobody tells. */
  abstract partitions(): Promise<number | undefined>;
}
