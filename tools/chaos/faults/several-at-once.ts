import { setTimeout as sleep } from 'node:timers/promises';
import { type Chance, chanceOf } from '../random-choices.ts';
import type { Fault } from './fault.ts';
import { ackSwallowed } from './ack-swallowed.ts';
import { brokerKilled } from './broker-killed.ts';
import { latency } from './latency.ts';
import { postgresCrash } from './postgres-crash.ts';
import { relayFrozen } from './relay-frozen.ts';
import { relayKilled } from './relay-killed.ts';
import { sessionTerminated } from './session-terminated.ts';

/** Those that need not have the servers or the relays for themselves. */
const TOGETHER = [relayKilled, relayFrozen, sessionTerminated, postgresCrash, brokerKilled, ackSwallowed, latency];
const HOW_MANY = 3;

/** So many different ones, of which chance has it. */
export function some<T>(from: readonly T[], count: number, chance: Chance): T[] {
  const left = [...from];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const one = chance.pick(left);
    left.splice(left.indexOf(one), 1);
    return one;
  });
}

export const severalAtOnce: Fault = {
  name: 'several-at-once',
  breaks: 'three of those above that can be together, as chance has it, within half a second',
  brokers: 1,
  relays: 3,
  stragglers: true,
  async inflict(scene) {
    const { chance } = scene;
    const chosen = some(TOGETHER, HOW_MANY, chance).map((fault) => ({
      fault,
      after: chance.between(0, 500),
      // Of its own: which of them asks first is not in the seed.
      own: chanceOf(fault.name, chance.between(1, 1_000_000)),
    }));
    const hits = await Promise.all(
      chosen.map(async ({ fault, after, own }) => {
        await sleep(after);
        return fault.inflict({ ...scene, chance: own });
      }),
    );
    // Each of them has to hit.
    return hits.includes(0) ? 0 : hits.reduce((sum, each) => sum + each, 0);
  },
};
