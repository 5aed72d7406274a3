import { setTimeout as sleep } from 'node:timers/promises';

/** The time in milliseconds by the machine's monotonic clock, which all processes share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Chooses the intended times of events, in milliseconds from the beginning: a Poisson process, as independent users
 * make one. No event waits for the previous one, so that a slow write does not delay the next ones and hide itself
 * (coordinated omission).
 * @param random returns a number from 0 to below 1.
 */
export function poissonSchedule(perSecond: number, seconds: number, random: () => number): number[] {
  const instants: number[] = [];
  for (let at = gap(); at < seconds * 1000; at += gap()) instants.push(at);
  return instants;

  function gap(): number {
    return (-Math.log(1 - random()) * 1000) / perSecond;
  }
}

/** A write: its event's id, when it was meant to begin, and when it was committed. */
export type Written = { readonly id: string; readonly intended: number; readonly committed: number };

/**
 * Begins each write at its intended time, even when earlier ones have not ended.
 * @param write writes an event and returns its id.
 */
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
