import type { TopicReader } from '#application/ports/outbox/topic-reader';
import { readCommandLine } from './command-arguments.ts';
import { CannotBeDone, type OutboxCommand } from './outbox-command.ts';
import { lookForRetained, type Retention } from './replay.ts';
import { readSpan, SPAN } from './command-arguments.ts';
import { amount, counted, instant, printable } from './text-tables.ts';
import { type Difference, type Misplaced, type Missing, TopicComparison } from './topic-comparison.ts';

/** So much earlier the reading of the topic begins: clocks differ, and an acknowledgement takes its time. */
const MARGIN_MS = 5 * 60_000;

/** About half a gigabyte of memory. */
const MOST_EVENTS = 2_000_000;

/** Of each kind of trouble; all of it is counted. */
const MOST_TOLD = 20;

export type Verifying = Retention & { readonly topic: TopicReader };

export const verify: OutboxCommand<Verifying> = {
  usage: `
  verify --from T [--to T] [--json]
      Reads the topic, and compares it with the retained events that were published at --from or later, and before
      --to, or until now; T as for replay. Tells what is missing, what differs, and what is out of order.
      Reads as the service's user, and leaves no group behind.
`,
  read(args) {
    const line = readCommandLine(args, SPAN);
    const span = readSpan(line, Date.now());
    return {
      ...line.finish(),
      perform: async (verifying) => {
        const { retained, topic } = verifying;
        const note = await lookForRetained(verifying, span);
        const comparison = new TopicComparison();
        for await (const events of retained.read(span)) {
          for (const event of events) comparison.expect(event);
          if (comparison.size > MOST_EVENTS)
            throw new CannotBeDone(`more than ${amount(MOST_EVENTS)} events are of that time: choose a shorter one`);
        }
        const isEmpty = comparison.size === 0;
        if (!isEmpty)
          for await (const records of topic.read(new Date(Date.parse(span.from) - MARGIN_MS)))
            for (const record of records) comparison.see(record);
        const { missing, deleted } = await sorted(comparison.missing(), topic);
        const seen = { compared: comparison.size - deleted.length, missing, deleted, comparison, note };
        return { ok: isFine(seen), text: textOf(seen), json: jsonOf(seen) };
      },
    };
  },
};

type Seen = {
  readonly compared: number;
  readonly missing: readonly Missing[];
  /** What the topic's own retention may have deleted. */
  readonly deleted: readonly Missing[];
  readonly comparison: TopicComparison;
  readonly note: string | undefined;
};

/** What is not there, and what need not be there any more. */
async function sorted(absent: readonly Missing[], topic: TopicReader) {
  if (absent.length === 0) return { missing: [], deleted: [] };
  const since = await topic.completeSince();
  const isDeleted = ({ key, publishedAt }: Missing) => publishedAt.getTime() - MARGIN_MS < since(key);
  return { missing: absent.filter((each) => !isDeleted(each)), deleted: absent.filter(isDeleted) };
}

function isFine({ missing, deleted, comparison: { differing, misplaced } }: Seen): boolean {
  return [missing, deleted, differing, misplaced].every(({ length }) => length === 0);
}

/** Its first line says what came of it. */
function textOf(seen: Seen): string {
  const { compared, missing, deleted, note, comparison } = seen;
  const { differing, misplaced, repeats, replays } = comparison;
  const trouble = [
    missing.length > 0 ? [`${amount(missing.length)} missing`] : [],
    differing.length > 0 ? [`${counted(differing.length, 'record')} differing`] : [],
    misplaced.length > 0 ? [`${amount(misplaced.length)} out of order`] : [],
    deleted.length > 0 ? [`${amount(deleted.length)} not to be compared`] : [],
  ].flat();
  return [
    trouble.length === 0 ? 'fine' : trouble.join('; '),
    '',
    `compared   ${counted(compared, 'event')} with the topic; ${counted(repeats, 'repeat')}, ${counted(replays, 'replay')}`,
    ...told('missing', missing, missingLine),
    ...told('differing', differing, differenceLine),
    ...told('disorder', misplaced, misplacedLine),
    ...(deleted.length === 0 ? [] : [`deleted    ${deletedWords(deleted.length)}`]),
    ...(note === undefined ? [] : [`note       ${note}`]),
    '',
  ].join('\n');
}

function jsonOf({ compared, missing, deleted, note, comparison }: Seen) {
  const { differing, misplaced, repeats, replays } = comparison;
  return {
    compared,
    repeats,
    replays,
    missing: missing.length,
    differing: differing.length,
    outOfOrder: misplaced.length,
    deleted: deleted.length,
    examples: {
      missing: missing.slice(0, MOST_TOLD),
      differing: differing.slice(0, MOST_TOLD),
      outOfOrder: misplaced.slice(0, MOST_TOLD),
    },
    note: note ?? null,
  };
}

function told<Trouble>(name: string, all: readonly Trouble[], line: (one: Trouble) => string): string[] {
  const more = all.length > MOST_TOLD ? [`           … ${amount(all.length - MOST_TOLD)} more`] : [];
  return [...all.slice(0, MOST_TOLD).map((one) => name.padEnd(11) + line(one)), ...more];
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

function deletedWords(count: number): string {
  return `${counted(count, 'event')}: the topic's own retention has deleted the beginning of their partitions`;
}
