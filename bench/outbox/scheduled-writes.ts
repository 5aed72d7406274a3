import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of the machine's monotonic clock, which is the same in all of its processes. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * When events are meant to happen, in milliseconds from the beginning: a Poisson process, as independent users make one.
 * Nobody waits for the event before, so that a slow answer does not put off those that follow (no coordinated omission).
 * @param random from 0 to below 1.
 */
export function poissonSchedule(perSecond: number, seconds: number, random: () => number): number[] {
  const instants: number[] = [];
  for (let at = gap(); at < seconds * 1000; at += gap()) instants.push(at);
  return instants;

  function gap(): number {
    return (-Math.log(1 - random()) * 1000) / perSecond;
  }
}

export type Written = { readonly id: string; readonly intended: number; readonly committed: number };

/** Begins each write when it is meant to begin, whether or not those before have ended. @param write gives an id. */
export async function writeOnSchedule(schedule: readonly number[], write: () => Promise<string>): Promise<Written[]> {
  const begun = now();
  return Promise.all(
    schedule.map(async (at) => {
      const intended = begun + at;
      await sleep(intended - now());
      const id = await write();
      return { id, intended, committed: now() };
    }),
  );
}
