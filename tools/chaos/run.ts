import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoggedWriters, startWriters } from '../../tests/support/outbox/logged-writers.ts';
import type { FaultWindow, History } from '../history/history.ts';
import { readHistory } from '../history/read-history.ts';
import { readTopic } from '../history/read-topic.ts';
import type { Fault } from './faults/fault.ts';
import { randomChoices } from './random-choices.ts';
import { Outbox } from './system/outbox.ts';
import { Relays } from './system/relays.ts';
import type { Servers } from './system/servers.ts';
import { Topic } from './system/topic.ts';
import { eventsIn, problemsOf, repeatsIn } from './verdict.ts';
import { waitUntil } from './wait-until.ts';

/** Mean milliseconds between two transactions of a writer: this keeps the relays busy and leaves time for everything else. */
const PAUSE_MS = 12;
/** Milliseconds after a fault within which all events have to be published. */
const RECOVERY_MS = 30_000;
/** Longest time in milliseconds that a batch may have been on its way when its sender is stopped. */
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
  /** Reasons why the run has failed; none when it has passed. */
  readonly problems: readonly string[];
  readonly seconds: number;
  /** Path of the folder with the run's files. */
  readonly folder: string;
};

/**
 * Runs writers and relays undisturbed, then under a fault, then undisturbed again, and compares the topic with the
 * events that the writers committed.
 * @param options.files the folder in which each run gets a folder for its files. A run that passes removes its folder,
 *   unless `keep` is set.
 * @throws Error when the run cannot begin.
 */
export async function runSeed(
  { fault, client, seed }: Run,
  servers: Servers,
  { files, keep = false }: { readonly files: string; readonly keep?: boolean },
): Promise<Outcome> {
  const begun = performance.now();
  const folder = join(files, `${fault.name}-${client}-${seed}`);
  const random = randomChoices(fault.name, seed);
  const [postgres, brokers] = await Promise.all([servers.postgres(), servers.kafka(fault.brokers)]);
  const topic = new Topic(brokers.addresses, `chaos.${fault.name}.${randomBytes(4).toString('hex')}`);
  const [outbox] = await Promise.all([Outbox.create(postgres.url), topic.create()]);
  const writers = await startWriters(outbox.url, random.between(0, 2 ** 31), { pauseMs: PAUSE_MS });
  const relays = new Relays({
    ROLE: 'relay',
    MIGRATE: 'false',
    DATABASE_URL: outbox.url,
    KAFKA_BROKERS: brokers.addresses,
    KAFKA_TOPIC: topic.name,
    KAFKA_CLIENT: client,
  });
  const trouble: string[] = [];
  /** Notes a failure as trouble and goes on: from here on, failures are results of the run. */
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      trouble.push(`${what}: ${reason(error)}`);
      return undefined;
    }
  };

  try {
    await outbox.recordRemovals();
    const count = fault.relays ?? random.between(2, 3);
    await relays.add(count);
    await outbox.waitUntilShared(count);
    await moreWrites(writers, random.between(40, 120));

    // A straggler's record carries the time of its creation, which may lie shortly before the fault.
    const from = Date.now() - (fault.stragglers === true ? ON_ITS_WAY_MS : 0);
    const system = { random, postgres, brokers, topic, outbox, relays, writers };
    const hits = await attempt('the fault', () => fault.inflict(system));
    await attempt('does not recover', async () => {
      // A relay that owns buckets again has finished the work that it had when it lost them.
      await outbox.waitUntilShared(count);
      await outbox.waitUntilPublished(RECOVERY_MS);
    });
    const window: FaultWindow = {
      fault: fault.name,
      from,
      to: Date.now(),
      stragglers: fault.stragglers,
      partitionsChanged: fault.partitionsChanged,
    };

    await attempt('after the fault', () => moreWrites(writers, random.between(40, 120)));
    await attempt('the writers', () => writers.stop());
    await attempt('does not publish what was written last', () => outbox.waitUntilPublished(RECOVERY_MS));
    const history = await writeHistory(folder, writers, window, await readTopic(brokers.addresses, topic.name));
    const problems = problemsOf({
      history,
      window,
      hits,
      traces: fault.tracesIn?.(history),
      removedByNonOwners: await outbox.countRemovedByNonOwners(),
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

/** Waits until the writers have logged so many further writes. */
async function moreWrites(writers: LoggedWriters, count: number): Promise<void> {
  const enough = writers.log.length + count;
  await waitUntil(`${count} more writes`, 20_000, () => (writers.log.length >= enough ? true : undefined));
}

/** Writes the run's history to files, and reads it from them, so that `npm run history` finds the same. */
async function writeHistory(
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
