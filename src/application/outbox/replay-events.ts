import { StorageUnavailable } from '../ports/application-error.ts';
import type { EventReplay, Selection } from '../ports/outbox/event-replay.ts';
import type { RetainedEvents } from '../ports/outbox/retained-events.ts';
import type { Clock } from '../ports/system/clock.ts';
import type { Timer } from '../ports/system/timer.ts';
import { NothingRetained, RetainedSpan } from './retained-span.ts';

/** The largest number of events that one statement puts into the outbox. */
const LARGEST_SLICE = 500;
/** A low rate is split into this many slices a second, so that the relays get an even flow. */
const SLICES_PER_SECOND = 4;

/** While more events than this wait in the outbox, the replay pauses: new events are published behind replayed ones. */
export const MOST_WAITING = 5000;
/** The number of replayed events after which the waiting events are counted again. */
const LOOK_EVERY = 1000;
const LOOK_AGAIN_MS = 250;
/** Milliseconds that a pause may last before the caller is told of it. */
const UNREPORTED_PAUSE_MS = 5000;

export type ReplayCount = {
  readonly events: number;
  readonly keys: number;
  /** Publication time of the oldest retained event; undefined when no older event of the time span was removed. */
  readonly removedBefore: Date | undefined;
};

export type ReplayOptions = {
  readonly eventsPerSecond: number;
  /** Ends the replay between two slices. */
  readonly stop: AbortSignal;
  /** Called once for each pause that lasts for seconds. */
  readonly onLongPause: () => void;
};

export type ReplayResult = {
  readonly replayed: number;
  /** The time in the mark that every replayed event carries. */
  readonly replayedAt: string;
  /** Events that retention removed before their turn came. */
  readonly removed: number;
  /** Original publication time of the first event that was not replayed; undefined when all events were replayed. */
  readonly restFrom: string | undefined;
};

/**
 * Publishes retained events again: the events enter the outbox with a mark, and relays publish them in their old order.
 */
export class ReplayEvents {
  private readonly replay: EventReplay;
  private readonly clock: Clock;
  private readonly timer: Timer;
  private readonly span: RetainedSpan;

  constructor(retained: RetainedEvents, replay: EventReplay, clock: Clock, timer: Timer, retentionHours: number) {
    this.replay = replay;
    this.clock = clock;
    this.timer = timer;
    this.span = new RetainedSpan(retained, clock, retentionHours);
  }

  /**
   * Counts the selected events and replays none.
   * @throws NothingRetained when there are no such events.
   */
  async count(selection: Selection): Promise<ReplayCount> {
    const removedBefore = await this.span.removedBefore(selection);
    const { events, keys } = await this.replay.count(selection);
    if (events === 0) throw new NothingRetained('nothing_selected');
    return { events, keys, removedBefore };
  }

  /**
   * Replays the selected events at a steady rate.
   * @throws ReplayInterrupted when the database becomes unavailable during the replay.
   */
  async execute(selection: Selection, options: ReplayOptions): Promise<ReplayResult> {
    const { eventsPerSecond, stop } = options;
    const replayedAt = this.clock.now().toISOString();
    const slice = Math.min(LARGEST_SLICE, Math.ceil(eventsPerSecond / SLICES_PER_SECOND));
    let [taken, replayed, takenAtLook] = [0, 0, -Infinity];
    try {
      await this.replay.choose(selection);
      const began = this.timer.elapsedMs();
      for (;;) {
        if (taken - takenAtLook >= LOOK_EVERY) {
          await this.untilFewWait(options);
          takenAtLook = taken;
        }
        await this.timer.pause(began + (taken / eventsPerSecond) * 1000 - this.timer.elapsedMs(), stop);
        if (stop.aborted) break;
        const step = await this.replay.replayNext(slice, replayedAt);
        taken += step.next;
        replayed += step.replayed;
        if (step.next === 0) return { replayed, replayedAt, removed: taken - replayed, restFrom: undefined };
      }
      const restFrom = await this.replay.restFrom();
      return { replayed, replayedAt, removed: taken - replayed, restFrom };
    } catch (error) {
      if (!(error instanceof StorageUnavailable) || taken === 0) throw error;
      throw new ReplayInterrupted(replayed, slice, error);
    }
  }

  private async untilFewWait({ stop, onLongPause }: ReplayOptions): Promise<void> {
    const since = this.timer.elapsedMs();
    let isReported = false;
    while (!stop.aborted && (await this.replay.waiting(MOST_WAITING + 1)) > MOST_WAITING) {
      if (!isReported && this.timer.elapsedMs() - since >= UNREPORTED_PAUSE_MS) {
        isReported = true;
        onLongPause();
      }
      await this.timer.pause(LOOK_AGAIN_MS, stop);
    }
  }
}

/** The database became unavailable during a replay. */
export class ReplayInterrupted extends Error {
  /** Number of events that were certainly replayed. */
  readonly replayed: number;
  /** Number of events in the last statement, whose outcome is unknown. */
  readonly uncertain: number;

  constructor(replayed: number, uncertain: number, cause: StorageUnavailable) {
    super('The database stopped responding during the replay.', { cause });
    this.name = 'ReplayInterrupted';
    this.replayed = replayed;
    this.uncertain = uncertain;
  }
}
