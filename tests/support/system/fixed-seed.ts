import fc from 'fast-check';

/** The same random cases in each run, for mutation tests: a change must be noticed every time or never. */
const SEED = 1;

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
