import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { someMoment } from './random-moment.ts';

export const relayKilled: Fault = {
  name: 'relay-killed',
  breaks: 'a relay is killed (SIGKILL) at some moment, and another process started, up to three times',
  brokers: 1,
  async inflict(scene) {
    const { chance, relays } = scene;
    const times = chance.between(1, 3);
    for (let n = 0; n < times; n += 1) {
      await someMoment(scene);
      const relay = relays.take(chance);
      relay.process.kill('SIGKILL');
      await relay.process.exited;
      await sleep(chance.between(0, 600));
      await relays.restart(relay);
      relays.giveBack(relay);
    }
    return times;
  },
};
