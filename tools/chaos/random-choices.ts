import { seededRandom } from '../../tests/support/seeded-random.ts';

/** What a run leaves to chance: the same for the same seed. */
export type Chance = {
  /** From 0 to below 1. */
  random(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** One of them. */
  pick<T>(from: readonly T[]): T;
};

/** @param name what the seed is for: two faults with the same seed do not do the same. */
export function chanceOf(name: string, seed: number): Chance {
  const random = seededRandom(mixed(`${name} ${seed}`));
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    between,
    pick: (from) => {
      const one = from[between(0, from.length - 1)];
      if (one === undefined) throw new Error('there is nothing to pick from');
      return one;
    },
  };
}

/** FNV-1a, 32 bits: generators whose seeds are neighbours begin with nearly the same number. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
