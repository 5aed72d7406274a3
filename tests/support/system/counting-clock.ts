import type { Clock } from '#application/ports/system/clock';

/** A clock that moves on by a second at each reading, as the real one moves on between two readings. */
export class CountingClock implements Clock {
  readonly readings: Date[] = [];
  private readonly start: Date;

  constructor(start: Date) {
    this.start = start;
  }

  now(): Date {
    const instant = new Date(this.start.getTime() + this.readings.length * 1000);
    this.readings.push(instant);
    return new Date(instant);
  }
}
