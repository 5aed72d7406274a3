import { expect } from 'chai';
import type { Clock } from '#application/ports/system/clock';
import type { IdGenerator } from '#application/ports/system/id-generator';
import type { Timer } from '#application/ports/system/timer';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The contract of every Clock.
 * @param present the present instant in milliseconds since 1970, from the source that the clock reads.
 */
export function clockContract(clock: () => Clock, present: () => number): void {
  it('returns the present instant, whenever it is asked', async () => {
    const subject = clock();
    for (let reading = 0; reading < 3; reading += 1) {
      const before = present();
      const instant = subject.now().getTime();
      expect(instant).to.be.within(before, present());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });

  it('returns valid instants that never go back', () => {
    const subject = clock();
    const instants = Array.from({ length: 100 }, () => subject.now().getTime());
    expect(instants).to.deep.equal([...instants].sort((a, b) => a - b));
    expect(instants.every(Number.isFinite)).to.equal(true);
  });

  it('is not changed by a caller who changes a returned instant', () => {
    const subject = clock();
    const returned = subject.now();
    returned.setTime(0);
    expect(subject.now().getTime()).to.be.at.most(present()).and.greaterThan(0);
    expect(subject.now()).to.not.equal(subject.now());
  });
}

/**
 * The contract of every Timer.
 * @param pass lets so many milliseconds of the timer's time pass, and returns how many have really passed.
 */
export function timerContract<T extends Timer>(
  timer: () => T,
  pass: (timer: T, milliseconds: number) => Promise<number>,
): void {
  const never = new AbortController().signal;

  it('counts milliseconds that never go back', async () => {
    const subject = timer();
    const begun = subject.elapsedMs();
    const outside = await pass(subject, 20);
    expect(subject.elapsedMs() - begun).to.be.within(18, outside + 1);
    const readings = Array.from({ length: 100 }, () => subject.elapsedMs());
    expect(readings).to.deep.equal(readings.toSorted((one, other) => one - other));
  });

  it('pauses for the given time', async () => {
    const subject = timer();
    const begun = subject.elapsedMs();
    await subject.pause(20, never);
    // Timers may be early by a millisecond.
    expect(subject.elapsedMs() - begun).to.be.at.least(18);
  });

  it('ends a pause as soon as it is stopped', async () => {
    const stop = new AbortController();
    const pausing = timer().pause(60_000, stop.signal);
    stop.abort();
    await pausing;
    const subject = timer();
    const begun = subject.elapsedMs();
    await subject.pause(60_000, stop.signal);
    expect(subject.elapsedMs() - begun, 'stopped before it began').to.be.below(1000);
  });

  it('does not wait for zero milliseconds or less', async () => {
    let hasWaited = false;
    const moment = setImmediate(() => (hasWaited = true));
    for (const milliseconds of [0, -1, -Infinity]) await timer().pause(milliseconds, never);
    expect(hasWaited).to.equal(false);
    clearImmediate(moment);
  });
}

/** The contract of every IdGenerator. */
export function idGeneratorContract(ids: () => IdGenerator): void {
  it('returns distinct UUIDv7s that sort by age', () => {
    const subject = ids();
    const given = Array.from({ length: 10_000 }, () => subject.next());
    for (const id of given) expect(id).to.match(UUID_V7);
    expect(new Set(given).size).to.equal(given.length);
    expect(given).to.deep.equal([...given].sort());
  });

  it('returns no id that another generator returns', () => {
    const [one, other] = [ids(), ids()];
    const given = Array.from({ length: 1000 }, () => [one.next(), other.next()]).flat();
    expect(new Set(given).size).to.equal(given.length);
  });
}
