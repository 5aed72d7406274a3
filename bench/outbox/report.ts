/** What one part of a run found. */
export type Section = {
  readonly name: string;
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly how: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Every figure of every round. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
};

/** Where and when it was found. */
export type Circumstances = {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: string;
  readonly rounds: number;
  readonly events: number;
};

export type Result = Section & { readonly circumstances: Circumstances };

/** Sections that were measured again take the place of what was there; the order stays. */
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
  return `${['# The outbox, measured', NOTE, ...parts].join('\n\n')}\n`;
}

const NOTE = `Written by \`npm run bench:outbox\`; [what it does and how to read it](../../docs/proof/outbox-benchmark.md). Medians of the rounds, with the
smallest and the largest. Compare within one table: its arms took turns on one machine.`;

/** As Prettier leaves it. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((name, column) =>
    Math.max(3, ...[name, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
