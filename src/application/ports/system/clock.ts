/** What time it is. */
export abstract class Clock {
  /** The present instant, to the millisecond. */
  abstract now(): Date;
}
