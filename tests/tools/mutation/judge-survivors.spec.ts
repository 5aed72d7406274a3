import { expect } from 'chai';
import { judged, type MutationReport, type SurvivorRow } from '../../../tools/mutation/judge-survivors.ts';
import { SURVIVORS } from '../../../tools/mutation/survivors.ts';

const FILE = 'src/a.ts';
const LINE = 'return one < two;';
const SOURCE = `function a() {\n  ${LINE}\n}\n`;
const ROW: SurvivorRow = { file: FILE, line: LINE, change: ['one < two', 'one <= two'], why: 'They are never equal.' };

function report(...statuses: string[]): MutationReport {
  const location = { start: { line: 2, column: 10 }, end: { line: 2, column: 19 } };
  const mutants = statuses.map((status) => ({ status, replacement: 'one <= two', location }));
  return { files: { [FILE]: { source: SOURCE, mutants } } };
}

describe('the table of changes that no test can notice', () => {
  it('counts the changes that tests noticed, and leaves out those that do not compile or are switched off', () => {
    const all = report('Killed', 'Timeout', 'CompileError', 'RuntimeError', 'Ignored');
    expect(judged(all, [])).to.deep.equal({ changes: 2, noticed: 2, problems: [] });
  });

  for (const status of ['Survived', 'NoCoverage'])
    it(`must have a row for each change with the status ${status}`, () => {
      expect(judged(report(status), [ROW])).to.deep.equal({ changes: 1, noticed: 0, problems: [] });
      for (const other of [
        { ...ROW, file: 'src/b.ts' },
        { ...ROW, line: 'return one <= two;' },
        { ...ROW, change: ['one < two', 'true'] as const },
        { ...ROW, change: ['one', 'one <= two'] as const },
      ])
        expect(judged(report(status), [other]).problems[0]).to.equal(
          'src/a.ts:2: no test notices "one < two" → "one <= two"',
        );
    });

  it('must have no row for a change that a test notices by now', () => {
    expect(judged(report('Killed'), [ROW]).problems).to.deep.equal([
      'src/a.ts: the row "one < two" → "one <= two" is not needed: return one < two;',
    ]);
  });

  it('may have rows about files of another run', () => {
    expect(judged(report('Killed'), [{ ...ROW, file: 'src/b.ts' }]).problems).to.deep.equal([]);
  });

  it('finds a change of several lines by its first line', () => {
    const location = { start: { line: 1, column: 14 }, end: { line: 3, column: 2 } };
    const files = { [FILE]: { source: SOURCE, mutants: [{ status: 'Survived', replacement: '{}', location }] } };
    const row = { ...ROW, line: 'function a() {', change: [`{\n  ${LINE}\n}`, '{}'] as const };
    expect(judged({ files }, [row]).problems).to.deep.equal([]);
  });

  it('gives a reason in whole sentences in each row', () => {
    for (const { why } of SURVIVORS) expect(why).to.match(/^[\w'].{20,}\.$/);
  });
});
