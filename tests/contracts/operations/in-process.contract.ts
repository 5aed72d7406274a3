import { expect } from 'chai';
import { AUTHENTICATION_FAILURES, type Metrics } from '#application/ports/operations/metrics';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { RequestScope } from '#application/ports/operations/request-scope';
import { rejection } from '../../support/system/rejection.ts';

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
