import type { RetainedEvents, Selection, TimeSpan } from '#application/ports/outbox/retained-events';
import { StorageUnavailable } from '#application/ports/opportunities/unit-of-work';
import { readCommandLine, readSpan, SPAN } from './command-arguments.ts';
import { type Answer, CannotBeDone, type OutboxCommand } from './outbox-command.ts';
import { amount, counted, instant } from './text-tables.ts';

/** What a command about retained events needs to know besides. */
export type Retention = { readonly retained: RetainedEvents; readonly hours: number };

/**
 * @returns what to say when the beginning of the time span is not there any more.
 * @throws CannotBeDone when nothing of it can be there.
 */
export async function lookForRetained({ retained, hours }: Retention, span: TimeSpan): Promise<string | undefined> {
  const extent = await retained.extent();
  if (!extent)
    throw new CannotBeDone(
      hours === 0
        ? 'nothing is retained: OUTBOX_RETENTION_HOURS is 0. With more, what is published from then on is kept'
        : 'nothing is retained: nothing was published yet, or not for a long time',
    );
  if (span.to !== undefined && Date.parse(span.to) <= extent.from.getTime())
    throw new CannotBeDone(
      `nothing of that time is retained: the oldest event was published at ${instant(extent.from)}`,
    );
  const from = Date.parse(span.from);
  const removed = from < extent.from.getTime() && from < Date.now() - hours * 3_600_000;
  return removed ? `what was published before ${instant(extent.from)} is not retained any more` : undefined;
}

const USUAL_RATE = 500;
const HIGHEST_RATE = 100_000;
/** Most events of one statement. Fewer when the rate is low, so that they go evenly. */
const SLICE = 500;
const SLICES_PER_SECOND = 4;

/** It waits while more than so many events wait in the outbox: new ones go behind what is replayed. */
export const MOST_WAITING = 5000;
/** After so many events it looks how many wait. */
const LOOK_AFTER = 1000;
const LOOK_AGAIN_MS = 250;
/** Milliseconds of waiting after which it says so. */
const SILENT_MS = 5000;

export type Replaying = Retention & {
  /** When somebody wants it to end. */
  readonly stop: AbortSignal;
  /** Says something to whoever waits for the answer. */
  readonly tell: (line: string) => void;
};

export const replay: OutboxCommand<Replaying> = {
  usage: `
  replay --from T [--to T] [--key K] [--type T] [--rate N] [--dry-run] [--json]
      Publishes retained events again, marked with the header ce_replayedat: those that were published at --from or
      later, and before --to, or until now. T is an instant (2026-11-26T10:00:00Z), or how long ago (90s, 30m, 2h, 1d).
      --type takes a ce_type. Goes through the relays, in order, with ${USUAL_RATE} events a second, or N; waits while
      more than ${amount(MOST_WAITING)} wait. --dry-run counts alone. Ctrl-C stops it, and it says how to go on.
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
    const rate = line.count('rate', USUAL_RATE, HIGHEST_RATE);
    const isDry = line.has('dry-run');
    return {
      ...line.finish(),
      perform: async (replaying) => {
        const note = await lookForRetained(replaying, span);
        const { events, keys } = await replaying.retained.count(selection);
        if (events === 0) throw new CannotBeDone('no such event of that time is retained');
        const found = { events, keys };
        const ofKeys = `${counted(events, 'event')} of ${counted(keys, 'key')}`;
        const last = note === undefined ? '' : `${note}\n`;
        if (isDry)
          return {
            ok: true,
            text: `${ofKeys} would be replayed\n${last}`,
            json: { ...found, isDryRun: true, note: note ?? null },
          };
        const answer = await replayAll(replaying, selection, rate, events);
        return {
          ...answer,
          text: answer.text + last,
          json: { ...found, ...answer.json, isDryRun: false, note: note ?? null },
        };
      },
    };
  },
};

async function replayAll(replaying: Replaying, selection: Selection, rate: number, events: number): Promise<Answer> {
  const { retained, stop } = replaying;
  const replayedAt = new Date().toISOString();
  const slice = Math.min(SLICE, Math.ceil(rate / SLICES_PER_SECOND));
  let [next, replayed, looked] = [0, 0, -Infinity];
  try {
    await retained.choose(selection);
    const began = performance.now();
    for (;;) {
      if (next - looked >= LOOK_AFTER) {
        await untilFewWait(replaying);
        looked = next;
      }
      await pause(began + (next / rate) * 1000 - performance.now(), stop);
      if (stop.aborted) break;
      const step = await retained.replayNext(slice, replayedAt);
      next += step.next;
      replayed += step.replayed;
      if (step.next === 0) return answer({ replayed, replayedAt, removed: next - replayed, restFrom: undefined });
    }
    return answer({ replayed, replayedAt, removed: next - replayed, restFrom: await retained.restFrom() }, events);
  } catch (error) {
    if (!(error instanceof StorageUnavailable) || next === 0) throw error;
    throw new CannotBeDone(
      `the database does not answer any more: ${amount(replayed)} of ${amount(events)} events are replayed, perhaps ` +
        `${amount(slice)} more. The same command begins anew`,
    );
  }
}

type Done = {
  readonly replayed: number;
  readonly replayedAt: string;
  /** Retention took them before they came to their turn. */
  readonly removed: number;
  /** undefined: it has come to the end. */
  readonly restFrom: string | undefined;
};

/** @param events how many there were, when it was stopped. */
function answer({ replayed, replayedAt, removed, restFrom }: Done, events?: number): Answer {
  const gone = removed === 0 ? '' : `${counted(removed, 'event')} had been removed meanwhile: too old\n`;
  const json = { replayed, replayedAt, removed, restFrom: restFrom ?? null };
  if (restFrom === undefined) {
    const text = `${counted(replayed, 'event')} replayed, marked ce_replayedat ${replayedAt}\n${gone}`;
    return { ok: removed === 0, text, json };
  }
  const text =
    `stopped: ${amount(replayed)} of ${counted(events ?? 0, 'event')} replayed, marked ce_replayedat ${replayedAt}\n${gone}` +
    `the rest was published from ${restFrom} on: with this as --from, nothing is left out, and some may be replayed twice\n`;
  return { ok: false, text, json };
}

/** What is replayed waits in the outbox, and everything new behind it. */
async function untilFewWait({ retained, stop, tell }: Replaying): Promise<void> {
  const since = performance.now();
  let told = false;
  while (!stop.aborted && (await retained.waiting(MOST_WAITING + 1)) > MOST_WAITING) {
    if (!told && performance.now() - since >= SILENT_MS) {
      told = true;
      tell(`waiting: more than ${amount(MOST_WAITING)} events are in the outbox; "outbox status" says who relays them`);
    }
    await pause(LOOK_AGAIN_MS, stop);
  }
}

async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || stop.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    stop.addEventListener('abort', finish);
  });
}
