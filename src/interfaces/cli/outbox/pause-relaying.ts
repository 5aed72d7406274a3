import type { RelayPause } from '#application/ports/operations/relay-pause';
import { readCommandLine } from './command-arguments.ts';
import type { OutboxCommand } from './outbox-command.ts';
import { paused } from './status.ts';

export const pause: OutboxCommand<RelayPause> = {
  usage: `
  pause [--reason T] [--json]
      Stops every relay from publishing until "resume". Events that are on their way are still published. If the outbox is
      paused already, that pause and its reason stay as they are.
`,
  read(args) {
    const line = readCommandLine(args, { reason: 'string' });
    const reason = line.text('reason') ?? null;
    return {
      ...line.finish(),
      perform: async (relays) => {
        const { pause: now, isNew } = await relays.pause(reason);
        const text = isNew
          ? 'paused: events wait until "outbox resume"\n'
          : `already paused, ${paused(now)}\nnothing has changed\n`;
        return { ok: true, text, json: { pause: now, isNew } };
      },
    };
  },
};

export const resume: OutboxCommand<RelayPause> = {
  usage: `
  resume [--json]
      Ends the pause.
`,
  read(args) {
    const line = readCommandLine(args);
    return {
      ...line.finish(),
      perform: async (relays) => {
        const was = await relays.resume();
        const text = was
          ? `resumed; the outbox was paused ${paused(was)}\n`
          : 'the outbox was not paused: nothing has changed\n';
        return { ok: true, text, json: { was: was ?? null } };
      },
    };
  },
};
