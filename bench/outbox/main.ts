/** Measures the outbox from outside: docs/proof/outbox-benchmark.md says what and why. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { circumstances } from './circumstances.ts';
import { measureConditions } from './conditions.ts';
import { measureCosts } from './costs.ts';
import { measureDrain } from './drain.ts';
import { measureLatency } from './latency.ts';
import { measurePeers } from './peers.ts';
import { asMarkdown, merged, type Result, table } from './report.ts';
import type { Measure, Scale } from './section.ts';
import { Stage } from './stage.ts';
import { measureWriters } from './writers.ts';

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
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: there are ${Object.keys(SECTIONS).join(', ')}`);

// Keepers stop the servers and the relays when this process is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const FOLDER = 'bench/results';
const stage = await Stage.set();
try {
  for (const [name, measure] of Object.entries(SECTIONS)) {
    if (!names.includes(name)) continue;
    const section = await measure(stage, scale);
    console.log(`\n${section.title}\n\n${table(section.columns, section.rows)}`);
    // What was measured in a hurry is for the eyes alone.
    if (!options.quick) await keep({ ...section, circumstances: await circumstances(stage, scale) });
  }
} finally {
  await stage.clear();
}

async function keep(result: Result): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/outbox.json`;
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : [];
  const results = merged(before, [result], Object.keys(SECTIONS));
  writeFileSync(file, await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }));
  writeFileSync(`${FOLDER}/outbox.md`, await format(asMarkdown(results), { parser: 'markdown', printWidth: 120 }));
}
