/** Tells whether the database replies and accepts writes. The service is not ready without it. */
export abstract class DatabaseHealth {
  /** @throws Error when the database does not reply, or accepts no writes. */
  abstract check(): Promise<void>;
}

export type OutboxBacklog = {
  /** Events that wait in the outbox, counted up to 10,000. */
  readonly waiting: number;
  /** Seconds since the oldest waiting event was written. */
  readonly oldestSeconds: number;
  /** Parked keys, counted up to 10,000. Their events are not counted as waiting. */
  readonly parkedKeys: number;
};

/** Tells how far the relay is behind. */
export abstract class OutboxHealth {
  /** @throws StorageUnavailable */
  abstract backlog(): Promise<OutboxBacklog>;
}

export type BrokerState = 'up' | 'down' | 'not configured';

/** Tells whether the broker replies. Without it events wait in the outbox, and the service stays ready. */
export abstract class BrokerHealth {
  /** Tells whether the broker replies now, or did so a moment ago. This method does not fail. */
  abstract state(): Promise<BrokerState>;

  /**
   * @returns the number of parts of the topic of the events between which records have no order; undefined while the
   *   number is unknown. This method does not fail.
   */
  abstract shards(): Promise<number | undefined>;
}
