import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two probes. */
const PROBE_MS = 40;

/** A condition was not met in the time allowed for it. */
export class NotInTime extends Error {
  constructor(what: string, milliseconds: number, cause: unknown) {
    super(`${what}: not within ${milliseconds / 1000} s`, { cause });
    this.name = 'NotInTime';
  }
}

/**
 * Waits until the probe returns a value. A probe that throws is tried again, because servers are down on purpose.
 * @param what the condition, for the error's text.
 * @throws NotInTime
 */
export async function waitUntil<T>(
  what: string,
  milliseconds: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  let failure: unknown;
  do {
    try {
      const result = await probe();
      if (result !== undefined) return result;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await sleep(PROBE_MS);
  } while (performance.now() < deadline);
  throw new NotInTime(what, milliseconds, failure);
}
