import type { Section } from './sections/section.ts';

/** The time and the environment of a run. */
export type Circumstances = {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: string;
  readonly rounds: number;
  readonly events: number;
};

export type Result = Section & { readonly circumstances: Circumstances };

/** Replaces the sections that were measured again, and leaves the others as they are. */
export function merged(before: readonly Result[], now: readonly Result[], order: readonly string[]): Result[] {
  const all = new Map([...before, ...now].map((result) => [result.name, result]));
  return order.flatMap((name) => all.get(name) ?? []);
}

export function asMarkdown(results: readonly Result[]): string {
  const parts = results.map((result) => {
    const { date, commit, machine, versions, rounds, events } = result.circumstances;
    return [
      `## ${result.title}`,
      result.how,
      table(result.columns, result.rows),
      `${date}, commit ${commit}, ${rounds} rounds, ${events.toLocaleString('en')} events. ${machine}; ${versions}.`,
    ].join('\n\n');
  });
  return `${['# Results of the outbox benchmark', NOTE, ...parts].join('\n\n')}\n`;
}

const NOTE = `Written by \`npm run bench:outbox\`: [what it does and how to read it](../../docs/proof/outbox-benchmark.md). Each figure is the median of the
rounds, with the smallest and the largest. Compare within one table only: its arms took turns on one machine.`;

/** Formats a Markdown table as Prettier does. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((name, column) =>
    Math.max(3, ...[name, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
