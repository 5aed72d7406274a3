import { AREAS } from './tools/mutation/areas.ts';
import process from 'node:process';
import './tools/mutation/stryker-with-mocha-12.ts';

const MOCHA_12 = '--import=./tools/mutation/stryker-with-mocha-12.ts';

const area = process.env['MUTATION_AREA'] ?? 'domain';

/** Mutation tests of one area: docs/proof/mutation-testing.md. */
export default {
  mutate: AREAS[area].mutate,
  testRunner: 'mocha',
  mochaOptions: { spec: AREAS[area].spec, require: ['./tests/support/system/fixed-seed.ts'] },
  // Mocha runs in Stryker's processes, which ignore the node-option of .mocharc.json.
  testRunnerNodeArgs: ['--conditions=source', MOCHA_12],
  checkerNodeArgs: [MOCHA_12],
  coverageAnalysis: 'perTest',
  // Only these files are copied. The copy has no dist, so that no import alias can lead to code without mutants.
  ignorePatterns: [
    '/*',
    '!/src',
    '!/tests',
    '!/tools',
    '!/docs',
    '!/package.json',
    '!/.mocharc.json',
    '!/.env.example',
  ],
  tempDirName: `.local/stryker-${area}`,
  // tools/mutation/main.ts prints the survivors.
  reporters: ['html', 'json'],
  htmlReporter: { fileName: `.local/mutation/${area}.html` },
  jsonReporter: { fileName: `.local/mutation/${area}.json` },
  // A test that a change makes endless is stopped after 2 s and half of its usual time.
  timeoutMS: 2_000,
  concurrency: 2,
  // Static mutants are slow but stay: they are in code that runs when a file is loaded, which is where patterns and tables are.
  warnings: { slow: false },
};
