import { expect } from 'chai';
import { FAULTS } from './all-faults.ts';
import { type Run, runSuite, type Suite } from './planted-fault.ts';

/** Processes at the same time. Two processors are what the tests can count on. */
const AT_ONCE = 2;

/** The specs take turns, so that a test seldom waits for its own run. */
const waiting: (() => Promise<void>)[] = [];

function later(run: () => Promise<Run>): Promise<Run> {
  return new Promise((resolve, reject) => {
    waiting.push(() => run().then(resolve, reject));
  });
}

async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
}

const nameOf = ({ spec, only }: Suite) => (only === undefined ? spec : `${spec}, ${only}`);

describe('planted faults', function () {
  this.timeout(600_000);

  before(() => {
    for (let worker = 0; worker < AT_ONCE; worker += 1) void work();
  });

  describe('the suites pass without a fault', () => {
    const suites = FAULTS.flatMap(([, faults]) => faults.map(({ caughtBy }) => caughtBy));
    for (const [name, suite] of new Map(suites.map((each) => [nameOf(each), each]))) {
      const run = later(() => runSuite(suite));
      it(name, async () => {
        const { outcome, output } = await run;
        expect(outcome, output).to.equal('passed');
      });
    }
  });

  for (const [area, faults] of FAULTS)
    describe(`each fault ${area} is caught`, () => {
      for (const fault of faults) {
        const run = later(() => runSuite(fault.caughtBy, fault));
        it(fault.name, async () => {
          const { outcome, output } = await run;
          expect(outcome, `${nameOf(fault.caughtBy)}\n${output}`).to.equal('failed');
        });
      }
    });
});
