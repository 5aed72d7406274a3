import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** A fault that a developer could make: one text of one file is replaced. */
export type PlantedFault = {
  /** What the faulty code does. */
  readonly name: string;
  readonly file: string;
  /** A text that the file contains exactly once. */
  readonly was: string;
  readonly becomes: string;
  readonly caughtBy: Suite;
};

/** A spec that needs no server, or the tests of it whose names contain a text. */
export type Suite = { readonly spec: string; readonly only?: string };

export type Run = { readonly outcome: 'passed' | 'failed' | 'broken'; readonly output: string };

/** Runs a suite in a process of its own, with the fault if one is given. Node replaces the text while it loads the file. */
export async function runSuite({ spec, only }: Suite, fault?: PlantedFault): Promise<Run> {
  const mocha = ['node_modules/mocha/lib/cli/cli.js', '--bail', '--reporter', 'dot', '--timeout', '3000', '--exit'];
  const planting = fault ? ['--import', './tests/deep/planted-faults/plant.ts'] : [];
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=TimeoutNegativeWarning', ...planting, ...mocha, spec].concat(
      only === undefined ? [] : ['--fgrep', only],
    ),
    {
      env: { ...process.env, ...(fault && { PLANTED_FAULT: JSON.stringify(fault) }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const output = out + err;
  // A spec that does not load, or of which no test runs, proves nothing.
  const hasRun = /^ +\d+ failing/m.test(output) || (code === 0 && /^ +[1-9]\d* passing/m.test(output));
  return { outcome: !hasRun ? 'broken' : code === 0 ? 'passed' : 'failed', output };
}

/** @returns how often the file contains the text that the fault replaces. */
export function placesOf({ file, was }: PlantedFault): number {
  return readFileSync(file, 'utf8').split(was).length - 1;
}
