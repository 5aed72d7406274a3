import { expect } from 'chai';
import type { Clock } from '#application/ports/system/clock';
import type { IdGenerator } from '#application/ports/system/id-generator';
import { AUTHENTICATION_FAILURES, type Metrics } from '#application/ports/operations/metrics';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import type { RequestScope } from '#application/ports/operations/request-scope';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What every Clock must do. */
export function clockContract(clock: () => Clock): void {
  it('returns valid instants that never go back', () => {
    const subject = clock();
    const instants = Array.from({ length: 100 }, () => subject.now().getTime());
    expect(instants).to.deep.equal([...instants].sort((a, b) => a - b));
    expect(instants.every(Number.isFinite)).to.equal(true);
  });

  it('is not changed by a caller who changes a returned instant', () => {
    const subject = clock();
    subject.now().setTime(0);
    expect(subject.now().getTime()).to.be.greaterThan(0);
  });
}

/** What every IdGenerator must do. */
export function idGeneratorContract(ids: () => IdGenerator): void {
  it('returns distinct UUIDv7s that sort by age', () => {
    const subject = ids();
    const given = Array.from({ length: 10_000 }, () => subject.next());
    for (const id of given) expect(id).to.match(UUID_V7);
    expect(new Set(given).size).to.equal(given.length);
    expect(given).to.deep.equal([...given].sort());
  });
}

/** What every RelayWakeUp must do. */
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
    let woken = false;
    const second = wakeUp.wait(30).then(() => (woken = true));
    await Promise.resolve();
    expect(woken).to.equal(false);
    await second;
  });

  it('ends a wait by itself after the given time', async () => {
    await wakeUps().wait(5);
  });
}

/** What every Metrics must do. */
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

/** What every RequestScope must do. */
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

  it('is empty outside of requests', () => {
    const scope = scopes();
    scope.run(identity('one'), () => undefined);
    expect(scope.current()).to.equal(undefined);
  });
}
