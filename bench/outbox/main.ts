/** npm run bench:outbox: measures the outbox from outside (docs/proof/outbox-benchmark.md). */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { query } from '../databases.ts';
import { asMarkdown, type Circumstances, merged, type Result, table } from './report.ts';
import { measureConditions } from './sections/conditions.ts';
import { measureCosts } from './sections/costs.ts';
import { measureDrain } from './sections/drain.ts';
import { measureLatency } from './sections/latency.ts';
import { measurePeers } from './sections/peers.ts';
import type { Measure, Scale } from './sections/section.ts';
import { measureWriters } from './sections/writers.ts';
import { BenchmarkServers } from './servers/benchmark-servers.ts';

const SECTIONS: Readonly<Record<string, Measure>> = {
  drain: measureDrain,
  conditions: measureConditions,
  latency: measureLatency,
  writers: measureWriters,
  costs: measureCosts,
  peers: measurePeers,
};

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    events: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', multiple: true },
    peers: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const scale: Scale = {
  rounds: Number(options.rounds ?? (options.quick ? 1 : 5)),
  events: Number(options.events ?? (options.quick ? 10_000 : 100_000)),
  seconds: Number(options.seconds ?? (options.quick ? 3 : 20)),
  large: options.large,
};
const names = options.only ?? Object.keys(SECTIONS).filter((name) => options.peers || name !== 'peers');
const unknown = names.filter((name) => !(name in SECTIONS));
if (unknown.length > 0)
  throw new Error(`--only ${unknown.join(', ')}: must be one of ${Object.keys(SECTIONS).join(', ')}`);

// Exiting is enough: the keepers stop the servers and the relays when this process has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const FOLDER = 'bench/results';
const servers = await BenchmarkServers.start();
try {
  for (const [name, measure] of Object.entries(SECTIONS)) {
    if (!names.includes(name)) continue;
    const section = await measure(servers, scale);
    console.log(`\n${section.title}\n\n${table(section.columns, section.rows)}`);
    // The figures of a quick run are printed only, because they are too rough to be stored.
    if (!options.quick) await store({ ...section, circumstances: await circumstances(servers, scale) });
  }
} finally {
  await servers.stop();
}

async function store(result: Result): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/outbox.json`;
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
  const results = merged(before, [result], Object.keys(SECTIONS));
  writeFileSync(file, await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }));
  writeFileSync(`${FOLDER}/outbox.md`, await format(asMarkdown(results), { parser: 'markdown', printWidth: 120 }));
}

/** Describes the time and the environment of a run. The machine's name is left out, because the results are published. */
export async function circumstances(servers: BenchmarkServers, { rounds, events }: Scale): Promise<Circumstances> {
  const [row] = await query<{ version: string }>(
    servers.postgres.url,
    `SELECT current_setting('server_version') AS version`,
  );
  const kafka = /Kafka version: ([\d.]+)/.exec(readFileSync(servers.kafka.logFile, 'utf8'))?.[1] ?? 'in a container';
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes';
  return {
    date: new Date().toISOString().slice(0, 10),
    // The last commit of the measured code, and not of the benchmark.
    commit: git('log', '-1', '--format=%h', '--', 'src') + changed,
    machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    versions: `Node ${process.versions.node}, PostgreSQL ${row?.version ?? ''}, Kafka ${kafka}`,
    rounds,
    events,
  };
}
