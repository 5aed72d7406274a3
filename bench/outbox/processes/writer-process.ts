/** A program that writes opportunities with their events through the service's own unit of work, as a request does. */
import { messageOf } from '#application/messages/opportunity-events-v1';
import { StorageUnavailable } from '#application/ports/application-error';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/message-limits';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { runStatement } from '#infrastructure/persistence/connections/node-postgres';
import { OpportunityRows } from '#infrastructure/persistence/opportunities/opportunity-rows';
import { PostgresOpportunityRepository } from '#infrastructure/persistence/opportunities/postgres-opportunity-repository';
import { createOrm } from '#infrastructure/persistence/orm';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { UuidV7Generator } from '#infrastructure/system/uuid-v7-generator';
import { anOpportunity } from '../../../tests/support/opportunities/an-opportunity.ts';
import { RecordingLogger } from '../../../tests/support/system/recording-logger.ts';
import { seededRandom } from '../../../tests/support/system/seeded-random.ts';
import { now, poissonSchedule, writeOnSchedule, type Written } from '../scheduled-writes.ts';
import { answerQuestions, setting } from './child.ts';

/** With a rate, every transaction begins at its intended time. Without, so many writers each work as fast as they can. */
export type WriterQuestion =
  | { readonly perSecond: number; readonly seconds: number; readonly seed: number }
  | { readonly writers: number; readonly seconds: number; readonly event: boolean; readonly wakeUp: boolean };

const settings = { url: setting() as string, poolMax: 10, statementTimeoutMs: 10_000 };
const logger = new RecordingLogger();
const orm = createOrm(settings, logger);
const ids = new UuidV7Generator();
const rows = new OpportunityRows(orm);
const noWakeUp: RelayWakeUp = { nudge: () => undefined, wait: () => Promise.resolve() };
const requests = new AsyncLocalRequestScope();
const quiet = new PostgresUnitOfWork(orm, noWakeUp, requests, LARGEST_MESSAGE_BYTES);
const waking = new PostgresUnitOfWork(
  orm,
  new NotifyingRelayWakeUp(noWakeUp, settings, logger, 'bench'),
  requests,
  LARGEST_MESSAGE_BYTES,
);

answerQuestions((question: WriterQuestion): Promise<Written[]> =>
  'perSecond' in question
    ? writeOnSchedule(poissonSchedule(question.perSecond, question.seconds, seededRandom(question.seed)), () =>
        write(waking, true),
      )
    : asFastAsTheyCan(question),
);

async function asFastAsTheyCan({ writers, seconds, event, wakeUp }: Exclude<WriterQuestion, { perSecond: number }>) {
  const until = now() + seconds * 1000;
  const written: Written[] = [];
  const writer = async () => {
    while (now() < until) {
      const intended = now();
      const id = await write(wakeUp ? waking : quiet, event);
      written.push({ id, intended, committed: now() });
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return written;
}

/** @returns the id of the event. */
async function write(unitOfWork: PostgresUnitOfWork, event: boolean): Promise<string> {
  const { opportunity, created } = anOpportunity({ id: ids.next(), at: new Date() });
  const message = messageOf(created, ids.next());
  for (;;)
    try {
      if (event)
        await unitOfWork.run(async ({ opportunities, outbox }) => {
          await opportunities.add(opportunity);
          await outbox.append(message);
        });
      else await writeWithoutEvent(opportunity);
      return message.id;
    } catch (error) {
      // At a rate that is too high for the machine, no connection is free in time. The write is tried again and counted as late.
      if (!isPoolTimeout(error)) throw error;
    }
}

/** Commits an opportunity without an event, for comparison. The unit of work refuses such a transaction. */
async function writeWithoutEvent(opportunity: Opportunity): Promise<void> {
  const pool = await orm.em.getConnection().getNativeClient();
  const client = await pool.connect();
  try {
    await runStatement(client, { text: 'BEGIN' });
    await new PostgresOpportunityRepository(client, rows).add(opportunity);
    await runStatement(client, { text: 'COMMIT' });
  } finally {
    client.release();
  }
}

function isPoolTimeout(error: unknown): boolean {
  const cause = error instanceof StorageUnavailable ? error.cause : undefined;
  return cause instanceof Error && cause.message === 'timeout exceeded when trying to connect';
}
