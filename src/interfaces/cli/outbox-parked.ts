import type { OutboxAdministration, ParkedEvent } from '#application/ports/outbox-administration';
import { checkEventId, readCommandLine } from './outbox-arguments.ts';
import { CannotBeDone, type OutboxCommand } from './outbox-command.ts';
import { amount, duration, EVENT_HEADINGS, eventCells, instant, printable, table } from './outbox-words.ts';

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
