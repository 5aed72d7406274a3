import Module from 'node:module';

/**
 * Lets Stryker run mocha 12. @stryker-mutator/mocha-runner 10.0.0 requires files of mocha without their extension, which
 * is .cjs since mocha 12: https://github.com/stryker-mutator/stryker-js/pull/6205. Import this file before the runner,
 * and remove it when a release of Stryker contains the fix.
 */
const { _extensions: extensions } = Module as unknown as { _extensions: Record<string, unknown> };
extensions['.cjs'] = extensions['.js'];
