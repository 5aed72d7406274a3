import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { SystemTimer } from '#infrastructure/system/system-timer';

describe('SystemTimer', () => {
  const timer = new SystemTimer();

  it('pauses for the given time, and measures it', async () => {
    const began = timer.elapsedMs();
    await timer.pause(30, new AbortController().signal);
    expect(timer.elapsedMs() - began).to.be.within(25, 1000);
  });

  it('ends a pause when the signal is aborted, and leaves no listener behind', async () => {
    const stop = new AbortController();
    const began = timer.elapsedMs();
    const pausing = timer.pause(60_000, stop.signal);
    stop.abort();
    await pausing;
    expect(timer.elapsedMs() - began).to.be.lessThan(1000);
    expect(getEventListeners(stop.signal, 'abort')).to.deep.equal([]);
  });

  it('does not pause when the signal is already aborted, or the time is zero or less', async () => {
    const began = timer.elapsedMs();
    await timer.pause(60_000, AbortSignal.abort());
    await timer.pause(0, new AbortController().signal);
    await timer.pause(-60_000, new AbortController().signal);
    expect(timer.elapsedMs() - began).to.be.lessThan(1000);
  });
});
