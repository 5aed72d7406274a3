import { expect } from 'chai';
import type { Clock } from '#application/ports/system/clock';
import type { Timer } from '#application/ports/system/timer';
import type { IdGenerator } from '#application/ports/system/id-generator';
import { AUTHENTICATION_FAILURES, type Metrics } from '#application/ports/operations/metrics';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { RequestScope } from '#application/ports/operations/request-scope';
import { rejection } from '../../support/system/rejection.ts';

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

/** The contract of every Timer. */
export function timerContract(timer: () => Timer): void {
  const never = new AbortController().signal;

  it('counts milliseconds that never go back', async () => {
    const subject = timer();
    const begun = subject.elapsedMs();
    const outside = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const passed = subject.elapsedMs() - begun;
    expect(passed).to.be.within(18, performance.now() - outside + 1);
    const readings = Array.from({ length: 100 }, () => subject.elapsedMs());
    expect(readings).to.deep.equal(readings.toSorted((one, other) => one - other));
  });

  it('pauses for the given time', async () => {
    const begun = performance.now();
    await timer().pause(20, never);
    // Timers may be early by a millisecond.
    expect(performance.now() - begun).to.be.at.least(18);
  });

  it('ends a pause as soon as it is stopped', async () => {
    const stop = new AbortController();
    const pausing = timer().pause(60_000, stop.signal);
    stop.abort();
    await pausing;
    await timer().pause(60_000, stop.signal);
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

/** The contract of every RelayWakeUp. */
export function relayWakeUpContract(wakeUps: () => RelayWakeUp): void {
  const LONG = 60_000;

  it('ends a wait at a nudge', async () => {
    const wakeUp = wakeUps();
    const waiting = wakeUp.wait(LONG);
    wakeUp.nudge();
    await waiting;
  });

  it('remembers nudges for the next wait, and for that wait only', async () => {
    const wakeUp = wakeUps();
    wakeUp.nudge();
    wakeUp.nudge();
    await wakeUp.wait(LONG);
    const begun = performance.now();
    await wakeUp.wait(30);
    // Timers may be early by a millisecond.
    expect(performance.now() - begun).to.be.at.least(28);
  });

  it('ends a wait by itself after the given time, and remembers a nudge that comes afterwards', async () => {
    const wakeUp = wakeUps();
    const begun = performance.now();
    await wakeUp.wait(20);
    expect(performance.now() - begun).to.be.at.least(18);
    wakeUp.nudge();
    await wakeUp.wait(LONG);
  });

  it('can be waited for and nudged again and again', async () => {
    const wakeUp = wakeUps();
    for (let round = 0; round < 3; round += 1) {
      const waiting = wakeUp.wait(LONG);
      wakeUp.nudge();
      await waiting;
    }
  });

  it('wakes only its own waits', async () => {
    const [one, other] = [wakeUps(), wakeUps()];
    one.nudge();
    const begun = performance.now();
    await other.wait(20);
    expect(performance.now() - begun).to.be.at.least(18);
  });
}

/** The contract of every Metrics. */
export function metricsContract(all: () => Metrics): void {
  it('reports the counts as text that ends with a line break', async () => {
    const metrics = all();
    const before = await metrics.report({ waiting: 1, oldestSeconds: 2, parkedKeys: 0 });
    metrics.requestAnswered({ method: 'GET', route: '/some/:id', status: 200, seconds: 0.004 });
    for (const reason of AUTHENTICATION_FAILURES) metrics.authenticationFailed(reason);
    metrics.eventsPublished(3);
    metrics.relayFailed();
    metrics.topicHasShards(6);
    const after = await metrics.report({ waiting: 1, oldestSeconds: 2, parkedKeys: 0 });
    for (const { contentType, text } of [before, after]) {
      expect(contentType).to.match(/^text\/plain\b/);
      expect(text).to.match(/\n$/);
    }
    expect(after.text).to.contain('/some/:id').and.not.equal(before.text);
    for (const reason of AUTHENTICATION_FAILURES) expect(after.text).to.contain(reason);
  });

  it('reports without a backlog as well', async () => {
    expect((await all().report(undefined)).text).to.match(/\n$/);
  });
}

/** The contract of every RequestScope. */
export function requestScopeContract(scopes: () => RequestScope): void {
  const identity = (requestId: string) => ({ requestId, traceparent: `00-${requestId}` });

  it('keeps the identity of each request across every await', async () => {
    const scope = scopes();
    const seen = await Promise.all(
      ['one', 'two', 'three'].map((requestId) =>
        scope.run(identity(requestId), async () => {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
          return scope.current()?.requestId;
        }),
      ),
    );
    expect(seen).to.deep.equal(['one', 'two', 'three']);
  });

  it('is empty outside of requests, also after one that failed', async () => {
    const scope = scopes();
    expect(scope.current()).to.equal(undefined);
    const failing = async () => {
      await Promise.resolve();
      throw new Error('the work failed');
    };
    expect(scope.run(identity('one'), () => [scope.current()?.requestId, 'result'])).to.deep.equal(['one', 'result']);
    expect(scope.current()).to.equal(undefined);
    expect(await rejection(scope.run(identity('one'), failing))).to.have.property('message', 'the work failed');
    expect(scope.current()).to.equal(undefined);
  });

  it('gives the whole identity, and the inner one of two', () => {
    const scope = scopes();
    scope.run(identity('outer'), () => {
      expect(scope.current()).to.deep.equal(identity('outer'));
      scope.run(identity('inner'), () => {
        expect(scope.current()).to.deep.equal(identity('inner'));
      });
      expect(scope.current()).to.deep.equal(identity('outer'));
    });
  });

  it('shares nothing with another scope', () => {
    const [one, other] = [scopes(), scopes()];
    one.run(identity('one'), () => {
      expect(other.current()).to.equal(undefined);
    });
  });
}
