import { expect } from 'chai';
import { type Observed, problemsOf, repeatsIn } from '../../../tools/chaos/verdict.ts';

describe('the verdict on a run under a fault', () => {
  const write = (sequence: number) => ({ key: 'k', sequence, outcome: 'committed' as const, id: `e${sequence}` });
  const record = (sequence: number, timestamp: number, offset = sequence) => ({
    ...{ partition: 0, offset, timestamp, key: 'k', sequence, id: `e${sequence}`, value: null, headers: {} },
  });
  const window = { fault: 'a fault', from: 100, to: 200 };
  const history = { writes: [write(1), write(2)], faults: [window], records: [record(1, 50), record(2, 150)] };
  const observed: Observed = { history, window, hits: 1, traces: undefined, removedByNonOwners: 0, trouble: [] };

  it('passes a run that kept every promise and could have shown a breach', () => {
    expect(problemsOf(observed)).to.deep.equal([]);
    expect(problemsOf({ ...observed, traces: 1 })).to.deep.equal([]);
  });

  const FAILED: [string, Partial<Observed>, RegExp][] = [
    ['a broken promise', { history: { ...history, writes: [...history.writes, write(3)] } }, /^missing: event 3 of k/],
    ['an acknowledgement without ownership', { removedByNonOwners: 2 }, /^ownership: 2 events/],
    ['a fault that hit nothing', { hits: 0 }, /^proves nothing: the fault hit nothing$/],
    ['a fault without the trace that it must leave', { traces: 0 }, /^proves nothing: .*no trace/],
    ['a window in which nothing was published', { window: { ...window, from: 160 } }, /^proves nothing: no event/],
    ['trouble on the way', { trouble: ['does not recover: 5 events still wait'] }, /^does not recover/],
  ];
  for (const [what, change, problem] of FAILED)
    it(`fails a run for ${what}`, () => {
      const problems = problemsOf({ ...observed, ...change });
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });

  it('does not claim that a fault hit nothing when the fault itself failed', () => {
    expect(problemsOf({ ...observed, hits: undefined, trouble: ['the fault: no'] })).to.deep.equal(['the fault: no']);
  });

  it('counts records of events that are already on the topic as repeats', () => {
    expect(repeatsIn({ ...history, records: [...history.records, record(2, 160, 3)] })).to.equal(1);
  });
});
