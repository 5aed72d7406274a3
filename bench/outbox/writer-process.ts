/** Writes opportunities with their events through the service's own unit of work, as a request does. */
import { messageOf } from '#application/messages/opportunity-events-v1';
import type { RelayWakeUp } from '#application/ports/outbox/relay-wake-up';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import { LARGEST_MESSAGE_BYTES } from '#infrastructure/messaging/kafka-client';
import { PostgresUnitOfWork } from '#infrastructure/persistence/postgres-unit-of-work';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/outbox/notifying-relay-wake-up';
import { createOrm } from '#infrastructure/persistence/orm';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { UuidV7Generator } from '#infrastructure/system/uuid-v7-generator';
import { anOpportunity } from '../../tests/support/an-opportunity.ts';
import { RecordingLogger } from '../../tests/support/recording-logger.ts';
import { seededRandom } from '../../tests/support/seeded-random.ts';
import { atTheirTime, type Written } from './at-their-time.ts';
import { answerQuestions, setting } from './child.ts';
import { now } from './clock.ts';
import { poissonSchedule } from './schedule.ts';

/** At a rate: every transaction begins when it is meant to. Without: so many writers, each as fast as it can. */
export type WriterQuestion =
  | { readonly perSecond: number; readonly seconds: number; readonly seed: number }
  | { readonly writers: number; readonly seconds: number; readonly event: boolean; readonly wakeUp: boolean };

const settings = { url: setting() as string, poolMax: 10, statementTimeoutMs: 10_000 };
const logger = new RecordingLogger();
const orm = createOrm(settings, logger);
const ids = new UuidV7Generator();
const nobody: RelayWakeUp = { nudge: () => undefined, wait: () => Promise.resolve() };
const requests = new AsyncLocalRequestScope();
const quiet = new PostgresUnitOfWork(orm, nobody, requests, LARGEST_MESSAGE_BYTES);
const waking = new PostgresUnitOfWork(
  orm,
  new NotifyingRelayWakeUp(nobody, settings, logger, 'bench'),
  requests,
  LARGEST_MESSAGE_BYTES,
);

answerQuestions((question: WriterQuestion): Promise<Written[]> =>
  'perSecond' in question
    ? atTheirTime(poissonSchedule(question.perSecond, question.seconds, seededRandom(question.seed)), () =>
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
      await unitOfWork.run(async ({ opportunities, outbox }) => {
        await opportunities.add(opportunity);
        if (event) await outbox.append(message);
      });
      return message.id;
    } catch (error) {
      // At a rate above what the machine can do, no connection is free in time. It is late, and counted as late.
      if (!isPoolTimeout(error)) throw error;
    }
}

function isPoolTimeout(error: unknown): boolean {
  const cause = error instanceof StorageUnavailable ? error.cause : undefined;
  return cause instanceof Error && cause.message === 'timeout exceeded when trying to connect';
}
