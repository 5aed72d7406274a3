import './tools/mutation/stryker-with-mocha-12.ts';

const MOCHA_12 = '--import=./tools/mutation/stryker-with-mocha-12.ts';

/** Mutation tests of the code that decides whom to trust: docs/proof/mutation-testing.md. */
export default {
  mutate: [
    'src/application/tokens/authenticate.ts',
    'src/application/tokens/revocation-cache.ts',
    'src/infrastructure/security/**/*.ts',
    // The module only wires classes. The test of it, tests/architecture/container.spec.ts, would load everything for each mutant.
    '!src/infrastructure/security/security.module.ts',
    'src/config/token-variables.ts',
  ],
  testRunner: 'mocha',
  mochaOptions: {
    spec: [
      'tests/application/tokens/authenticate.spec.ts',
      'tests/application/tokens/revocation-cache.spec.ts',
      'tests/infrastructure/security/access-token-claims.spec.ts',
      'tests/config/config.spec.ts',
      'tests/infrastructure/security/jwks-keys.spec.ts',
      'tests/infrastructure/security/other-than-simplejwt.spec.ts',
      'tests/infrastructure/security/refusal-words.spec.ts',
      'tests/infrastructure/security/simple-jwt-token-verifier.spec.ts',
      'tests/infrastructure/security/simplejwt-suite.spec.ts',
      'tests/infrastructure/security/strict-json.spec.ts',
      'tests/config/token-variables.spec.ts',
      'tests/infrastructure/security/verification-keys.spec.ts',
      'tests/infrastructure/security/wycheproof.spec.ts',
      'tests/contracts/adapters/in-process.spec.ts',
    ],
  },
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
  tempDirName: '.local/stryker',
  reporters: ['clear-text', 'html', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  htmlReporter: { fileName: '.local/mutation/report.html' },
  jsonReporter: { fileName: '.local/mutation/report.json' },
  // Every surviving mutant fails the run, unless a comment beside the code says why it cannot be killed.
  thresholds: { high: 100, low: 100, break: 100 },
  concurrency: 2,
  // Static mutants are slow but stay: they are in code that runs when a file is loaded, which is where patterns and tables are.
  warnings: { slow: false },
};
