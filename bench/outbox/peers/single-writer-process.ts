/** A program that writes single events, each in its own transaction. For the service's outbox it also wakes the relay. */
import pg from 'pg';
import { v7 } from 'uuid';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { RecordingLogger } from '../../../tests/support/system/recording-logger.ts';
import { seededRandom } from '../../../tests/support/system/seeded-random.ts';
import { answerQuestions, setting } from '../processes/child.ts';
import { MANY_KEYS, record } from '../records.ts';
import { poissonSchedule, writeOnSchedule } from '../scheduled-writes.ts';
import { INSERT_EVENT } from './insert-event.ts';
import type { PeerTable } from './peer.ts';

export type SingleWriterQuestion = { readonly perSecond: number; readonly seconds: number; readonly seed: number };

const { database, table } = setting() as { database: string; table: PeerTable };
const pool = new pg.Pool({ connectionString: database, max: 10 });
const noWakeUp = { nudge: () => undefined, wait: () => Promise.resolve() };
const settings = { url: database, poolMax: 10, statementTimeoutMs: 10_000 };
const wakeUp =
  table === 'outbox' ? new NotifyingRelayWakeUp(noWakeUp, settings, new RecordingLogger(), 'bench') : noWakeUp;
const { text, values } = INSERT_EVENT[table];
let written = 0;

answerQuestions(({ perSecond, seconds, seed }: SingleWriterQuestion) =>
  writeOnSchedule(poissonSchedule(perSecond, seconds, seededRandom(seed)), async () => {
    const { id: sample, headers, payload, key } = record(written++, MANY_KEYS);
    const id = v7();
    const own = Object.entries(headers).map(([name, value]) => [name, value.replaceAll(sample, id)] as const);
    await pool.query({ name: 'insert', text, values: values({ id, key, headers: Object.fromEntries(own), payload }) });
    wakeUp.nudge();
    return id;
  }),
);
