import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks. */
const LOOK_MS = 40;

/** What was waited for did not come. */
export class NotInTime extends Error {
  constructor(what: string, milliseconds: number, cause: unknown) {
    super(`${what}: not within ${milliseconds / 1000} s`, { cause });
    this.name = 'NotInTime';
  }
}

/**
 * Waits until the probe gives something; a probe that fails is asked again, since servers are down on purpose.
 * @throws NotInTime
 */
export async function until<T>(
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
    await sleep(LOOK_MS);
  } while (performance.now() < deadline);
  throw new NotInTime(what, milliseconds, failure);
}
