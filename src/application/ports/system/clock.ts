/** Tells the time. */
export abstract class Clock {
  /** @returns the present instant, to the millisecond. */
  abstract now(): Date;
}
