/**
 * npm run history -- writers.jsonl topic.jsonl: checks a history, as docs/proof/history-checker.md describes.
 * Exit codes: 0 when every promise was kept; 1 when one was broken; 2 when the files could not be read.
 */
import { checkHistory } from './check-history.ts';
import { PROMISES, type History, type Violation } from './history.ts';
import { readHistory } from './read-history.ts';
import { isReplay } from './records.ts';

/** Most violations to print for each promise, so that one promise does not hide another. */
const MOST_PRINTED = 20;

const [writersFile, topicFile, ...rest] = process.argv.slice(2);
if (writersFile === undefined || topicFile === undefined || rest.length > 0) {
  console.error('usage: npm run history -- writers.jsonl topic.jsonl');
  process.exitCode = 2;
} else {
  try {
    const history = await readHistory(writersFile, topicFile);
    const violations = checkHistory(history);
    print(history, violations);
    if (violations.length > 0) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

function print({ writes, faults, records: all }: History, violations: readonly Violation[]): void {
  const outcomes = Map.groupBy(writes, ({ outcome }) => outcome);
  const count = (outcome: 'committed' | 'rolled back' | 'unknown') => outcomes.get(outcome)?.length ?? 0;
  const records = all.filter((record) => !isReplay(record));
  const replays = all.length - records.length;
  const different = new Set(records.map(({ key, sequence, id }) => JSON.stringify([key, sequence, id]))).size;
  console.log(
    `${count('committed')} committed, ${count('rolled back')} rolled back, ${count('unknown')} unknown; ` +
      `${records.length} records, ${records.length - different} of them repeats; ${faults.length} declared faults` +
      (replays > 0 ? `; ${replays} replays are left out` : ''),
  );
  const broken = Map.groupBy(violations, ({ promise }) => promise);
  for (const [promise, sentence] of Object.entries(PROMISES)) {
    const these = broken.get(promise as Violation['promise']) ?? [];
    console.log(`${these.length === 0 ? 'kept  ' : 'BROKEN'}  ${promise.padEnd(8)}  ${sentence}`);
    for (const { words, offsets } of these.slice(0, MOST_PRINTED))
      console.log(`          ${words}${offsets.length > 0 ? ` (${offsets.join(', ')})` : ''}`);
    if (these.length > MOST_PRINTED) console.log(`          and ${these.length - MOST_PRINTED} more`);
  }
}
