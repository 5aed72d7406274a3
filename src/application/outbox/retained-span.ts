import type { Clock } from '../ports/system/clock.ts';
import type { RetainedEvents, TimeSpan } from '../ports/outbox/retained-events.ts';

const HOUR_MS = 3_600_000;

/** Says how far back published events are still stored. */
export class RetainedSpan {
  private readonly retained: RetainedEvents;
  private readonly clock: Clock;
  private readonly retentionHours: number;

  constructor(retained: RetainedEvents, clock: Clock, retentionHours: number) {
    this.retained = retained;
    this.clock = clock;
    this.retentionHours = retentionHours;
  }

  /**
   * @returns the publication time of the oldest retained event, if retention has removed the beginning of the time
   *   span; undefined when nothing of the time span was removed.
   * @throws NothingRetained when no event of the time span can be there.
   */
  async removedBefore({ from, to }: TimeSpan): Promise<Date | undefined> {
    const extent = await this.retained.extent();
    if (!extent) throw new NothingRetained(this.retentionHours === 0 ? 'retention_is_off' : 'nothing_published');
    const oldest = extent.from;
    if (to !== undefined && Date.parse(to) <= oldest.getTime()) throw new NothingRetained('too_long_ago', oldest);
    const start = Date.parse(from);
    // When the oldest event is younger than the retention time, no event has been removed yet.
    const isExpired = start < this.clock.now().getTime() - this.retentionHours * HOUR_MS;
    return start < oldest.getTime() && isExpired ? oldest : undefined;
  }
}

/** The time span holds no retained event. */
export class NothingRetained extends Error {
  readonly why: 'retention_is_off' | 'nothing_published' | 'too_long_ago' | 'nothing_selected';
  /** Publication time of the oldest retained event, when the time span lies before it. */
  readonly oldest: Date | undefined;

  constructor(why: NothingRetained['why'], oldest?: Date) {
    super(`No event of the time span is retained: ${why}.`);
    this.name = 'NothingRetained';
    this.why = why;
    this.oldest = oldest;
  }
}
