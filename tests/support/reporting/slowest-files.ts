import { relative } from 'node:path';
import Mocha from 'mocha';

const { EVENT_HOOK_END, EVENT_RUN_END, EVENT_TEST_END } = Mocha.Runner.constants;
const SHOWN = 10;

/** Mocha's own report, followed by the files whose tests and hooks took the longest. It works with --parallel, too. */
export default class SlowestFiles extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const milliseconds = new Map<string, number>();
    const add = ({ file, duration = 0 }: Mocha.Runnable) => {
      // Root hooks belong to no file. They start the servers.
      const name = file === undefined ? 'start of the servers, in all jobs together' : relative('', file);
      milliseconds.set(name, (milliseconds.get(name) ?? 0) + duration);
    };
    runner.on(EVENT_TEST_END, add);
    runner.on(EVENT_HOOK_END, add);
    runner.once(EVENT_RUN_END, () => {
      const slowest = [...milliseconds].toSorted(([, one], [, other]) => other - one).slice(0, SHOWN);
      const lines = slowest.map(([name, spent]) => `  ${(spent / 1000).toFixed(1).padStart(6)} s  ${name}\n`);
      process.stdout.write(`The slowest files:\n${lines.join('')}\n`);
    });
  }
}
