import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '#application/messages/message';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { ConcurrentChange } from '#application/ports/opportunities/opportunity-repository';
import type { Transaction } from '#application/ports/opportunities/unit-of-work';
import { StorageUnavailable } from '#application/ports/application-error';
import { MikroOrmSchemaMigrations } from '#infrastructure/persistence/operations/mikro-orm-schema-migrations';
import { cloudEventHeaders } from '#infrastructure/messaging/cloud-event-headers';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { createOrm } from '#infrastructure/persistence/orm';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import type { Write } from '../../../tools/history/history.ts';
import { anOpportunity, SOME_DAY, someId } from '../opportunities/an-opportunity.ts';
import { RecordingLogger } from '../system/recording-logger.ts';
import { seededRandom } from '../system/seeded-random.ts';
import { startTcpProxy } from '../servers/tcp-proxy.ts';

const WRITERS = 4;
const KEYS = 6;
/** The end of the message with which PostgreSQL confirms a commit (CommandComplete, protocol 3.0). */
const COMMITTED = 'COMMIT\0';

export type LoggedWriters = {
  /** The messages that each transaction intended to publish, and the end of the transaction. */
  readonly log: readonly Write[];
  /**
   * Commits an event of more than 30,000 bytes, by giving an opportunity a text that its later events have, too.
   * @returns its key
   */
  makeLarge(): Promise<string>;
  /** Commits one more event of a key. */
  touch(key: string): Promise<void>;
  /** Stops the writers after their current transactions. */
  stop(): Promise<void>;
};

/** Characters of three bytes each: as many as a description may have. */
const LARGE = '€'.repeat(10_000);
/** Milliseconds to wait while the database does not answer. */
const AWAY_MS = 25;

type Edit = { readonly description?: string };

class ChangedItsMind extends Error {}

/**
 * Writers who change the same few opportunities at once, through the unit of work. Some of their transactions are given
 * up on purpose or refused by the database at their end, some conflict, and of some the answer to COMMIT never comes.
 * @param options.pauseMs of each writer after each transaction, on average.
 */
export async function startWriters(
  database: string,
  seed: number,
  { pauseMs = 0 }: { pauseMs?: number } = {},
): Promise<LoggedWriters> {
  const random = seededRandom(seed);
  const proxy = await startTcpProxy({ host: new URL(database).hostname, port: Number(new URL(database).port) }, () => ({
    // The cut comes before PostgreSQL receives the COMMIT, or before the writer receives the confirmation.
    toServer: (bytes) => (bytes.includes('COMMIT') && random() < 0.01 ? 0 : bytes.length),
    toClient: (bytes) => (bytes.includes(COMMITTED) && random() < 0.01 ? 0 : bytes.length),
  }));
  const unreliable = new URL(database);
  unreliable.port = String(proxy.port);

  const connect = (url: string) =>
    createOrm({ url, poolMax: WRITERS, statementTimeoutMs: 3000 }, new RecordingLogger());
  const direct = connect(database);
  await new MikroOrmSchemaMigrations(direct).run();
  const orm = connect(unreliable.href);
  const nobodyToWake = { nudge: () => undefined, wait: () => Promise.resolve() };
  const unitOfWork = new PostgresUnitOfWork(orm, nobodyToWake, new AsyncLocalRequestScope(), LARGEST_MESSAGE_BYTES);

  const log: Write[] = [];
  const keys: string[] = [];
  let transactions = 0;

  /** Runs the block. It must log each message as intended before anything can fail. */
  async function logged(work: (transaction: Transaction, mean: (message: Message) => void) => Promise<void>) {
    transactions += 1;
    const name = String(transactions);
    const meant: Message[] = [];
    const outcome = await unitOfWork
      .run((transaction) => work(transaction, (message) => void meant.push(message)))
      .then(() => 'committed' as const, outcomeOf);
    for (const { id, key, attributes, payload } of meant) {
      const sequence = Number(attributes['sequence']);
      const headers = cloudEventHeaders(attributes);
      log.push({ key, sequence, outcome, id, transaction: name, value: payload, headers });
    }
    return outcome;
  }

  async function create(): Promise<Write['outcome']> {
    const { opportunity, created } = anOpportunity();
    const outcome = await logged(async ({ opportunities, outbox }, mean) => {
      const message = messageOf(created, someId());
      mean(message);
      await opportunities.add(opportunity);
      await outbox.append(message);
    });
    if (outcome === 'committed') keys.push(opportunity.id);
    return outcome;
  }

  async function edit(ids: readonly string[], fate = random(), changes: Edit = {}): Promise<Write['outcome']> {
    return logged(async ({ opportunities, outbox }, mean) => {
      for (const id of ids) {
        const opportunity = await opportunities.get(id);
        const updated = opportunity?.edit(
          { title: `Title ${random()}`, ...changes },
          { actorId: 'owner', at: SOME_DAY },
        );
        if (!opportunity || !updated) throw new Error(`${id} is not there, or has this title`);
        const message = messageOf(updated, someId());
        mean(message);
        await opportunities.save(opportunity);
        await outbox.append(message);
        // This statement follows the events in the same transaction. PostgreSQL accepts the events and refuses this statement.
        if (fate < 0.1) await outbox.append({ ...message, id: 'no uuid' });
      }
      if (fate > 0.9) throw new ChangedItsMind();
    });
  }

  async function change(): Promise<Write['outcome']> {
    if (keys.length < KEYS || random() < 0.02) return create();
    const some = [random(), random()].map((share) => keys[Math.floor(share * keys.length)]!);
    // All writers lock keys in the same order, so that no two wait for each other.
    return edit(random() < 0.3 ? [...new Set(some)].sort() : some.slice(0, 1));
  }

  /** Repeats the write until it is committed, because another writer may have changed the key first. */
  async function editSurely(key: string, changes: Edit): Promise<void> {
    while ((await edit([key], 0.5, changes)) !== 'committed') await sleep(1);
  }

  let stopped = false;
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!stopped) {
      const pause = pauseMs > 0 ? 2 * pauseMs * random() : 0;
      const outcome = await change();
      const longer = outcome === 'unknown' ? AWAY_MS : 0;
      if (pause + longer > 0) await sleep(pause + longer);
    }
  });
  const finished = Promise.all(writers);
  // stop() throws this error.
  finished.catch(() => undefined);

  async function end(): Promise<void> {
    stopped = true;
    try {
      await finished;
    } finally {
      await Promise.all([orm.close(), direct.close()]);
      await proxy.stop();
    }
  }

  let ending: Promise<void> | undefined;
  return {
    log,
    makeLarge: async () => {
      const key = keys[Math.floor(random() * keys.length)]!;
      await editSurely(key, { description: LARGE });
      return key;
    },
    touch: (key) => editSurely(key, {}),
    stop: () => (ending ??= end()),
  };
}

/** Returns the outcome of a transaction that failed with this error. @throws the error if no outcome explains it */
function outcomeOf(error: unknown): Write['outcome'] {
  if (error instanceof StorageUnavailable) return 'unknown';
  const refused = (error as { code?: unknown }).code === '22P02';
  if (error instanceof ChangedItsMind || error instanceof ConcurrentChange || refused) return 'rolled back';
  throw error;
}
