/** Code that is changed, and the specs that must notice each change. */
type Area = { readonly mutate: readonly string[]; readonly spec: readonly string[] };

/**
 * Each area is a run of its own, because a change of code that runs when a file is loaded makes Stryker load every spec
 * of the run again. So an area has the few specs that say what its code does.
 */
export const AREAS = {
  domain: {
    mutate: ['src/domain/**/*.ts'],
    spec: ['tests/domain/**/*.spec.ts'],
  },
  application: {
    mutate: ['src/application/**/*.ts'],
    spec: [
      'tests/application/**/*.spec.ts',
      // Contracts and command tests run the use cases, too, and are as quick.
      'tests/contracts/adapters/in-*.spec.ts',
      'tests/interfaces/cli/outbox/replay.spec.ts',
      'tests/interfaces/cli/outbox/verify.spec.ts',
    ],
  },
  tokens: {
    mutate: [
      'src/infrastructure/security/**/*.ts',
      // The module only wires classes. The test of it, tests/architecture/container.spec.ts, would load everything for each change.
      '!src/infrastructure/security/security.module.ts',
      'src/config/token-variables.ts',
    ],
    spec: [
      'tests/config/config.spec.ts',
      'tests/config/token-variables.spec.ts',
      'tests/infrastructure/security/*.spec.ts',
      'tests/contracts/adapters/in-process.spec.ts',
    ],
  },
} satisfies Record<string, Area>;

export type AreaName = keyof typeof AREAS;
