/**
 * npm run chaos: breaks servers and relays under load, and checks every promise of the events (docs/proof/fault-matrix.md).
 * Exit codes: 0 when all promises were kept; 1 when one was broken or a run proved nothing; 2 when nothing could be run.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { killAll } from '../../tests/support/servers/service-process.ts';
import { kafkaLibs } from '../local/settings.ts';
import { FAULTS } from './faults/all-faults.ts';
import { DEFAULT_SEEDS, type Options, readOptions, USAGE } from './options.ts';
import { type Outcome, type Run, runSeed } from './run.ts';
import { merged, report, rowsIn, summaries, table } from './summary.ts';
import { Servers } from './system/servers.ts';

const DIR = process.env['LOCAL_DIR'] ?? '.local';
const RESULTS = join('bench', 'results', 'chaos.md');
/** Most problems to print for one run, so that the other runs stay easy to find. */
const MOST_PRINTED = 10;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });

const options = readCommandLine();
if (options) {
  const outcomes = await runAll(options);
  const rows = summaries(outcomes);
  console.log(`\n${table(rows)}`);
  if (options.seeds.length >= DEFAULT_SEEDS) {
    mkdirSync(join('bench', 'results'), { recursive: true });
    const before = existsSync(RESULTS) ? rowsIn(readFileSync(RESULTS, 'utf8')) : [];
    const all = merged(
      before,
      rows,
      FAULTS.map(({ name }) => name),
    );
    writeFileSync(RESULTS, report(all, machine()));
    console.log(`\nWritten to ${RESULTS}`);
  }
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  if (failed.length > 0) console.log(`\n${failed.length} of ${outcomes.length} runs failed:`);
  for (const outcome of failed) console.log(`  ${commandOf(outcome)}   (${outcome.folder})`);
  process.exit(failed.length > 0 ? 1 : 0);
}

function readCommandLine(): Options | undefined {
  try {
    const read = readOptions(process.argv.slice(2), FAULTS);
    if (!existsSync('dist/main.js')) throw new Error('Build the service first: npm run build');
    return read;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function runAll({ faults, clients, seeds }: Options): Promise<Outcome[]> {
  const servers = new Servers(kafkaLibs(DIR));
  const outcomes: Outcome[] = [];
  try {
    const runs = faults.flatMap((fault) =>
      clients.flatMap((client) => seeds.map((seed): Run => ({ fault, client, seed }))),
    );
    for (const run of runs) {
      const outcome = await runSeed(run, servers, { files: join(DIR, 'chaos') }).catch((error: unknown) =>
        failedToRun(run, error),
      );
      outcomes.push(outcome);
      print(outcome);
    }
  } finally {
    killAll();
    await servers.stop();
  }
  return outcomes;
}

/** The outcome of a run that could not begin or end. It counts as failed, because it proves nothing. */
function failedToRun({ fault, client, seed }: Run, error: unknown): Outcome {
  const problems = [`could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  return {
    ...{ fault: fault.name, client, seed, problems },
    ...{ transactions: 0, events: 0, repeats: 0, seconds: 0, folder: 'no files' },
  };
}

function print(outcome: Outcome): void {
  const { fault, client, seed, transactions, events, repeats, problems, seconds, folder } = outcome;
  const figures = `${transactions} transactions, ${events} events, ${repeats} repeats, ${seconds.toFixed(1)} s`;
  console.log(`${problems.length === 0 ? 'kept  ' : 'BROKEN'}  ${fault}  ${client}  seed ${seed}: ${figures}`);
  if (problems.length === 0) return;
  for (const problem of problems.slice(0, MOST_PRINTED)) console.log(`          ${problem}`);
  if (problems.length > MOST_PRINTED) console.log(`          and ${problems.length - MOST_PRINTED} more`);
  console.log(`          run it again: ${commandOf(outcome)}`);
  console.log(`          files: ${folder}`);
}

function commandOf({ fault, client, seed }: Outcome): string {
  return `npm run chaos -- --fault ${fault} --client ${client} --seed ${seed}`;
}

function machine(): string[] {
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GB of memory`,
    `Node ${process.version.slice(1)}, ${process.platform}`,
  ];
}
