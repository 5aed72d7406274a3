import Module from 'node:module';

/**
 * @stryker-mutator/mocha-runner 10.0.0 requires files of mocha without their extension, which since mocha 12 is .cjs:
 * https://github.com/stryker-mutator/stryker-js/pull/6205. To be imported before the runner; not needed once that is released.
 */
const { _extensions: extensions } = Module as unknown as { _extensions: Record<string, unknown> };
extensions['.cjs'] = extensions['.js'];
