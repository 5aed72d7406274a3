import type { Outcome } from './run.ts';

/** Totals over all seeds of one fault with one client: one row of the report. */
export type Summary = {
  readonly fault: string;
  readonly client: string;
  readonly seeds: number;
  readonly transactions: number;
  readonly events: number;
  readonly repeats: number;
  readonly violations: number;
  readonly seconds: number;
};

export function summaries(outcomes: readonly Outcome[]): Summary[] {
  const groups = Map.groupBy(outcomes, ({ fault, client }) => `${fault} ${client}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const sum = (of: (outcome: Outcome) => number) => group.reduce((total, each) => total + of(each), 0);
    return [
      {
        fault: first.fault,
        client: first.client,
        seeds: group.length,
        transactions: sum(({ transactions }) => transactions),
        events: sum(({ events }) => events),
        repeats: sum(({ repeats }) => repeats),
        violations: sum(({ problems }) => problems.length),
        seconds: Math.round(sum(({ seconds }) => seconds)),
      },
    ];
  });
}

const COLUMNS = ['fault', 'client', 'seeds', 'transactions', 'events', 'repeats', 'violations', 'seconds'] as const;

/** Formats a Markdown table with aligned columns, so that it can be read in a terminal, too. */
export function table(rows: readonly Summary[]): string {
  const cells = [COLUMNS.map(String), ...rows.map((row) => COLUMNS.map((column) => String(row[column])))];
  const widths = COLUMNS.map((_, n) => Math.max(...cells.map((row) => row[n]?.length ?? 0)));
  const isText = (n: number) => n < 2;
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, n) => (isText(n) ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, n) => (isText(n) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...body] = cells;
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

/** Reads the rows back from a report's text. */
export function rowsIn(text: string): Summary[] {
  return text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, fault, client, ...numbers] = cells;
    const [seeds, transactions, events, repeats, violations, seconds] = numbers.map(Number);
    if (!fault || !client || !seeds) return [];
    return [
      {
        ...{ fault, client, seeds, transactions: transactions ?? 0, events: events ?? 0, repeats: repeats ?? 0 },
        ...{ violations: violations ?? 0, seconds: seconds ?? 0 },
      },
    ];
  });
}

/**
 * Replaces older rows with newer ones of the same fault and client.
 * @param faults the names of all faults in their order; rows of other faults are dropped.
 */
export function merged(older: readonly Summary[], newer: readonly Summary[], faults: readonly string[]): Summary[] {
  const nameOf = ({ fault, client }: Summary) => `${fault} ${client}`;
  const rows = new Map([...older, ...newer].map((row) => [nameOf(row), row]));
  return faults.flatMap((fault) =>
    [...rows.values()].filter((row) => row.fault === fault).toSorted((a, b) => (a.client < b.client ? -1 : 1)),
  );
}

/** @param machine descriptions of the machine, one per line. */
export function report(rows: readonly Summary[], machine: readonly string[]): string {
  return [
    '# Results of the fault matrix',
    '',
    'Written by `npm run chaos`. Each row comes from the last run of its fault and client with five seeds or more. [What is broken, and what is checked](../../docs/proof/fault-matrix.md).',
    '',
    ...machine.map((fact) => `- ${fact}`),
    '',
    table(rows),
    '',
  ].join('\n');
}
