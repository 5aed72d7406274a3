import { setTimeout as sleep } from 'node:timers/promises';
import { pickSome, randomChoices } from '../random-choices.ts';
import { brokerKilled } from './broker-faults.ts';
import type { Fault } from './fault.ts';
import { ackSwallowed, latency } from './network-faults.ts';
import { postgresCrash, sessionTerminated } from './postgres-faults.ts';
import { relayFrozen, relayKilled } from './relay-faults.ts';

/** Faults that can happen at the same time as others. */
const COMBINABLE = [relayKilled, relayFrozen, sessionTerminated, postgresCrash, brokerKilled, ackSwallowed, latency];
const HOW_MANY = 3;

export const severalAtOnce: Fault = {
  name: 'several-at-once',
  breaks: 'three faults at random, of those that can be combined, begin within half a second',
  brokers: 1,
  relays: 3,
  stragglers: true,
  async inflict(system) {
    const { random } = system;
    const chosen = pickSome(COMBINABLE, HOW_MANY, random).map((fault) => ({
      fault,
      after: random.between(0, 500),
      // Each fault has choices of its own: the seed does not decide which of the three asks first.
      own: randomChoices(fault.name, random.between(1, 1_000_000)),
    }));
    const hits = await Promise.all(
      chosen.map(async ({ fault, after, own }) => {
        await sleep(after);
        return fault.inflict({ ...system, random: own });
      }),
    );
    // One fault that hit nothing makes the whole run prove nothing.
    return hits.includes(0) ? 0 : hits.reduce((sum, each) => sum + each, 0);
  },
};
