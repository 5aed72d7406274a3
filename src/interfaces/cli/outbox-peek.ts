import type { OutboxAdministration } from '#application/ports/outbox-administration';
import { readCommandLine } from './outbox-arguments.ts';
import type { OutboxCommand } from './outbox-command.ts';
import { EVENT_HEADINGS, eventCells, table } from './outbox-words.ts';

const USUAL = 20;
const MOST = 1000;

export const peek: OutboxCommand<OutboxAdministration> = {
  usage: `
  peek [--key K] [--limit N] [--json]
      The oldest events that wait, without their payloads; ${USUAL} of them, or N, at most ${MOST}.
`,
  read(args) {
    const line = readCommandLine(args, { key: 'string', limit: 'string' });
    const key = line.text('key');
    const limit = line.count('limit', USUAL, MOST);
    return {
      ...line.finish(),
      perform: async (outbox) => {
        const events = await outbox.waiting({ key, limit });
        const text = events.length === 0 ? 'nothing waits\n' : table(EVENT_HEADINGS, events.map(eventCells));
        return { ok: true, text, json: { events } };
      },
    };
  },
};
