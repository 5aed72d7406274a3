import { setTimeout as sleep } from 'node:timers/promises';
import { BUCKETS, type RelaySession } from '../system/outbox.ts';
import type { Relay } from '../system/relays.ts';
import { waitUntil } from '../wait-until.ts';
import { BrokenPromise, type Fault, type SystemUnderTest } from './fault.ts';
import { randomMoment } from './random-moment.ts';

export const relayKilled: Fault = {
  name: 'relay-killed',
  breaks: 'up to three times, a relay is killed (SIGKILL) at a random moment and another process is started',
  brokers: 1,
  async inflict(system) {
    const { random, relays } = system;
    const times = random.between(1, 3);
    for (let n = 0; n < times; n += 1) {
      await randomMoment(system);
      const relay = relays.take(random);
      relay.process.kill('SIGKILL');
      await relay.process.exited;
      await sleep(random.between(0, 600));
      await relays.restart(relay);
      relays.giveBack(relay);
    }
    return times;
  },
};

/** Milliseconds by which the proxy delays each request, so that one is under way when the relay is stopped. */
const SLOW_MS = 30;

export const relayFrozen: Fault = {
  name: 'relay-frozen',
  breaks: 'a relay is stopped (SIGSTOP), its session is ended and others take over; then it continues (SIGCONT)',
  brokers: 1,
  stragglers: true,
  async inflict(system) {
    const { brokers, random, relays } = system;
    const endDelay = brokers.proxy?.delay(() => SLOW_MS);
    const relay = relays.take(random);
    try {
      await sleep(random.between(50, 600));
      const own = await stopWhileItOwnsBuckets(system, relay);
      const removedByOthers = await waitForTakeOver(system, own);
      await sleep(random.between(0, 500));
      const before = await system.outbox.countRemovedBy(own.pid);
      relay.process.kill('SIGCONT');
      // A new session with buckets shows that the relay has noticed its loss and dropped everything it held.
      await waitUntil(`${relay.name} owns buckets through a new session`, 20_000, async () =>
        (await system.outbox.sessions()).some(
          (each) => each.relay === relay.name && each.pid !== own.pid && each.buckets > 0,
        )
          ? true
          : undefined,
      );
      const after = await system.outbox.countRemovedBy(own.pid);
      if (after !== before)
        throw new BrokenPromise(`${relay.name} acknowledged ${after - before} events through a session that had ended`);
      return removedByOthers;
    } finally {
      relay.process.kill('SIGCONT');
      relays.giveBack(relay);
      endDelay?.();
    }
  },
};

/** Tries until the relay owns buckets when it is stopped: with another fault at work, it may own none. @returns its session. */
function stopWhileItOwnsBuckets({ outbox }: SystemUnderTest, { name, process }: Relay): Promise<RelaySession> {
  return waitUntil(`${name} is stopped while it owns buckets`, 20_000, async () => {
    process.kill('SIGSTOP');
    const own = (await outbox.sessions()).find(({ relay, buckets }) => relay === name && buckets > 0);
    if (!own) process.kill('SIGCONT');
    return own;
  });
}

/**
 * Ends the session of a stopped relay, and waits until other relays own its buckets and publish.
 * @returns how many events the others have removed from the outbox.
 */
async function waitForTakeOver({ outbox }: SystemUnderTest, own: RelaySession): Promise<number> {
  await outbox.terminate(own.pid);
  await waitUntil('others own all buckets', 20_000, async () => {
    const owned = (await outbox.sessions()).filter(({ relay }) => relay !== own.relay);
    return owned.reduce((sum, { buckets }) => sum + buckets, 0) === BUCKETS ? true : undefined;
  });
  const before = await outbox.countRemoved();
  return waitUntil('others publish', 20_000, async () => {
    const more = (await outbox.countRemoved()) - before;
    return more > 0 ? more : undefined;
  });
}
