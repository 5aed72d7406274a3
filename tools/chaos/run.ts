import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoggedWriters, startWriters } from '../../tests/support/logged-writers.ts';
import type { FaultWindow, History } from '../history/history.ts';
import { readHistory } from '../history/read-history.ts';
import { readTopic } from '../history/read-topic.ts';
import { chanceOf } from './random-choices.ts';
import type { Fault } from './faults/fault.ts';
import { Outbox } from './system/outbox.ts';
import { Relays } from './system/relays.ts';
import type { Servers } from './system/servers.ts';
import { Topic } from './system/topic.ts';
import { until } from './wait-until.ts';
import { eventsIn, problemsOf, repeatsIn } from './verdict.ts';

/** Milliseconds between two transactions of a writer, on average: enough to do for relays, and time for the rest. */
const PAUSE_MS = 12;
/** Milliseconds in which everything has to be published after a fault is over. */
const RECOVERY_MS = 30_000;
/** Milliseconds for which a batch may be on its way when its sender is stopped. */
const ON_ITS_WAY_MS = 1000;

export type Client = 'kafkajs' | 'platformatic';

export type Run = { readonly fault: Fault; readonly client: Client; readonly seed: number };

export type Outcome = {
  readonly fault: string;
  readonly client: Client;
  readonly seed: number;
  readonly transactions: number;
  readonly events: number;
  readonly repeats: number;
  /** Why it has failed; nothing when all is well. */
  readonly problems: readonly string[];
  readonly seconds: number;
  /** Where its files are. */
  readonly folder: string;
};

/**
 * Lets writers write and relays relay, undisturbed at first, then under a fault, then undisturbed again; and holds what is on
 * the topic against what was written.
 * @param files the folder for the files of runs. Each gets one; it is removed when all is well, unless it is to be kept.
 * @throws whatever keeps a run from beginning.
 */
export async function runSeed(
  { fault, client, seed }: Run,
  servers: Servers,
  { files, keep = false }: { readonly files: string; readonly keep?: boolean },
): Promise<Outcome> {
  const begun = performance.now();
  const folder = join(files, `${fault.name}-${client}-${seed}`);
  const chance = chanceOf(fault.name, seed);
  const [postgres, brokers] = await Promise.all([servers.postgres(), servers.kafka(fault.brokers)]);
  const topic = new Topic(brokers.addresses, `chaos.${fault.name}.${randomBytes(4).toString('hex')}`);
  const [outbox] = await Promise.all([Outbox.create(postgres.url), topic.create()]);
  const writers = await startWriters(outbox.url, chance.between(0, 2 ** 31), { pauseMs: PAUSE_MS });
  const relays = new Relays({
    ROLE: 'relay',
    MIGRATE: 'false',
    DATABASE_URL: outbox.url,
    KAFKA_BROKERS: brokers.addresses,
    KAFKA_TOPIC: topic.name,
    KAFKA_CLIENT: client,
  });
  const trouble: string[] = [];
  /** What goes wrong from here on is what the run has to tell. */
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      trouble.push(`${what}: ${reason(error)}`);
      return undefined;
    }
  };

  try {
    await outbox.watch();
    const count = fault.relays ?? chance.between(2, 3);
    await relays.add(count);
    await outbox.shared(count);
    await moreWrites(writers, chance.between(40, 120));

    // Stragglers carry the time at which they were made, which may be a moment before whatever stopped them.
    const from = Date.now() - (fault.stragglers === true ? ON_ITS_WAY_MS : 0);
    const scene = { chance, postgres, brokers, topic, outbox, relays, writers };
    const hits = await attempt('the fault', () => fault.inflict(scene));
    await attempt('does not recover', async () => {
      // A relay that owns buckets again is done with what it was at when it lost them.
      await outbox.shared(count);
      await outbox.published(RECOVERY_MS);
    });
    const window: FaultWindow = {
      fault: fault.name,
      from,
      to: Date.now(),
      stragglers: fault.stragglers,
      partitionsChanged: fault.partitionsChanged,
    };

    await attempt('after the fault', () => moreWrites(writers, chance.between(40, 120)));
    await attempt('the writers', () => writers.stop());
    await attempt('does not publish what was written last', () => outbox.published(RECOVERY_MS));
    const history = await written(folder, writers, window, await readTopic(brokers.addresses, topic.name));
    const problems = problemsOf({
      history,
      window,
      hits,
      traces: fault.tracesIn?.(history),
      removedByStrangers: await outbox.removedByStrangers(),
      trouble,
    });
    if (problems.length > 0) writeFileSync(join(folder, 'relays.log'), relays.output());
    else if (!keep) rmSync(folder, { recursive: true });
    return {
      fault: fault.name,
      client,
      seed,
      transactions: new Set(history.writes.map(({ transaction }) => transaction)).size,
      events: eventsIn(history.records),
      repeats: repeatsIn(history),
      problems,
      seconds: (performance.now() - begun) / 1000,
      folder,
    };
  } finally {
    await writers.stop().catch(() => undefined);
    await relays.kill();
    await Promise.all([outbox.drop(), topic.remove()]);
  }
}

/** Until writers have come so much farther. */
async function moreWrites(writers: LoggedWriters, count: number): Promise<void> {
  const enough = writers.log.length + count;
  await until(`${count} more writes`, 20_000, () => (writers.log.length >= enough ? true : undefined));
}

/** The history as its files say it, which anybody may check again. */
async function written(
  folder: string,
  { log }: LoggedWriters,
  window: FaultWindow,
  records: History['records'],
): Promise<History> {
  mkdirSync(folder, { recursive: true });
  const [writersFile, topicFile] = [join(folder, 'writers.jsonl'), join(folder, 'topic.jsonl')];
  const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
  writeFileSync(writersFile, lines([...log, window]));
  writeFileSync(topicFile, lines(records));
  return readHistory(writersFile, topicFile);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
