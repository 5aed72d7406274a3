import { setTimeout as sleep } from 'node:timers/promises';
import type { SystemUnderTest } from './fault.ts';

/** Milliseconds to wait for a batch, which may never come while another fault is at work. */
const PATIENCE_MS = 1000;
/** Milliseconds by which the proxy delays each request and each response during the wait. */
const SLOW_MS = 10;
/** Milliseconds from sending a batch to its removal from the outbox, or a little more. */
const BATCH_MS = 30;

/**
 * Waits for a random moment. Six out of ten lie close to a batch that is on its way to Kafka or has just been accepted:
 * such moments are so short that chance alone would seldom find them. The proxy makes them longer, too.
 * @param most the longest wait for any moment, in milliseconds.
 */
export async function randomMoment({ brokers, random }: SystemUnderTest, most = 500): Promise<void> {
  const wait = random.between(50, most);
  const duringBatch = random.fraction() < 0.6;
  const after = random.between(0, BATCH_MS);
  await sleep(wait);
  if (!duringBatch || !brokers.proxy) return;
  const endDelay = brokers.proxy.delay(() => SLOW_MS);
  await Promise.race([brokers.proxy.nextProduce(), sleep(PATIENCE_MS)]);
  await sleep(after);
  // The delay ends a little later, so that the caller breaks something while requests are still slow.
  setTimeout(endDelay, SLOW_MS);
}
