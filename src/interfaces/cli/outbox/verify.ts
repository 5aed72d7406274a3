import {
  type Difference,
  type Misplaced,
  type Missing,
  MOST_EVENTS,
  TooManyEvents,
  type Verification,
  type VerifyTopic,
} from '#application/outbox/verify-topic';
import type { TimeSpan } from '#application/ports/outbox/retained-events';
import { readCommandLine, readSpan, SPAN } from './command-arguments.ts';
import { CannotBeDone, type OutboxCommand } from './outbox-command.ts';
import { removedNote, retentionError } from './replay.ts';
import { amount, counted, instant, printable } from './text-formats.ts';

/** The largest number of examples to show for each kind of problem. All problems are counted. */
const MOST_SHOWN = 20;

export const verify: OutboxCommand<Pick<VerifyTopic, 'execute'>> = {
  usage: `
  verify --from T [--to T] [--json]
      Reads the topic and compares it with the retained events that were published at --from or later, and before
      --to, or until now. T is written as for replay. Reports events that are missing, differ, or are out of order.
      Reads with the Kafka user of the service, and joins no consumer group.
`,
  read(args) {
    const line = readCommandLine(args, SPAN);
    const span = readSpan(line, Date.now());
    return {
      ...line.finish(),
      perform: async (useCase) => {
        const found = await verified(useCase, span);
        return { ok: isFine(found), text: textOf(found), json: jsonOf(found) };
      },
    };
  },
};

async function verified(useCase: Pick<VerifyTopic, 'execute'>, span: TimeSpan): Promise<Verification> {
  try {
    return await useCase.execute(span);
  } catch (error) {
    if (!(error instanceof TooManyEvents)) throw retentionError(error);
    throw new CannotBeDone(`The time span has more than ${amount(MOST_EVENTS)} events: choose a shorter one.`);
  }
}

function isFine({ missing, deleted, differing, misplaced }: Verification): boolean {
  return [missing, deleted, differing, misplaced].every(({ length }) => length === 0);
}

/** Formats the result for people. The first line is the verdict. */
function textOf(found: Verification): string {
  const { compared, missing, deleted, differing, misplaced, repeats, replays, removedBefore } = found;
  const trouble = [
    missing.length > 0 ? [`${counted(missing.length, 'event')} missing`] : [],
    differing.length > 0 ? [`${counted(differing.length, 'record')} with a difference`] : [],
    misplaced.length > 0 ? [`${counted(misplaced.length, 'event')} out of order`] : [],
    deleted.length > 0 ? [`${counted(deleted.length, 'event')} not comparable`] : [],
  ].flat();
  return [
    trouble.length === 0 ? 'fine' : trouble.join('; '),
    '',
    `compared   ${counted(compared, 'event')} with the topic; ${counted(repeats, 'repeat')}, ${counted(replays, 'replay')}`,
    ...shown('missing', missing, missingLine),
    ...shown('differing', differing, differenceLine),
    ...shown('disorder', misplaced, misplacedLine),
    ...(deleted.length === 0 ? [] : [`deleted    ${deletedText(deleted.length)}`]),
    ...(removedBefore === undefined ? [] : [`note       ${removedNote(removedBefore)}`]),
    '',
  ].join('\n');
}

function jsonOf({ compared, missing, deleted, differing, misplaced, repeats, replays, removedBefore }: Verification) {
  return {
    compared,
    repeats,
    replays,
    missing: missing.length,
    differing: differing.length,
    outOfOrder: misplaced.length,
    deleted: deleted.length,
    examples: {
      missing: missing.slice(0, MOST_SHOWN),
      differing: differing.slice(0, MOST_SHOWN),
      outOfOrder: misplaced.slice(0, MOST_SHOWN),
    },
    note: removedBefore === undefined ? null : removedNote(removedBefore),
  };
}

function shown<Trouble>(name: string, all: readonly Trouble[], line: (one: Trouble) => string): string[] {
  const more = all.length > MOST_SHOWN ? [`           … ${amount(all.length - MOST_SHOWN)} more`] : [];
  return [...all.slice(0, MOST_SHOWN).map((one) => name.padEnd(11) + line(one)), ...more];
}

function missingLine({ id, key, publishedAt }: Missing): string {
  return `${id}, key ${printable(key)}, published at ${instant(publishedAt)}`;
}

function differenceLine({ id, key, place, differs }: Difference): string {
  return `${id}, key ${printable(key)}, at ${place}: ${differs.join(', ')}`;
}

function misplacedLine({ id, key, place, after }: Misplaced): string {
  return `${id}, key ${printable(key)}, first at ${place}, after ${after}`;
}

function deletedText(count: number): string {
  return `${counted(count, 'event')}: the topic's own retention has deleted the beginning of their partitions`;
}
