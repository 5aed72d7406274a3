import {
  MOST_WAITING,
  type ReplayEvents,
  ReplayInterrupted,
  type ReplayOptions,
  type ReplayResult,
} from '#application/outbox/replay-events';
import { NothingRetained } from '#application/outbox/retained-span';
import type { Selection } from '#application/ports/outbox/event-replay';
import { readCommandLine, readSpan, SPAN } from './command-arguments.ts';
import { CannotBeDone, type CommandResult, type OutboxCommand } from './outbox-command.ts';
import { amount, counted, instant } from './text-formats.ts';

const DEFAULT_RATE = 500;
const HIGHEST_RATE = 100_000;

export type Replay = {
  readonly events: Pick<ReplayEvents, 'count' | 'execute'>;
  /** A signal that is aborted when the operator wants the replay to end. */
  readonly stop: AbortSignal;
  /** Prints a line while the command runs. */
  readonly tell: (line: string) => void;
};

export const replay: OutboxCommand<Replay> = {
  usage: `
  replay --from T [--to T] [--key K] [--type T] [--rate N] [--dry-run] [--json]
      Publishes retained events again, marked with the header ce_replayedat: events that were published at --from or
      later, and before --to, or until now. T is an instant (2026-11-26T10:00:00Z), or an age (90s, 30m, 2h, 1d).
      --type selects by ce_type. The relays publish ${DEFAULT_RATE} events a second, or N, in their old order. The replay pauses
      while more than ${amount(MOST_WAITING)} events wait in the outbox. --dry-run only counts. Ctrl-C stops the replay and prints how to continue.
`,
  read(args) {
    const line = readCommandLine(args, {
      ...SPAN,
      key: 'string',
      type: 'string',
      rate: 'string',
      'dry-run': 'boolean',
    });
    const span = readSpan(line, Date.now());
    const selection = { ...span, key: line.text('key'), type: line.text('type') };
    const eventsPerSecond = line.count('rate', DEFAULT_RATE, HIGHEST_RATE);
    const isDryRun = line.has('dry-run');
    return {
      ...line.finish(),
      perform: async ({ events: useCase, stop, tell }) => {
        const { events, keys, removedBefore } = await useCase.count(selection).catch((error: unknown) => {
          throw retentionError(error);
        });
        const note = removedBefore === undefined ? undefined : removedNote(removedBefore);
        const result = isDryRun
          ? dryResult(events, keys)
          : await replayed(useCase, selection, events, {
              eventsPerSecond,
              stop,
              onLongPause: () => {
                tell(
                  `The replay pauses: more than ${amount(MOST_WAITING)} events wait in the outbox. ` +
                    `"outbox status" shows the relays that publish them.`,
                );
              },
            });
        return {
          ok: result.ok,
          text: result.text + (note === undefined ? '' : `${note}\n`),
          json: { events, keys, ...result.json, isDryRun, note: note ?? null },
        };
      },
    };
  },
};

/** @returns the error to throw when a use case fails. It has a message for people if the time span holds no retained event. */
export function retentionError(error: unknown): unknown {
  return error instanceof NothingRetained ? new CannotBeDone(nothingRetained(error)) : error;
}

function nothingRetained({ why, oldest }: NothingRetained): string {
  switch (why) {
    case 'retention_is_off':
      return 'No event is retained: OUTBOX_RETENTION_HOURS is 0. With a higher value, events that are published from then on are retained.';
    case 'nothing_published':
      return 'No event is retained: no event was published within OUTBOX_RETENTION_HOURS.';
    case 'nothing_selected':
      return 'No retained event of that time matches the selection.';
    case 'too_long_ago':
      return `No event of that time is retained: the oldest retained event was published at ${oldest ? instant(oldest) : '?'}.`;
  }
}

export function removedNote(before: Date): string {
  return `Events that were published before ${instant(before)} are no longer retained.`;
}

function dryResult(events: number, keys: number): CommandResult {
  return { ok: true, text: `${counted(events, 'event')} of ${counted(keys, 'key')} would be replayed\n`, json: {} };
}

async function replayed(
  useCase: Replay['events'],
  selection: Selection,
  events: number,
  options: ReplayOptions,
): Promise<CommandResult> {
  try {
    return resultOf(await useCase.execute(selection, options), events);
  } catch (error) {
    if (!(error instanceof ReplayInterrupted)) throw error;
    throw new CannotBeDone(
      `The database stopped responding. ${amount(error.replayed)} of ${counted(events, 'event')} were replayed, and up to ` +
        `${amount(error.uncertain)} more may have been. The same command replays all of them again.`,
    );
  }
}

function resultOf({ replayed, replayedAt, removed, restFrom }: ReplayResult, events: number): CommandResult {
  const mark = `marked with ce_replayedat ${replayedAt}\n`;
  const gone =
    removed === 0
      ? ''
      : `${counted(removed, 'event')} could not be replayed: retention removed them before their turn\n`;
  return {
    ok: restFrom === undefined && removed === 0,
    text:
      restFrom === undefined
        ? `${counted(replayed, 'event')} replayed, ${mark}${gone}`
        : `stopped: ${amount(replayed)} of ${counted(events, 'event')} replayed, ${mark}${gone}` +
          `To continue, replay again with --from ${restFrom}: nothing is left out, and some events may be replayed twice.\n`,
    json: { replayed, replayedAt, removed, restFrom: restFrom ?? null },
  };
}
