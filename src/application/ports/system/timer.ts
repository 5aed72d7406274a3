/** Measures durations and waits, so that the speed of a use case does not depend on the clock of the machine. */
export abstract class Timer {
  /** @returns milliseconds since a fixed moment. They never go backwards, even when the clock of the machine is set. */
  abstract elapsedMs(): number;

  /** Resolves after so many milliseconds, or as soon as the signal is aborted. Zero or less is no wait at all. */
  abstract pause(milliseconds: number, stop: AbortSignal): Promise<void>;
}
