import { expect } from 'chai';
import { inTurn, percentile, Rounds } from '../../../bench/figures.ts';
import { record } from '../../../bench/outbox/records.ts';
import { asMarkdown, merged, type Result, table } from '../../../bench/outbox/report.ts';
import { poissonSchedule } from '../../../bench/outbox/scheduled-writes.ts';
import { seededRandom } from '../../support/system/seeded-random.ts';

describe('the outbox benchmark', () => {
  it('takes percentiles by nearest rank, in any order', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 1, 20, 21, 50, 99, 100].map((percent) => percentile(values, percent))).to.deep.equal([
      1, 1, 1, 2, 3, 5, 5,
    ]);
    expect(values).to.deep.equal([5, 1, 4, 2, 3]);
    expect(percentile([], 50)).to.be.NaN;
  });

  it('takes ratios within a round', () => {
    const rounds = new Rounds();
    for (const figure of [10, 40, 30]) rounds.add('one', figure);
    for (const figure of [20, 40, 10]) rounds.add('other', figure);
    expect(rounds.spread('one')).to.equal('30 (10–40)');
    expect(rounds.ratio('one', 'other')).to.equal('1.00 (0.50–3.00)');
    expect(rounds.all()).to.deep.equal({ one: [10, 40, 30], other: [20, 40, 10] });
  });

  it('shows a dash for a value that was not measured', () => {
    const rounds = new Rounds();
    rounds.add('one', 1);
    expect([rounds.spread('none'), rounds.ratio('one', 'none'), rounds.ratio('none', 'one')]).to.deep.equal([
      '–',
      '–',
      '–',
    ]);
  });

  it('lets each arm be first as often as the others', () => {
    expect([0, 1, 2, 3].map((round) => inTurn(['a', 'b', 'c'], round).join(''))).to.deep.equal([
      'abc',
      'bca',
      'cab',
      'abc',
    ]);
  });

  it('schedules events at random times with the requested mean rate, independently of earlier writes', () => {
    const schedule = poissonSchedule(200, 50, seededRandom(1));
    expect(schedule).to.deep.equal(poissonSchedule(200, 50, seededRandom(1)));
    expect(schedule).to.deep.equal(schedule.toSorted((one, other) => one - other));
    expect(Math.min(...schedule)).to.be.at.least(0);
    expect(Math.max(...schedule)).to.be.below(50_000);
    // The expected number is 10,000; chance changes it by about a hundred.
    expect(schedule.length).to.be.within(9500, 10_500);
    const gaps = schedule.slice(1).map((at, place) => at - (schedule[place] ?? 0));
    // In a Poisson process, 37 per cent of the gaps are longer than the mean gap.
    expect(gaps.filter((gap) => gap > 5).length / gaps.length).to.be.within(0.34, 0.4);
  });

  it('makes the same record for the same number, and uses as many keys as requested', () => {
    const records = Array.from({ length: 20 }, (_, number) => record(number, 5));
    expect(new Set(records.map(({ key }) => key))).to.have.length(5);
    expect(new Set(records.map(({ id }) => id))).to.have.length(20);
    for (const { id, key, headers, payload } of records) {
      expect(headers).to.include({ ce_id: id, ce_subject: key });
      expect(JSON.parse(payload)).to.have.nested.property('opportunity.id', key);
    }
    expect(record(7, 5)).to.deep.equal(records[7]);
  });

  it('formats tables as Prettier does', () => {
    expect(
      table(
        ['who', 'events/s'],
        [
          ['relay', '9'],
          ['x', '10'],
        ],
      ),
    ).to.equal(
      ['| who   | events/s |', '| ----- | -------- |', '| relay | 9        |', '| x     | 10       |'].join('\n'),
    );
  });

  const result = (name: string, commit: string): Result => ({
    name,
    title: `Title of ${name}`,
    how: 'How.',
    columns: ['who'],
    rows: [['we']],
    figures: {},
    circumstances: { date: '2026-01-01', commit, machine: '2 cores', versions: 'Node 24', rounds: 5, events: 100_000 },
  });

  it('keeps the results of other runs, and replaces results that were measured again', () => {
    const before = [result('a', 'old'), result('b', 'old'), result('gone', 'old')];
    const results = merged(before, [result('c', 'new'), result('b', 'new')], ['a', 'b', 'c']);
    expect(results.map(({ name, circumstances }) => `${name} ${circumstances.commit}`)).to.deep.equal([
      'a old',
      'b new',
      'c new',
    ]);
  });

  it('states date, machine and commit beside each table', () => {
    const text = asMarkdown([result('a', '1a2b3c4')]);
    expect(text).to.include('## Title of a\n\nHow.\n\n| who |\n| --- |\n| we  |\n\n');
    expect(text).to.include('2026-01-01, commit 1a2b3c4, 5 rounds, 100,000 events. 2 cores; Node 24.\n');
  });
});
