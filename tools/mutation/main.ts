import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AreaName, AREAS } from './areas.ts';
import { judged, type MutationReport, type SurvivorRow } from './judge-survivors.ts';
import { SURVIVORS } from './survivors.ts';

/** Every area must notice at least this share of the changes. */
const LEAST_PERCENT = 95;

const names = Object.keys(AREAS) as AreaName[];
const [asked, ...strykerArguments] = process.argv.slice(2);
const chosen = names.filter((name) => asked === undefined || asked === name);
if (chosen.length === 0) {
  console.error(`usage: npm run mutation [-- AREA [arguments for Stryker]]; an area is one of ${names.join(', ')}`);
  process.exit(2);
}

let failed = false;
for (const name of chosen) {
  const { status } = spawnSync('stryker', ['run', ...strykerArguments], {
    stdio: 'inherit',
    env: { ...process.env, MUTATION_AREA: name },
  });
  if (status !== 0) process.exit(1);
  const report = JSON.parse(readFileSync(`.local/mutation/${name}.json`, 'utf8')) as MutationReport;
  const { changes, noticed, problems } = judged(report, SURVIVORS satisfies readonly SurvivorRow[]);
  const percent = (100 * noticed) / changes;
  if (percent < LEAST_PERCENT) problems.push(`only ${percent.toFixed(1)} % were noticed; ${LEAST_PERCENT} % must be`);
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(`${name}: the tests noticed ${noticed} of ${changes} changes, ${percent.toFixed(1)} %\n`);
  failed ||= problems.length > 0;
}
process.exit(failed ? 1 : 0);
