import { InvalidSettings, outbox, type OutboxParts } from '../../../src/interfaces/cli/outbox/outbox.ts';
import { SystemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { SqliteOutboxOverview } from './operations/sqlite-outbox-overview.ts';
import { SqliteParkedMessages } from './operations/sqlite-parked-messages.ts';
import { SqliteRelayPause } from './operations/sqlite-relay-pause.ts';
import { RelayLock } from './outbox/relay-lock.ts';
import { SqliteDatabase } from './sqlite-database.ts';

/**
 * Runs the outbox commands on SQLite: `status`, `peek`, the commands for parked messages, `pause` and `resume`. Replaying
 * and verifying need RetainedEvents and EventReplay, which this example leaves out.
 */
const { code, output, error } = await outbox(process.argv.slice(2), process.env, (variables) => {
  const { SQLITE_FILE: file, OUTBOX_RETENTION_HOURS: hours } = variables;
  if (!file) throw unavailable('SQLITE_FILE is required: the path of the database file');
  return partsOn(file, Number(hours ?? 0) > 0);
});
process.stderr.write(error);
process.stdout.write(output);
process.exitCode = code;

function partsOn(file: string, retains: boolean): OutboxParts {
  const database = new SqliteDatabase({ file });
  const clock = new SystemClock();
  const close = async () => {
    database.close();
  };
  const isOwned = () => RelayLock.isTaken(`${file}-relay`);
  const leftOut = () => {
    throw unavailable('The SQLite example has no adapter for this command');
  };
  return {
    overview: () => ({ part: new SqliteOutboxOverview(database, clock, isOwned, retains), close }),
    parkedMessages: () => ({ part: new SqliteParkedMessages(database, clock, isOwned), close }),
    relayPause: () => ({ part: new SqliteRelayPause(database, clock), close }),
    replayEvents: leftOut,
    verifyTopic: leftOut,
  };
}

function unavailable(problem: string): InvalidSettings {
  return new InvalidSettings(problem, [problem]);
}
