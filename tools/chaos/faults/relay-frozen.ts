import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenPromise, type Fault, type Scene } from './fault.ts';
import { BUCKETS, type RelaySession } from '../system/outbox.ts';
import type { Relay } from '../system/relays.ts';
import { until } from '../wait-until.ts';

/** Milliseconds that each request takes on its way, so that one is under way when the relay stops. */
const SLOW_MS = 30;

export const relayFrozen: Fault = {
  name: 'relay-frozen',
  breaks: 'a relay is stopped (SIGSTOP), its session ended, others take over; then it goes on (SIGCONT)',
  brokers: 1,
  stragglers: true,
  async inflict(scene) {
    const { brokers, chance, relays } = scene;
    const atOnce = brokers.proxy?.delay(() => SLOW_MS);
    const relay = relays.take(chance);
    try {
      await sleep(chance.between(50, 600));
      const own = await stopped(scene, relay);
      const hits = await takenOver(scene, own);
      await sleep(chance.between(0, 500));
      const before = await hits.removedByIt();
      relay.process.kill('SIGCONT');
      // It has noticed, and holds nothing any more of what it had.
      await until(`${relay.name} relays again`, 20_000, async () =>
        (await scene.outbox.sessions()).some(
          (each) => each.relay === relay.name && each.pid !== hits.pid && each.buckets > 0,
        )
          ? true
          : undefined,
      );
      const after = await hits.removedByIt();
      if (after !== before)
        throw new BrokenPromise(`${relay.name} acknowledged ${after - before} events through a session that had ended`);
      return hits.removedByOthers;
    } finally {
      relay.process.kill('SIGCONT');
      relays.giveBack(relay);
      atOnce?.();
    }
  },
};

/** Stops a relay while it owns buckets: when something else is broken, too, it may just be without. @returns its session */
function stopped({ outbox }: Scene, { name, process }: Relay): Promise<RelaySession> {
  return until(`${name} is stopped while it owns buckets`, 20_000, async () => {
    process.kill('SIGSTOP');
    const own = (await outbox.sessions()).find(({ relay, buckets }) => relay === name && buckets > 0);
    if (!own) process.kill('SIGCONT');
    return own;
  });
}

/** Ends the session of a relay that is stopped, and waits until others own its buckets and have moved events on. */
async function takenOver({ outbox }: Scene, own: RelaySession) {
  await outbox.terminate(own.pid);
  await until('others own all buckets', 20_000, async () => {
    const owned = (await outbox.sessions()).filter(({ relay }) => relay !== own.relay);
    return owned.reduce((sum, { buckets }) => sum + buckets, 0) === BUCKETS ? true : undefined;
  });
  const then = await outbox.removed();
  const removedByOthers = await until('others move events on', 20_000, async () => {
    const more = (await outbox.removed()) - then;
    return more > 0 ? more : undefined;
  });
  return { pid: own.pid, removedByOthers, removedByIt: () => outbox.removedBy(own.pid) };
}
