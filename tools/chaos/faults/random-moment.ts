import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './fault.ts';

/** Milliseconds to wait for a batch that may never come, since something else is broken, too. */
const PATIENCE_MS = 1000;
/** Milliseconds that a request or an answer takes longer meanwhile. */
const SLOW_MS = 10;
/** Milliseconds from a batch's way to Kafka to its removal from the outbox, or a little more. */
const BATCH_MS = 30;

/**
 * Waits for a moment that is left to chance: any, or one while a batch is on its way to Kafka or has just been taken. Chance
 * alone would seldom meet those, for they are short; they are made longer, too.
 * @param most milliseconds
 */
export async function someMoment({ brokers, chance }: Scene, most = 500): Promise<void> {
  const wait = chance.between(50, most);
  const aimed = chance.random() < 0.6;
  const after = chance.between(0, BATCH_MS);
  await sleep(wait);
  if (!aimed || !brokers.proxy) return;
  const atOnce = brokers.proxy.delay(() => SLOW_MS);
  await Promise.race([brokers.proxy.nextProduce(), sleep(PATIENCE_MS)]);
  await sleep(after);
  // The caller strikes first.
  setTimeout(atOnce, SLOW_MS);
}
