import type { FreedKey, ParkedEvent, ParkedMessages, Whereabouts } from '#application/ports/operations/parked-messages';
import { checkEventId, type CommandLine, readCommandLine } from './command-arguments.ts';
import { CannotBeDone, type CommandResult, type OutboxCommand } from './outbox-command.ts';
import { amount, counted, duration, EVENT_HEADINGS, eventCells, instant, printable, table } from './text-formats.ts';

export const parkedList: OutboxCommand<ParkedMessages> = {
  usage: `
  parked list [--json]
      Lists the events that Kafka refused, without their payloads. Each parks its key: later events of the key wait behind it.
`,
  read(args) {
    const line = readCommandLine(args);
    return {
      ...line.finish(),
      perform: async (messages) => {
        const parked = await messages.keys();
        const rows = parked.map(({ event, behind, refusal }) => [
          ...eventCells(event),
          amount(behind),
          printable(refusal),
        ]);
        const text = rows.length === 0 ? 'no key is parked\n' : table([...EVENT_HEADINGS, 'BEHIND', 'REFUSAL'], rows);
        return { ok: true, text, json: { parked } };
      },
    };
  },
};

export const parkedShow: OutboxCommand<ParkedMessages> = {
  usage: `
  parked show EVENT [--json]
      Shows one parked event in full, with its headers and its payload.
`,
  read(args) {
    const line = readCommandLine(args, {}, 1);
    const [id = ''] = line.positionals;
    if (id === '') line.wrong('The id of the event is missing.');
    else checkEventId(line, id);
    return {
      ...line.finish(),
      perform: async (messages) => {
        const event = await messages.find(id);
        if (!event) throw new CannotBeDone(notParked(id));
        return { ok: true, text: eventText(event), json: { event } };
      },
    };
  },
};

export function notParked(id: string): string {
  return `No parked event has the id ${id}.`;
}

function eventText(event: ParkedEvent): string {
  const { id, type, key, payloadBytes, createdAt, ageSeconds, headers, payload } = event;
  return [
    `event    ${id}`,
    `type     ${printable(type ?? '?')}`,
    `key      ${printable(key)}`,
    `written  ${instant(createdAt)}, ${duration(ageSeconds)} ago`,
    `parked   ${instant(event.parkedAt)}`,
    `refusal  ${refusal(event)}`,
    ...Object.entries(headers).map(([name, value]) => `header   ${printable(name)}: ${printable(value)}`),
    `payload  ${amount(payloadBytes)} bytes:`,
    printable(payload),
    '',
  ].join('\n');
}

function refusal({ id, refusal: own, head }: ParkedEvent): string {
  if (own !== null) return printable(own);
  if (head.id === id) return 'none: the event was retried and waits for a relay';
  return head.refusal === null ? 'none: the event waits for a relay' : `none: the event waits behind ${head.id}`;
}

/** A command watches for this long whether the relay publishes the events. */
const WATCH_SECONDS = 5;
const LOOK_EVERY_MS = 100;
const LOOKS = (WATCH_SECONDS * 1000) / LOOK_EVERY_MS;

type Head = { readonly id: string; readonly key: string };
type Chosen = { readonly id: string } | { readonly key: string } | 'all';

export const parkedRetry: OutboxCommand<ParkedMessages> = {
  usage: `
  parked retry EVENT | --key K | --all [--json]
      Publishes a refused event again, and then the events that wait behind it. Takes one event, the event of a key, or all.
      Watches the result for ${WATCH_SECONDS} seconds.
`,
  read(args) {
    const line = readCommandLine(args, { key: 'string', all: 'boolean' }, 1);
    const chosen = choice(line);
    return {
      ...line.finish(),
      perform: async (messages) => {
        const freed = await messages.retry(await headsOf(messages, chosen));
        if (freed.length === 0 && chosen !== 'all')
          throw new CannotBeDone('The event is no longer refused: see "parked list".');
        const seen = await follow(messages, freed);
        const first = freed.length === 0 ? 'no key is parked\n' : '';
        return resultOf(first, { retried: freed.length }, freed, seen);
      },
    };
  },
};

export const parkedDiscard: OutboxCommand<ParkedMessages> = {
  usage: `
  parked discard EVENT --reason T [--all-of-key] [--json]
      Gives up a refused event for good: consumers never get it. The event is stored with the reason in the table
      outbox_discarded, and the events behind it are published. With --all-of-key, they are given up as well.
`,
  read(args) {
    const line = readCommandLine(args, { reason: 'string', 'all-of-key': 'boolean' }, 1);
    const [id = ''] = line.positionals;
    if (id === '') line.wrong('The id of the event is missing.');
    else checkEventId(line, id);
    const reason = line.text('reason')?.trim() ?? '';
    if (!line.has('reason')) line.wrong('--reason is missing: state why the event may be given up.');
    else if (line.text('reason') !== undefined && reason === '') line.wrong('--reason: must not be empty');
    return {
      ...line.finish(),
      perform: async (messages) => {
        const head = await headWithId(messages, id);
        const { discarded, freed } = await messages.discard(head, reason, line.has('all-of-key'));
        if (discarded === 0) throw new CannotBeDone('The event is no longer refused: see "parked list".');
        const going = freed ? [freed] : [];
        const first = `${counted(discarded, 'event')} discarded, key ${printable(head.key)}\n`;
        const nothing = freed ? '' : 'no events wait behind it\n';
        return resultOf(first + nothing, { discarded }, going, await follow(messages, going));
      },
    };
  },
};

function choice(line: CommandLine): Chosen {
  const [id] = line.positionals;
  const key = line.text('key');
  const given = [id !== undefined, line.has('key'), line.has('all')].filter(Boolean).length;
  if (given !== 1)
    line.wrong(`${given === 0 ? 'Say what to retry' : 'Say only once what to retry'}: EVENT, --key K or --all.`);
  if (id !== undefined) {
    checkEventId(line, id);
    return { id };
  }
  return key === undefined ? 'all' : { key };
}

async function headsOf(messages: ParkedMessages, chosen: Chosen): Promise<Head[]> {
  if (chosen !== 'all' && 'id' in chosen) return [await headWithId(messages, chosen.id)];
  const parked = await messages.keys(chosen === 'all' ? undefined : chosen.key);
  if (chosen !== 'all' && parked.length === 0)
    throw new CannotBeDone(`The key ${printable(chosen.key)} is not parked.`);
  return parked.map(({ event }) => event);
}

async function headWithId(messages: ParkedMessages, id: string): Promise<Head> {
  const event = await messages.find(id);
  if (!event) throw new CannotBeDone(notParked(id));
  if (event.head.id === event.id) return event;
  throw new CannotBeDone(
    `The event ${id} was not refused: it waits behind ${event.head.id}, the refused event of its key.`,
  );
}

/** Watches the freed keys until no event of these keys waits, or until the time is over. */
async function follow(messages: ParkedMessages, freed: readonly FreedKey[]): Promise<Whereabouts[]> {
  if (freed.length === 0) return [];
  for (let looks = 1; ; looks += 1) {
    const seen = await messages.whereabouts(freed);
    if (seen.every(({ state }) => state !== 'waiting') || looks >= LOOKS) return seen;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function resultOf(
  first: string,
  done: Readonly<Record<string, number>>,
  freed: readonly FreedKey[],
  seen: readonly Whereabouts[],
): CommandResult {
  const keys = freed.flatMap(({ key, events }) => {
    const where = seen.find((each) => each.key === key);
    return where ? [{ ...where, events }] : [];
  });
  return {
    // Events that cannot be published now, without a relay or during a pause, are in order: the command has done its part.
    ok: keys.every(
      ({ state, isOwned, isPaused }) => state === 'published' || (state === 'waiting' && (isPaused || !isOwned)),
    ),
    text: first + keys.map((each) => `key ${printable(each.key)}: ${fateOf(each)}\n`).join(''),
    json: { ...done, keys },
  };
}

function fateOf({ state, refused, isOwned, isPaused, events }: Whereabouts & { events: number }): string {
  if (refused) return `refused again: ${refused.id}: ${printable(refused.refusal)}`;
  if (state === 'published') return `${counted(events, 'event')} published`;
  const waiting = counted(events, 'event');
  if (!isOwned)
    return `no relay publishes: none runs, or none reaches the broker; ${waiting} will be published when one does`;
  if (isPaused) return `the outbox is paused: ${waiting} will be published when it is resumed`;
  return `not all of ${waiting} were published within ${WATCH_SECONDS} seconds; the relay goes on`;
}
