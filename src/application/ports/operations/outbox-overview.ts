import type { EventSummary, ParkedKey } from './parked-messages.ts';
import type { Pause } from './relay-pause.ts';

/** A relay that is connected now. */
export type RelaySeen = {
  /** The relay's host, process id and start; null until it owns a share of the keys, and in a storage without names of relays. */
  readonly owner: string | null;
  /** The relay's address; null on the storage's own machine, or when the storage or this user does not see it. */
  readonly address: string | null;
  /** The time at which the relay connected; null when the storage or this user does not see it. */
  readonly connectedAt: Date | null;
  /** Number of shares that the relay owns. */
  readonly shares: number;
};

export type OutboxStatus = {
  /** Number of messages that wait in the outbox, without the parked ones. */
  readonly waiting: number;
  /** Age of the oldest waiting message in seconds; null when none waits. */
  readonly oldestSeconds: number | null;
  /** Number of messages that were published in the last minute; null when published messages are not retained. */
  readonly publishedLastMinute: number | null;
  readonly relays: readonly RelaySeen[];
  /**
   * Numbers of the shares of the keys that no relay owns, counted from 0. All keys belong to some share, and relays own
   * whole shares. A storage with a single relay has one share.
   */
  readonly unownedShares: readonly number[];
  /** The first parked keys, in the order of keys. */
  readonly parked: readonly ParkedKey[];
  /** Number of all parked keys. */
  readonly parkedKeys: number;
  /** The pause that holds now; null when the relays are not paused. */
  readonly pause: Pause | null;
  /** A summary of the retained messages; null when no message is retained. */
  readonly retained: Retained | null;
};

export type Retained = {
  readonly count: number;
  /** Whether the count is an estimate of the storage. */
  readonly isEstimate: boolean;
  /** Publication times of the first and the last retained message. */
  readonly from: Date;
  readonly to: Date;
};

/** Shows operators whether messages flow. It changes nothing. */
export abstract class OutboxOverview {
  /**
   * Reads the state of the outbox and of its relays. The figures need not be of one instant.
   * @param parked the largest number of parked keys that the status lists.
   * @throws StorageUnavailable
   */
  abstract status(parked: number): Promise<OutboxStatus>;

  /**
   * Lists messages that wait in the outbox, in the order of outbox positions.
   * @param only the key of the listed messages, undefined for every key, and the largest number of messages.
   * @throws StorageUnavailable
   */
  abstract waiting(only: { readonly key: string | undefined; readonly limit: number }): Promise<EventSummary[]>;
}
