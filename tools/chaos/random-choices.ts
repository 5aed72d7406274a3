import { seededRandom } from '../../tests/support/system/seeded-random.ts';

/** Random choices of a run: the same seed gives the same choices. */
export type RandomChoices = {
  /** A number from 0 to below 1. */
  fraction(): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** One element of the list. */
  pick<T>(from: readonly T[]): T;
};

/** @param name the purpose of the choices: two faults with the same seed make different choices. */
export function randomChoices(name: string, seed: number): RandomChoices {
  const fraction = seededRandom(hashOf(`${name} ${seed}`));
  const between = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    between,
    pick: (from) => {
      const one = from[between(0, from.length - 1)];
      if (one === undefined) throw new Error('An empty list has nothing to pick.');
      return one;
    },
  };
}

/** Picks so many different elements of a list. */
export function pickSome<T>(from: readonly T[], count: number, random: RandomChoices): T[] {
  const left = [...from];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const one = random.pick(left);
    left.splice(left.indexOf(one), 1);
    return one;
  });
}

/** FNV-1a, 32 bits. The generator needs a hash, because seeds that are neighbours begin with nearly the same number. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
