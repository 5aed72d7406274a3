import { expect } from 'chai';
import { placesOf, type PlantedFault, type Run, runSuite, type Suite } from './planted-fault.ts';
import { OPERATOR_FAULTS } from './operator-faults.ts';
import { READ_FAULTS } from './read-faults.ts';
import { RELAY_FAULTS } from './relay-faults.ts';
import { SYSTEM_FAULTS } from './system-faults.ts';
import { TOKEN_FAULTS } from './token-faults.ts';
import { TRANSACTION_FAULTS } from './transaction-faults.ts';
import { USE_CASE_FAULTS } from './use-case-faults.ts';
import { WIRING_FAULTS } from './wiring-faults.ts';

const FAULTS: readonly (readonly [area: string, faults: readonly PlantedFault[]])[] = [
  ['inside a transaction', TRANSACTION_FAULTS],
  ['in lists and the change feed', READ_FAULTS],
  ['in the use cases of opportunities', USE_CASE_FAULTS],
  ['in the outbox and the relay', RELAY_FAULTS],
  ['in what operators see and change', OPERATOR_FAULTS],
  ['around tokens', TOKEN_FAULTS],
  ['in ports that no use case needs', SYSTEM_FAULTS],
  ['in the wiring', WIRING_FAULTS],
];

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
          expect(placesOf(fault), `places in ${fault.file} that have the text ${fault.was}`).to.equal(1);
          const { outcome, output } = await run;
          expect(outcome, `${nameOf(fault.caughtBy)}\n${output}`).to.equal('failed');
        });
      }
    });

  it('are at least forty, each with a name of its own', () => {
    const names = FAULTS.flatMap(([, faults]) => faults.map(({ name }) => name));
    expect(names.length).to.be.at.least(40);
    expect(new Set(names).size).to.equal(names.length);
  });
});
