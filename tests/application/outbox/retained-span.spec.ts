import { expect } from 'chai';
import { NothingRetained, RetainedSpan } from '#application/outbox/retained-span';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { RecordingRetainedEvents } from '../../support/outbox/recording-retained-events.ts';
import { rejection } from '../../support/system/rejection.ts';

const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(SOME_DAY.getTime() - hours * HOUR_MS);

describe('the span of retained events', () => {
  /** @param oldestHours age of the oldest retained event */
  const removedBefore = (oldestHours: number, retentionHours: number, fromHours: number, toHours?: number) =>
    new RetainedSpan(
      new RecordingRetainedEvents(1, { from: ago(oldestHours), to: SOME_DAY }),
      new FixedClock(SOME_DAY),
      retentionHours,
    ).removedBefore({
      from: ago(fromHours).toISOString(),
      to: toHours === undefined ? undefined : ago(toHours).toISOString(),
    });

  it('begins at the oldest event, when retention has removed the beginning of the time span', async () => {
    expect(await removedBefore(2, 2, 3)).to.deep.equal(ago(2));
    expect(await removedBefore(2, 2, 3, 1)).to.deep.equal(ago(2));
  });

  it('lacks nothing when the time span begins at the oldest event or later', async () => {
    expect(await removedBefore(2, 0.5, 2)).to.equal(undefined);
    expect(await removedBefore(2, 0.5, 1)).to.equal(undefined);
  });

  it('lacks nothing within the retention time, to its last millisecond', async () => {
    expect(await removedBefore(1, 2, 2)).to.equal(undefined);
    expect(await removedBefore(1, 2, 2 + 1 / HOUR_MS)).to.deep.equal(ago(1));
  });

  it('holds nothing of a time span that ended at the oldest event or before', async () => {
    const error = await rejection(removedBefore(2, 2, 3, 2));
    expect(error)
      .to.be.instanceOf(NothingRetained)
      .and.to.deep.include({ why: 'too_long_ago', oldest: ago(2) });
  });
});
