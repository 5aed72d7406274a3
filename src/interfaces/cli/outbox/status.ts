import type { OutboxOverview, OutboxStatus, RelaySeen, Retained } from '#application/ports/operations/outbox-overview';
import type { ParkedKey } from '#application/ports/operations/parked-messages';
import type { Pause } from '#application/ports/operations/relay-pause';
import { readCommandLine } from './command-arguments.ts';
import type { OutboxCommand } from './outbox-command.ts';
import { amount, counted, duration, EVENT_HEADINGS, eventCells, instant, printable, table } from './text-formats.ts';

/** Parked keys that are shown; `parked list` shows all. */
const PARKED_SHOWN = 10;

export const status: OutboxCommand<OutboxOverview> = {
  usage: `
  status [--json]
      Shows whether events flow: waiting events, relays, parked keys, a pause, and retained events.
      The exit code is 0 when the first line is "fine", and 1 otherwise.
`,
  read(args) {
    const line = readCommandLine(args);
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const seen = await outbox.status(PARKED_SHOWN);
        const states = statesOf(seen);
        return {
          ok: states.length === 0,
          text: statusText(seen),
          json: { state: states[0] ?? 'fine', states, ...statusJson(seen) },
        };
      },
    };
  },
};

type State = 'nobody_relays' | 'paused' | 'parked';

/** @returns the states that keep events from flowing, the worst one first. */
function statesOf({ relays, pause, parkedKeys }: OutboxStatus): State[] {
  const states: State[] = [];
  if (relays.length === 0) states.push('nobody_relays');
  if (pause) states.push('paused');
  if (parkedKeys > 0) states.push('parked');
  return states;
}

/** Formats the state of the outbox for people. The first line is a summary. */
export function statusText(seen: OutboxStatus): string {
  const { parkedKeys, parked, relays, retained } = seen;
  const words: Readonly<Record<State, string>> = {
    nobody_relays: 'no relay publishes: none runs, or none reaches the broker',
    paused: 'paused',
    parked: `${counted(parkedKeys, 'key')} parked`,
  };
  const states = statesOf(seen).map((state) => words[state]);
  return [
    states.length === 0 ? 'fine' : states.join('; '),
    '',
    `waiting    ${counted(seen.waiting, 'event')}${oldest(seen)}`,
    `published  ${published(seen)}`,
    `relays     ${amount(relays.length)}${withoutOwner(seen)}`,
    ...relays.map(relayLine),
    `parked     ${counted(parkedKeys, 'key')}`,
    ...parked.map(parkedLine),
    ...(parkedKeys > parked.length ? [`           … ${amount(parkedKeys - parked.length)} more: parked list`] : []),
    `paused     ${seen.pause ? paused(seen.pause) : 'no'}`,
    `retained   ${retained ? retainedText(retained) : 'no events'}`,
    '',
  ].join('\n');
}

/** Gives the fields of the JSON output, in which operators call a share of the keys a bucket. */
function statusJson({ waiting, oldestSeconds, publishedLastMinute, relays, unownedShares, ...others }: OutboxStatus) {
  return {
    waiting,
    oldestSeconds,
    publishedLastMinute,
    relays: relays.map(({ shares, ...relay }) => ({ ...relay, buckets: shares })),
    bucketsWithoutOwner: unownedShares,
    ...others,
  };
}

export function paused({ since, reason }: Pause): string {
  return `since ${instant(since)}${reason === null ? '' : `: ${printable(reason)}`}`;
}

function oldest({ oldestSeconds }: OutboxStatus): string {
  return oldestSeconds === null ? '' : `, the oldest for ${duration(oldestSeconds)}`;
}

function published({ publishedLastMinute: count }: OutboxStatus): string {
  return count === null
    ? 'unknown: OUTBOX_RETENTION_HOURS is 0, so no event is retained'
    : `${counted(count, 'event')} in the last minute`;
}

function withoutOwner({ unownedShares: { length } }: OutboxStatus): string {
  return length === 0 ? '' : `; ${counted(length, 'bucket')} without an owner`;
}

function relayLine({ owner, address, connectedAt, shares }: RelaySeen): string {
  // The last part of the name is the time of the start, which only tells processes with the same id apart.
  const who = owner === null ? 'unnamed' : owner.split(':').slice(0, -1).join(':');
  const from = address === null ? '' : ` from ${address}`;
  const since = connectedAt === null ? '' : ` since ${instant(connectedAt)}`;
  return `           ${printable(who)}: ${counted(shares, 'bucket')}, connected${from}${since}`;
}

function parkedLine({ event, refusal, behind }: ParkedKey): string {
  return `           ${printable(event.key)}: ${event.id}, ${amount(behind)} behind it: ${printable(refusal)}`;
}

function retainedText({ count, isEstimate, from, to }: Retained): string {
  return `${isEstimate ? 'about ' : ''}${counted(count, 'event')}, published from ${instant(from)} to ${instant(to)}`;
}

const DEFAULT_LIMIT = 20;
const HIGHEST_LIMIT = 1000;

export const peek: OutboxCommand<OutboxOverview> = {
  usage: `
  peek [--key K] [--limit N] [--json]
      Lists the oldest events that wait, without their payloads: ${DEFAULT_LIMIT} events, or N, at most ${HIGHEST_LIMIT}.
`,
  read(args) {
    const line = readCommandLine(args, { key: 'string', limit: 'string' });
    const key = line.text('key');
    const limit = line.count('limit', DEFAULT_LIMIT, HIGHEST_LIMIT);
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const events = await outbox.waiting({ key, limit });
        const text = events.length === 0 ? 'no events wait\n' : table(EVENT_HEADINGS, events.map(eventCells));
        return { ok: true, text, json: { events } };
      },
    };
  },
};
