import { expect } from 'chai';
import type { Outcome } from '../../../tools/chaos/run.ts';
import { merged, report, rowsIn, summaries, table } from '../../../tools/chaos/summary.ts';

describe('the results table of the fault matrix', () => {
  const outcome: Outcome = {
    ...{ fault: 'latency', client: 'kafkajs', seed: 1, transactions: 100, events: 90, repeats: 3 },
    ...{ problems: [], seconds: 2.6, folder: '' },
  };

  it('adds up the seeds of each fault with each client', () => {
    const rows = summaries([
      outcome,
      { ...outcome, seed: 2, repeats: 0, problems: ['order: …', 'missing: …'] },
      { ...outcome, client: 'platformatic' },
    ]);
    const [first, ...others] = rows;
    expect(first).to.deep.equal({
      ...{ fault: 'latency', client: 'kafkajs', seeds: 2, transactions: 200, events: 180, repeats: 3 },
      ...{ violations: 2, seconds: 5 },
    });
    expect(others.map(({ client, seeds }) => [client, seeds])).to.deep.equal([['platformatic', 1]]);
  });

  it('is Markdown with aligned columns', () => {
    const lines = table(summaries([outcome])).split('\n');
    expect(lines[0]).to.equal('| fault   | client  | seeds | transactions | events | repeats | violations | seconds |');
    expect(lines[1]).to.equal('| ------- | ------- | ----: | -----------: | -----: | ------: | ---------: | ------: |');
    expect(lines[2]).to.equal('| latency | kafkajs |     1 |          100 |     90 |       3 |          0 |       3 |');
  });

  it('follows the facts about the machine in the report', () => {
    expect(report(summaries([outcome]), ['2 cores'])).to.match(/\n- 2 cores\n\n\| fault /);
  });

  it('can be read back from the report', () => {
    const rows = summaries([outcome, { ...outcome, client: 'platformatic' }]);
    expect(rowsIn(report(rows, ['2 cores']))).to.deep.equal(rows);
    expect(rowsIn('')).to.deep.equal([]);
  });

  it('keeps the rows of faults that were not run again, in the order of the faults', () => {
    const [older] = summaries([outcome]);
    const [other] = summaries([{ ...outcome, fault: 'relay-killed' }]);
    const [gone] = summaries([{ ...outcome, fault: 'rain' }]);
    const [newer] = summaries([{ ...outcome, events: 91 }]);
    expect(merged([older!, gone!], [newer!, other!], ['relay-killed', 'latency'])).to.deep.equal([other, newer]);
  });
});
