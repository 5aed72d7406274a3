import type { TimeSpan } from './retained-events.ts';

export type Selection = TimeSpan & {
  /** Events with this key; undefined for events of every key. */
  readonly key: string | undefined;
  /** Events with this attribute type; undefined for events of every type. */
  readonly type: string | undefined;
};

/**
 * Writes retained events into the outbox again. One object carries out one replay at a time: it remembers which events
 * were chosen, and which of them it has replayed.
 */
export abstract class EventReplay {
  /**
   * Counts the selected events and their keys.
   * @throws StorageUnavailable
   */
  abstract count(selection: Selection): Promise<{ readonly events: number; readonly keys: number }>;

  /**
   * Chooses the events that are retained now and match the selection, in the order of outbox positions. The previous
   * choice is forgotten.
   * @throws StorageUnavailable
   */
  abstract choose(selection: Selection): Promise<void>;

  /**
   * Writes the next chosen events into the outbox again, in order and behind everything that waits there.
   * @param atMost the largest number of events.
   * @param at the value of their attribute replayedat, which marks them as replays.
   * @returns how many chosen events were next (0 at the end), and how many of them were replayed: retention may have
   *   removed the others.
   * @throws StorageUnavailable: it is then unknown whether these events were written.
   */
  abstract replayNext(atMost: number, at: string): Promise<{ readonly next: number; readonly replayed: number }>;

  /**
   * Returns the publication time of the earliest chosen event that is not replayed yet, as an RFC 3339 text; undefined
   * when no event is left.
   * @throws StorageUnavailable
   */
  abstract restFrom(): Promise<string | undefined>;

  /**
   * Counts the messages that wait in the outbox, up to the given number.
   * @throws StorageUnavailable
   */
  abstract waiting(atMost: number): Promise<number>;
}
