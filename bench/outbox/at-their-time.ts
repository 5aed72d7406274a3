import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './clock.ts';

export type Written = { readonly id: string; readonly intended: number; readonly committed: number };

/** Begins each write when it is meant to begin, whether or not those before have ended. @param write gives an id. */
export async function atTheirTime(schedule: readonly number[], write: () => Promise<string>): Promise<Written[]> {
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
