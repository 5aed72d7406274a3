/** The parts of Stryker's JSON report that are read here. */
export type MutationReport = {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
};

type Mutant = {
  readonly status: string;
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
};
type Place = { readonly line: number; readonly column: number };

/** A change that no test can notice. */
export type SurvivorRow = {
  readonly file: string;
  /** The line of the change, without the blanks around it. */
  readonly line: string;
  /** The changed code, and what it becomes. */
  readonly change: readonly [from: string, to: string];
  readonly why: string;
};

/**
 * Compares the changes that no test noticed with the table. A change without a row is a problem, and so is a row without
 * its change: that code is tested by now, or gone.
 */
export function judged(
  { files }: MutationReport,
  rows: readonly SurvivorRow[],
): { changes: number; noticed: number; problems: string[] } {
  let changes = 0;
  let noticed = 0;
  const needed = new Set<SurvivorRow>();
  const problems: string[] = [];
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const lines = source.split('\n');
    for (const { status, replacement = '', location } of mutants) {
      // Types make some changes impossible, and a comment in the code leaves some out.
      if (['Ignored', 'CompileError', 'RuntimeError'].includes(status)) continue;
      changes += 1;
      if (status === 'Killed' || status === 'Timeout') {
        noticed += 1;
        continue;
      }
      const line = lines[location.start.line - 1]?.trim() ?? '';
      const from = cut(lines, location);
      const row = rows.find(
        (each) => each.file === file && each.line === line && same(each.change, [from, replacement]),
      );
      if (row) needed.add(row);
      else problems.push(`${file}:${location.start.line}: no test notices ${quoted(from)} → ${quoted(replacement)}`);
    }
  }
  for (const row of rows)
    if (row.file in files && !needed.has(row))
      problems.push(
        `${row.file}: the row ${quoted(row.change[0])} → ${quoted(row.change[1])} is not needed: ${row.line}`,
      );
  return { changes, noticed, problems };
}

function cut(lines: readonly string[], { start, end }: Mutant['location']): string {
  if (start.line === end.line) return lines[start.line - 1]?.slice(start.column - 1, end.column - 1) ?? '';
  const first = lines[start.line - 1]?.slice(start.column - 1) ?? '';
  const last = lines[end.line - 1]?.slice(0, end.column - 1) ?? '';
  return [first, ...lines.slice(start.line, end.line - 1), last].join('\n');
}

function same([from, to]: SurvivorRow['change'], other: SurvivorRow['change']): boolean {
  return from === other[0] && to === other[1];
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
