import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { readHistory, UnreadableHistory } from '../../../tools/history/read-history.ts';
import { rejection } from '../../support/system/rejection.ts';
import { temporaryFile } from '../../support/system/temporary-file.ts';

const WRITE = { key: 'k', sequence: 1, outcome: 'committed' };
const RECORD = { partition: 0, offset: 5, timestamp: 1000, key: 'k', sequence: 1, value: '{}' };
const FAULT = { fault: 'a crash', from: 1, to: 2 };

describe('the files of a history', () => {
  /** Objects become lines; texts are lines already. */
  function file(lines: (object | string)[]): string {
    return temporaryFile(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  }

  const read = (writers: (object | string)[], topic: (object | string)[] = []) =>
    readHistory(file(writers), file(topic));

  async function problem(writers: (object | string)[], topic: (object | string)[] = []): Promise<string> {
    const [writersFile, topicFile] = [file(writers), file(topic)];
    const error = await rejection(readHistory(writersFile, topicFile));
    expect(error).to.be.instanceOf(UnreadableHistory);
    return (error as Error).message.replace(writersFile, 'writers.jsonl').replace(topicFile, 'topic.jsonl');
  }

  it('are read unchanged, except that empty lines are skipped', async () => {
    const history = await read([WRITE, '', FAULT, ''], [{ ...RECORD, id: 'a', headers: { one: '1' } }, '']);
    expect(history).to.deep.equal({
      writes: [WRITE],
      faults: [FAULT],
      records: [{ ...RECORD, id: 'a', headers: { one: '1' } }],
    });
  });

  it('may log an event as unknown first, and its outcome later', async () => {
    const event = { ...WRITE, id: 'a' };
    const other = { ...WRITE, id: 'b', outcome: 'unknown' };
    const { writes } = await read([{ ...event, outcome: 'unknown' }, other, event]);
    expect(writes).to.deep.equal([event, other]);
  });

  it('may hold several writes with the same number and without ids', async () => {
    const all = [{ ...WRITE, outcome: 'rolled back' }, WRITE, { ...WRITE, outcome: 'rolled back' }];
    expect((await read(all)).writes).to.deep.equal(all);
  });

  it('may give the sequence and the id of a record in its headers only', async () => {
    const headers = { ce_sequence: '12', ce_id: 'a' };
    const { records } = await read([], [{ ...RECORD, sequence: undefined, headers }]);
    expect(records[0]).to.include({ sequence: 12, id: 'a' });
  });

  it('may hold records that the service would never write', async () => {
    for (const ce_sequence of ['', '-1', '1.5', 'x', '01', undefined]) {
      const headers = { ...(ce_sequence !== undefined && { ce_sequence }) };
      const { records } = await read([], [{ ...RECORD, key: null, sequence: undefined, value: null, headers }]);
      expect(records[0]).to.include({ key: '', sequence: 0, value: null });
    }
  });

  it('are refused with the number of the line that cannot be read', async () => {
    expect(await problem([WRITE, '{'])).to.match(/^writers\.jsonl, line 2: .*JSON/);
    expect(await problem([{ ...WRITE, outcome: 'maybe' }])).to.match(/^writers\.jsonl, line 1: outcome: /);
    expect(await problem([{ ...WRITE, sequence: 0 }])).to.match(/^writers\.jsonl, line 1: sequence: /);
    expect(await problem([{ ...WRITE, transction: 't' }])).to.match(/^writers\.jsonl, line 1: .*transction/);
    expect(await problem([{ ...FAULT, from: 3 }])).to.equal('writers.jsonl, line 1: ends before it begins');
    expect(await problem([{ ...FAULT, straglers: true }])).to.match(/^writers\.jsonl, line 1: .*straglers/);
    expect(await problem([], [RECORD, { ...RECORD, offset: undefined }])).to.match(/^topic\.jsonl, line 2: offset: /);
    expect(await problem([], [RECORD, RECORD])).to.equal(
      'topic.jsonl, line 2: 0:5 is there twice: the topic was read twice',
    );
  });

  describe('as arguments of the command', () => {
    const command = (...given: string[]) =>
      spawnSync(process.execPath, ['tools/history/main.ts', ...given], { encoding: 'utf8' });

    it('lead to exit code 0 when every promise was kept', () => {
      const { status, stdout } = command(file([WRITE]), file([RECORD]));
      expect(stdout).to.match(
        /^1 committed, 0 rolled back, 0 unknown; 1 records, 0 of them repeats; 0 declared faults\n/,
      );
      expect(stdout).to.include('kept    missing').and.not.to.include('BROKEN');
      expect(status).to.equal(0);
    });

    it('lead to a line with the number of replays that were left out', () => {
      const replay = { ...RECORD, offset: 6, headers: { ce_replayedat: '2026-11-26T10:00:00Z' } };
      const { status, stdout } = command(file([WRITE]), file([RECORD, replay]));
      expect(stdout).to.include('; 1 records, 0 of them repeats; 0 declared faults; 1 replays are left out\n');
      expect(status).to.equal(0);
    });

    it('lead to exit code 1 and the place of the violation when a promise was broken', () => {
      const { status, stdout } = command(file([WRITE]), file([RECORD, { ...RECORD, offset: 6 }]));
      expect(stdout).to.include('2 records, 1 of them repeats');
      expect(stdout).to.include('BROKEN  repeat').and.to.include('outside of a declared fault (0:5, 0:6)');
      expect(status).to.equal(1);
    });

    it('lead to exit code 2 when a file cannot be read or is not given', () => {
      const [writers, topic] = [file([WRITE]), file(['x'])];
      expect(command(writers, topic)).to.deep.include({ status: 2, stdout: '' });
      expect(command(writers).stderr).to.include('usage:');
      expect(command(writers).status).to.equal(2);
      expect(command(writers, `${writers}-of-nowhere`).status).to.equal(2);
    });
  });
});
