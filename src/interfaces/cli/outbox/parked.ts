import type {
  FreedKey,
  OutboxAdministration,
  ParkedEvent,
  Whereabouts,
} from '#application/ports/outbox/outbox-administration';
import { checkEventId, type CommandLine, readCommandLine } from './command-arguments.ts';
import { CannotBeDone, type CommandResult, type OutboxCommand } from './outbox-command.ts';
import { amount, counted, duration, EVENT_HEADINGS, eventCells, instant, printable, table } from './text-formats.ts';

export const parkedList: OutboxCommand<OutboxAdministration> = {
  usage: `
  parked list [--json]
      The events that Kafka refused, one for each key that waits behind one, without their payloads.
`,
  read(args) {
    const line = readCommandLine(args);
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const parked = await outbox.parkedKeys();
        const rows = parked.map(({ event, behind, refusal }) => [
          ...eventCells(event),
          amount(behind),
          printable(refusal),
        ]);
        const text = rows.length === 0 ? 'nothing is parked\n' : table([...EVENT_HEADINGS, 'BEHIND', 'REFUSAL'], rows);
        return { ok: true, text, json: { parked } };
      },
    };
  },
};

export const parkedShow: OutboxCommand<OutboxAdministration> = {
  usage: `
  parked show EVENT [--json]
      One parked event with everything that is known of it, its payload included.
`,
  read(args) {
    const line = readCommandLine(args, {}, 1);
    const [id = ''] = line.positionals;
    if (id === '') line.wrong('the id of the event is missing');
    else checkEventId(line, id);
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const event = await outbox.parkedEvent(id);
        if (!event) throw new CannotBeDone(notParked(id));
        return { ok: true, text: eventText(event), json: { event } };
      },
    };
  },
};

export function notParked(id: string): string {
  return `no parked event has the id ${id}`;
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
  if (head.id === id) return 'none any more: it waits for a relay';
  return head.refusal === null ? 'none: it waits for a relay' : `none: it waits behind ${head.id}`;
}

/** For so long a command looks whether the relay does what it should. */
const SECONDS = 5;
const LOOK_EVERY_MS = 100;
const LOOKS = (SECONDS * 1000) / LOOK_EVERY_MS;

type Head = { readonly id: string; readonly key: string };
type Chosen = { readonly id: string } | { readonly key: string } | 'all';

export const parkedRetry: OutboxCommand<OutboxAdministration> = {
  usage: `
  parked retry EVENT | --key K | --all [--json]
      Has a refused event published again, and then what waits behind it: one event, that of a key, or all.
      Looks for ${SECONDS} seconds what becomes of it.
`,
  read(args) {
    const line = readCommandLine(args, { key: 'string', all: 'boolean' }, 1);
    const chosen = choice(line);
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const freed = await outbox.retry(await headsOf(outbox, chosen));
        if (freed.length === 0 && chosen !== 'all')
          throw new CannotBeDone('it is not refused any more: see "parked list"');
        const seen = await follow(outbox, freed);
        const first = freed.length === 0 ? 'nothing is parked\n' : '';
        return answer(first, { retried: freed.length }, freed, seen);
      },
    };
  },
};

export const parkedDiscard: OutboxCommand<OutboxAdministration> = {
  usage: `
  parked discard EVENT --reason T [--all-of-key] [--json]
      Gives up a refused event for good, and keeps it in the table outbox_discarded with the reason; what waits behind
      it goes on. With --all-of-key, gives that up as well. Consumers never see what was given up.
`,
  read(args) {
    const line = readCommandLine(args, { reason: 'string', 'all-of-key': 'boolean' }, 1);
    const [id = ''] = line.positionals;
    if (id === '') line.wrong('the id of the event is missing');
    else checkEventId(line, id);
    const reason = line.text('reason')?.trim() ?? '';
    if (!line.has('reason')) line.wrong('--reason is missing: say why the event may be given up');
    else if (line.text('reason') !== undefined && reason === '') line.wrong('--reason: must say something');
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const head = await headWithId(outbox, id);
        const { discarded, freed } = await outbox.discard(head, reason, line.has('all-of-key'));
        if (discarded === 0) throw new CannotBeDone('it is not refused any more: see "parked list"');
        const going = freed ? [freed] : [];
        const first = `${counted(discarded, 'event')} discarded, key ${printable(head.key)}\n`;
        const nothing = freed ? '' : 'nothing waits behind\n';
        return answer(first + nothing, { discarded }, going, await follow(outbox, going));
      },
    };
  },
};

function choice(line: CommandLine): Chosen {
  const [id] = line.positionals;
  const key = line.text('key');
  const given = [id !== undefined, line.has('key'), line.has('all')].filter(Boolean).length;
  if (given !== 1)
    line.wrong(
      `${given === 0 ? 'nothing says what to retry' : 'too much says what to retry'}: EVENT, --key K or --all`,
    );
  if (id !== undefined) {
    checkEventId(line, id);
    return { id };
  }
  return key === undefined ? 'all' : { key };
}

async function headsOf(outbox: OutboxAdministration, chosen: Chosen): Promise<Head[]> {
  if (chosen !== 'all' && 'id' in chosen) return [await headWithId(outbox, chosen.id)];
  const parked = await outbox.parkedKeys(chosen === 'all' ? undefined : chosen.key);
  if (chosen !== 'all' && parked.length === 0) throw new CannotBeDone(`the key ${printable(chosen.key)} is not parked`);
  return parked.map(({ event }) => event);
}

async function headWithId(outbox: OutboxAdministration, id: string): Promise<Head> {
  const event = await outbox.parkedEvent(id);
  if (!event) throw new CannotBeDone(notParked(id));
  if (event.head.id === event.id) return event;
  throw new CannotBeDone(`${id} is not refused: it waits behind ${event.head.id}, the first of its key`);
}

/** Looks at them until none waits any more, or patience is over. */
async function follow(outbox: OutboxAdministration, freed: readonly FreedKey[]): Promise<Whereabouts[]> {
  if (freed.length === 0) return [];
  for (let looks = 1; ; looks += 1) {
    const seen = await outbox.whereabouts(freed);
    if (seen.every(({ state }) => state !== 'waiting') || looks >= LOOKS) return seen;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function answer(
  first: string,
  done: Readonly<Record<string, number>>,
  freed: readonly FreedKey[],
  seen: readonly Whereabouts[],
): CommandResult {
  const keys = freed.flatMap(({ key, events }) => {
    const its = seen.find((each) => each.key === key);
    return its ? [{ ...its, events }] : [];
  });
  return {
    // Without a relay, or while it is paused, it is left for later, and done.
    ok: keys.every(
      ({ state, isOwned, isPaused }) => state === 'published' || (state === 'waiting' && (isPaused || !isOwned)),
    ),
    text: first + keys.map((each) => `key ${printable(each.key)}: ${outcome(each)}\n`).join(''),
    json: { ...done, keys },
  };
}

function outcome({ state, refused, isOwned, isPaused, events }: Whereabouts & { events: number }): string {
  if (refused) return `refused again: ${refused.id}: ${printable(refused.refusal)}`;
  if (state === 'published') return `${counted(events, 'event')} published`;
  const waiting = counted(events, 'event');
  if (!isOwned) return `no relay runs: ${waiting} will be published when one does`;
  if (isPaused) return `the outbox is paused: ${waiting} will be published when it is resumed`;
  return `${waiting} on the way; not all were published within ${SECONDS} seconds`;
}
