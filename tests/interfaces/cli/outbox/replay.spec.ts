import { mock } from 'node:test';
import { expect } from 'chai';
import type { EventReplay } from '#application/ports/outbox/event-replay';
import { SystemTimer } from '#infrastructure/system/system-timer';
import type { RetainedEvents } from '#application/ports/outbox/retained-events';
import { StorageUnavailable } from '#application/ports/application-error';
import { BadUsage } from '#interfaces/cli/outbox/command-arguments';
import { CannotBeDone, type CommandResult } from '#interfaces/cli/outbox/outbox-command';
import { ReplayEvents } from '#application/outbox/replay-events';
import { type Replay, replay } from '#interfaces/cli/outbox/replay';
import { RecordingRetainedEvents } from '../../../support/outbox/recording-retained-events.ts';
import { rejection } from '../../../support/system/rejection.ts';
import { thrownBy } from '../../../support/system/thrown-by.ts';

const NOW = Date.parse('2026-11-26T12:00:00.000Z');
const EXTENT = { from: new Date(NOW - 3_600_000), to: new Date(NOW) };
const retainedEvents = (events: number) => new RecordingRetainedEvents(events, EXTENT);

describe('outbox replay', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['Date'], now: NOW });
  });

  afterEach(() => {
    mock.timers.reset();
  });

  const perform = (
    retained: RetainedEvents & EventReplay,
    args: string[],
    { hours = 24, ...more }: Partial<Replay> & { hours?: number } = {},
  ): Promise<CommandResult> => {
    const events = new ReplayEvents(retained, retained, { now: () => new Date() }, new SystemTimer(), hours);
    return replay.read(args).perform({ events, stop: new AbortController().signal, tell: () => undefined, ...more });
  };
  const problemsOf = (...args: string[]): readonly string[] => {
    const error = thrownBy(() => replay.read(args));
    expect(error).to.be.instanceOf(BadUsage);
    return (error as BadUsage).problems;
  };
  async function spanOf(...args: string[]) {
    const retained = retainedEvents(1);
    retained.extentOf = { from: new Date(0), to: new Date(NOW) };
    await perform(retained, [...args, '--dry-run']);
    return [retained.selections[0]?.from, retained.selections[0]?.to];
  }

  describe('the time span', () => {
    for (const [ago, instant] of [
      ['90s', '2026-11-26T11:58:30.000Z'],
      ['30m', '2026-11-26T11:30:00.000Z'],
      ['2h', '2026-11-26T10:00:00.000Z'],
      ['1d', '2026-11-25T12:00:00.000Z'],
    ] as const)
      it(`takes ${ago} as an age`, async () => {
        expect(await spanOf('--from', ago)).to.deep.equal([instant, undefined]);
      });

    for (const instant of ['2026-11-26T10:00:00Z', '2026-11-26T10:00:00.123456+05:30', '2024-02-29T00:00:00Z'])
      it(`takes ${instant} as an instant`, async () => {
        expect(await spanOf('--from', instant)).to.deep.equal([instant, undefined]);
      });

    it('may be shorter than a millisecond', async () => {
      const [from, to] = ['2026-11-26T10:00:00.000001Z', '2026-11-26T11:00:00.000002+01:00'];
      expect(await spanOf('--from', from, '--to', to)).to.deep.equal([from, to]);
      expect(problemsOf('--from', to, '--to', from)).to.deep.equal([`--from ${to}: must be before --to ${from}.`]);
    });

    for (const text of [
      'yesterday',
      '2h30m',
      '-2h',
      '2',
      '1.5h',
      '2026-11-26',
      '2026-11-26T10:00:00',
      '2026-11-26T25:00:00Z',
      '2026-02-30T10:00:00Z',
      '2026-11-26 10:00:00Z',
      '9999999d',
    ])
      it(`refuses ${text}`, () => {
        expect(problemsOf(`--from=${text}`)).to.deep.equal([
          `--from ${text}: must be an instant such as 2026-11-26T10:00:00Z, or an age such as 90s, 30m, 2h or 1d.`,
        ]);
      });
  });

  it('reports all problems of its command line', () => {
    expect(problemsOf('--to=soon', '--rate=0', '--key', '--speed', 'all')).to.deep.equal([
      '--key: the value is missing. Write a value that begins with a dash as --key=-…',
      '--speed: this option does not exist.',
      'all: is one argument too many.',
      '--from is missing: give an instant such as 2026-11-26T10:00:00Z, or an age such as 2h.',
      '--to soon: must be an instant such as 2026-11-26T10:00:00Z, or an age such as 90s, 30m, 2h or 1d.',
      '--rate 0: must be a whole number from 1 to 100000.',
    ]);
    expect(problemsOf('--from', '1h', '--to', '2h')).to.deep.equal(['--from 1h: must be before --to 2h.']);
    expect(problemsOf('--from', '1h', '--to', '1h')).to.deep.equal(['--from 1h: must be before --to 1h.']);
    expect(replay.read(['--help'])).to.include({ help: true });
  });

  it('replays all events in slices with one mark, and prints their number', async () => {
    const retained = retainedEvents(1200);
    const { ok, text, json } = await perform(retained, [
      '--from',
      '1h',
      '--key',
      'k',
      '--type',
      'a.v1',
      '--rate',
      '100000',
    ]);
    expect(ok).to.equal(true);
    expect(text).to.equal('1,200 events replayed, marked with ce_replayedat 2026-11-26T12:00:00.000Z\n');
    expect(json).to.deep.equal({
      events: 1200,
      keys: 3,
      isDryRun: false,
      replayed: 1200,
      replayedAt: '2026-11-26T12:00:00.000Z',
      removed: 0,
      restFrom: null,
      note: null,
    });
    expect(retained.slices).to.deep.equal([500, 500, 200, 0]);
    expect([...retained.marks]).to.deep.equal(['2026-11-26T12:00:00.000Z']);
    const selection = { from: '2026-11-26T11:00:00.000Z', to: undefined, key: 'k', type: 'a.v1' };
    expect(retained.selections).to.deep.equal([selection, selection]);
  });

  it('only counts with --dry-run', async () => {
    const retained = retainedEvents(1200);
    const { ok, text, json } = await perform(retained, ['--from', '1h', '--dry-run']);
    expect([ok, text]).to.deep.equal([true, '1,200 events of 3 keys would be replayed\n']);
    expect(json).to.deep.equal({ events: 1200, keys: 3, isDryRun: true, note: null });
    expect(retained.slices).to.deep.equal([]);
  });

  it('stops between two slices, and prints how to continue', async () => {
    const retained = retainedEvents(2000);
    const stop = new AbortController();
    retained.beforeSlice = () => {
      if (retained.slices.length === 1) stop.abort();
    };
    const { ok, text, json } = await perform(retained, ['--from', '1h', '--rate', '100000'], { stop: stop.signal });
    expect(ok).to.equal(false);
    expect(text).to.equal(
      'stopped: 1,000 of 2,000 events replayed, marked with ce_replayedat 2026-11-26T12:00:00.000Z\n' +
        'To continue, replay again with --from 2026-11-26T11:30:00.000001Z: nothing is left out, and some events may be replayed twice.\n',
    );
    expect(json).to.include({ replayed: 1000, restFrom: '2026-11-26T11:30:00.000001Z' });
    expect(retained.left).to.equal(1000);
  });

  it('says how many events retention removed before their turn', async () => {
    const retained = retainedEvents(10);
    retained.removed = 4;
    const { ok, text, json } = await perform(retained, ['--from', '1h', '--rate', '1000']);
    expect(ok).to.equal(false);
    expect(text).to.match(
      /^6 events replayed, .*\n4 events could not be replayed: retention removed them before their turn\n$/,
    );
    expect(json).to.include({ replayed: 6, removed: 4 });
  });

  it('says how many events were replayed when the database goes away', async () => {
    const retained = retainedEvents(2000);
    retained.beforeSlice = () => {
      if (retained.slices.length === 2) throw new StorageUnavailable('gone');
    };
    const error = await rejection(perform(retained, ['--from', '1h', '--rate', '100000']));
    expect(error).to.be.instanceOf(CannotBeDone);
    expect(String(error)).to.contain('1,000 of 2,000 events were replayed, and up to 500 more may have been');
  });

  const refusal = async (retained: RecordingRetainedEvents, args: string[], hours = 24) => {
    const error = await rejection(perform(retained, args, { hours }));
    expect(error).to.be.instanceOf(CannotBeDone);
    expect(retained.slices).to.deep.equal([]);
    return (error as Error).message;
  };

  it('says why there is nothing to replay', async () => {
    const nothing = retainedEvents(0);
    expect(await refusal(nothing, ['--from', '1h'])).to.equal('No retained event of that time matches the selection.');
    expect(await refusal(nothing, ['--from', '4h', '--to', '2h'])).to.equal(
      'No event of that time is retained: the oldest retained event was published at 2026-11-26T11:00:00Z.',
    );
    nothing.extentOf = undefined;
    expect(await refusal(nothing, ['--from', '1h'])).to.equal(
      'No event is retained: no event was published within OUTBOX_RETENTION_HOURS.',
    );
    expect(await refusal(nothing, ['--from', '1h'], 0)).to.equal(
      'No event is retained: OUTBOX_RETENTION_HOURS is 0. With a higher value, events that are published from then on are retained.',
    );
  });

  it('says when retention has removed the beginning of the time span', async () => {
    const note = 'Events that were published before 2026-11-26T11:00:00Z are no longer retained.';
    for (const dry of [[], ['--dry-run']]) {
      const result = await perform(retainedEvents(1), ['--from', '3h', ...dry], { hours: 2 });
      expect(result.text).to.match(new RegExp(`\n${note}\n$`));
      expect(result.json).to.include({ note });
    }
    const young = await perform(retainedEvents(1), ['--from', '3h'], { hours: 4 });
    expect(young.json).to.include({ note: null });
  });
});
