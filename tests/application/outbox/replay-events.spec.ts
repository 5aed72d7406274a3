import { expect } from 'chai';
import { MOST_WAITING, ReplayEvents, ReplayInterrupted, type ReplayOptions } from '#application/outbox/replay-events';
import { NothingRetained } from '#application/outbox/retained-span';
import { StorageUnavailable } from '#application/ports/application-error';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { RecordingRetainedEvents } from '../../support/outbox/recording-retained-events.ts';
import { rejection } from '../../support/system/rejection.ts';
import { VirtualTimer } from '../../support/system/virtual-timer.ts';

const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(SOME_DAY.getTime() - hours * HOUR_MS);
const EXTENT = { from: ago(2), to: SOME_DAY };
const since = (hours: number) => ({
  from: ago(hours).toISOString(),
  to: undefined as string | undefined,
  key: undefined,
  type: undefined,
});

describe('ReplayEvents', () => {
  let timer: VirtualTimer;

  beforeEach(() => {
    timer = new VirtualTimer();
  });

  const replayOf = (retained: RecordingRetainedEvents, retentionHours = 2) =>
    new ReplayEvents(retained, retained, new FixedClock(SOME_DAY), timer, retentionHours);
  const execute = (retained: RecordingRetainedEvents, options: Partial<ReplayOptions> = {}) =>
    replayOf(retained).execute(since(1), {
      eventsPerSecond: 100_000,
      stop: new AbortController().signal,
      onLongPause: () => undefined,
      ...options,
    });

  it('replays all selected events in slices with one mark', async () => {
    const retained = new RecordingRetainedEvents(1200, EXTENT);
    expect(await execute(retained)).to.deep.equal({
      replayed: 1200,
      replayedAt: SOME_DAY.toISOString(),
      removed: 0,
      restFrom: undefined,
    });
    expect(retained.selections, 'chosen once').to.deep.equal([since(1)]);
    expect(retained.slices).to.deep.equal([500, 500, 200, 0]);
    expect([...retained.marks]).to.deep.equal([SOME_DAY.toISOString()]);
  });

  it('uses small slices at a low rate, with pauses between them', async () => {
    const retained = new RecordingRetainedEvents(12, EXTENT);
    const times: number[] = [];
    retained.beforeSlice = () => times.push(timer.elapsedMs());
    await execute(retained, { eventsPerSecond: 20 });
    expect(retained.slices).to.deep.equal([5, 5, 2, 0]);
    expect(times).to.deep.equal([0, 250, 500, 600]);
  });

  it('pauses while too many events wait, and looks after each thousand', async () => {
    const retained = new RecordingRetainedEvents(2500, EXTENT);
    retained.waits.push(0, MOST_WAITING + 1, MOST_WAITING + 1, MOST_WAITING);
    const left: number[] = [];
    const waiting = retained.waiting.bind(retained);
    retained.waiting = async () => {
      left.push(retained.left);
      return waiting();
    };
    expect(await execute(retained)).to.include({ replayed: 2500 });
    expect(left).to.deep.equal([2500, 1500, 1500, 1500, 500]);
  });

  it('reports a pause of seconds once', async () => {
    const retained = new RecordingRetainedEvents(1, EXTENT);
    let looks = 0;
    retained.waiting = async () => {
      looks += 1;
      timer.advance(2600);
      return looks < 4 ? MOST_WAITING + 1 : 0;
    };
    const reportedAt: number[] = [];
    await execute(retained, { onLongPause: () => reportedAt.push(looks) });
    expect([looks, reportedAt]).to.deep.equal([4, [2]]);
  });

  it('counts the waiting events only as far as it needs to', async () => {
    const retained = new RecordingRetainedEvents(1, EXTENT);
    const limits: number[] = [];
    retained.waiting = async (...limit: number[]) => (limits.push(...limit), 0);
    await execute(retained);
    expect(limits).to.deep.equal([MOST_WAITING + 1]);
  });

  it('reports a pause of exactly five seconds, by a timer that may have any value at its start', async () => {
    for (const [step, reports] of [
      [4999, 0],
      [5000, 1],
    ] as const) {
      const retained = new RecordingRetainedEvents(1, EXTENT);
      let elapsed = 1_000_000;
      let looks = 0;
      retained.waiting = async () => {
        looks += 1;
        if (looks === 2) elapsed += step;
        return looks < 3 ? MOST_WAITING + 1 : 0;
      };
      const timer = { elapsedMs: () => elapsed, pause: () => Promise.resolve() };
      let reported = 0;
      const replay = new ReplayEvents(retained, retained, new FixedClock(SOME_DAY), timer, 2);
      const options = {
        eventsPerSecond: 100,
        stop: new AbortController().signal,
        onLongPause: () => void (reported += 1),
      };
      await replay.execute(since(1), options);
      expect(reported, `after ${step} ms`).to.equal(reports);
    }
  });

  it('stops between two slices, and says when the rest was published', async () => {
    const retained = new RecordingRetainedEvents(2000, EXTENT);
    retained.removed = 30;
    const stop = new AbortController();
    retained.beforeSlice = () => {
      if (retained.slices.length === 1) stop.abort();
    };
    const result = await execute(retained, { stop: stop.signal });
    expect(result).to.include({ replayed: 970, removed: 30, restFrom: '2026-11-26T11:30:00.000001Z' });
    expect(retained.left).to.equal(1000);
  });

  it('stops during a pause', async () => {
    const retained = new RecordingRetainedEvents(2000, EXTENT);
    const stop = new AbortController();
    retained.waiting = async () => {
      stop.abort();
      return MOST_WAITING + 1;
    };
    expect(await execute(retained, { stop: stop.signal })).to.include({ replayed: 0 });
    expect(retained.slices).to.deep.equal([]);
  });

  it('counts the events that retention removed before their turn', async () => {
    const retained = new RecordingRetainedEvents(10, EXTENT);
    retained.removed = 4;
    expect(await execute(retained)).to.include({ replayed: 6, removed: 4 });
  });

  it('says how far it came when the database goes away', async () => {
    const retained = new RecordingRetainedEvents(2000, EXTENT);
    retained.beforeSlice = () => {
      if (retained.slices.length === 2) throw new StorageUnavailable('gone');
    };
    const error = await rejection(execute(retained));
    expect(error).to.be.instanceOf(ReplayInterrupted).and.to.include({ replayed: 1000, uncertain: 500 });
  });

  it('passes on that the database is away when nothing was replayed yet', async () => {
    const retained = new RecordingRetainedEvents(2000, EXTENT);
    retained.beforeSlice = () => {
      throw new StorageUnavailable('gone');
    };
    expect(await rejection(execute(retained))).to.be.instanceOf(StorageUnavailable);
  });

  describe('count', () => {
    const why = async (retained: RecordingRetainedEvents, selection = since(1), retentionHours = 2) => {
      const error = await rejection(replayOf(retained, retentionHours).count(selection));
      expect(error).to.be.instanceOf(NothingRetained);
      return (error as NothingRetained).why;
    };

    it('counts the selected events and replays none', async () => {
      const retained = new RecordingRetainedEvents(7, EXTENT);
      expect(await replayOf(retained).count(since(1))).to.deep.equal({ events: 7, keys: 3, removedBefore: undefined });
      expect(retained.slices).to.deep.equal([]);
    });

    it('says from when on events are retained, if the time span begins earlier', async () => {
      const retained = new RecordingRetainedEvents(7, EXTENT);
      expect(await replayOf(retained).count(since(3))).to.include({ removedBefore: EXTENT.from });
    });

    it('knows that nothing was removed within the retention time', async () => {
      const retained = new RecordingRetainedEvents(7, EXTENT);
      expect(await replayOf(retained, 4).count(since(3))).to.include({ removedBefore: undefined });
    });

    it('says why no event can be replayed', async () => {
      expect(await why(new RecordingRetainedEvents(0), since(1), 0)).to.equal('retention_is_off');
      expect(await why(new RecordingRetainedEvents(0))).to.equal('nothing_published');
      expect(await why(new RecordingRetainedEvents(0, EXTENT))).to.equal('nothing_selected');
      const before = { ...since(4), to: ago(2).toISOString() };
      expect(await why(new RecordingRetainedEvents(0, EXTENT), before)).to.equal('too_long_ago');
    });
  });
});
