import { parseArgs } from 'node:util';
import type { Fault } from './faults/fault.ts';
import type { Client } from './run.ts';

const CLIENTS: Readonly<Record<string, readonly Client[]>> = {
  kafkajs: ['kafkajs'],
  platformatic: ['platformatic'],
  both: ['kafkajs', 'platformatic'],
};
/** Seeds per fault and client when none are given. */
export const DEFAULT_SEEDS = 5;

export type Options = {
  readonly faults: readonly Fault[];
  readonly seeds: readonly number[];
  readonly clients: readonly Client[];
};

export const USAGE = `usage: npm run chaos -- [--fault name[,name…]] [--seed n | --seeds count] [--client kafkajs|platformatic|both]`;

/** @throws Error that names the wrong argument and the allowed values. */
export function readOptions(args: readonly string[], faults: readonly Fault[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fault: { type: 'string' },
      seed: { type: 'string' },
      seeds: { type: 'string' },
      client: { type: 'string', default: 'both' },
    },
  });
  const clients = CLIENTS[values.client];
  if (!clients) throw new Error(`--client ${values.client}: must be kafkajs, platformatic or both`);
  if (values.seed !== undefined && values.seeds !== undefined)
    throw new Error('--seed and --seeds: give only one of them');
  const chosen = values.fault?.split(',').map((name) => {
    const fault = faults.find((each) => each.name === name);
    if (!fault) throw new Error(`--fault ${name}: must be one of ${faults.map((each) => each.name).join(', ')}`);
    return fault;
  });
  return {
    faults: chosen ?? faults,
    seeds:
      values.seed === undefined
        ? Array.from({ length: number('--seeds', values.seeds ?? String(DEFAULT_SEEDS)) }, (_, n) => n + 1)
        : [number('--seed', values.seed)],
    clients,
  };
}

function number(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${name} ${text}: must be a whole number of at least 1`);
  return Number(text);
}
