import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { FAULTS } from '../../../tools/chaos/faults/all-faults.ts';
import { readOptions } from '../../../tools/chaos/options.ts';

describe('the options of npm run chaos', () => {
  const read = (...args: string[]) => readOptions(args, FAULTS);

  it('default to all faults, five seeds and both clients', () => {
    expect(read()).to.deep.equal({ faults: FAULTS, seeds: [1, 2, 3, 4, 5], clients: ['kafkajs', 'platformatic'] });
  });

  it('choose faults, a seed or a number of seeds, and a client', () => {
    const one = read('--fault', 'latency,relay-frozen', '--seed', '7', '--client', 'kafkajs');
    expect(one.faults.map(({ name }) => name)).to.deep.equal(['latency', 'relay-frozen']);
    expect(one).to.deep.include({ seeds: [7], clients: ['kafkajs'] });
    expect(read('--seeds', '2', '--client', 'platformatic')).to.deep.include({
      seeds: [1, 2],
      clients: ['platformatic'],
    });
  });

  const WRONG: [string[], RegExp][] = [
    [['--fault', 'rain'], /--fault rain: must be one of relay-killed, /],
    [['--client', 'java'], /--client java: must be/],
    [['--seed', '0'], /--seed 0: must be a whole number/],
    [['--seeds', 'many'], /--seeds many: must be a whole number/],
    [['--seed', '1', '--seeds', '2'], /give only one of them/],
    [['--sede', '1'], /--sede/],
  ];
  for (const [args, message] of WRONG)
    it(`are refused: ${args.join(' ')}`, () => {
      expect(() => read(...args)).to.throw(message);
    });

  it('know no two faults of the same name', () => {
    const names = FAULTS.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('end the command with exit code 2 when they are wrong', () => {
    const command = ['--conditions=source', 'tools/chaos/main.ts', '--fault', 'rain'];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect(stderr).to.match(/^--fault rain: must be one of .*\nusage: npm run chaos/);
    expect(status).to.equal(2);
  });
});
