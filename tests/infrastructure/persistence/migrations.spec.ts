import { expect } from 'chai';
import { CLOSE_REASONS, OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { OpportunityRows } from '#infrastructure/persistence/opportunities/opportunity-rows';
import { createOrm } from '#infrastructure/persistence/orm';
import { RecordingLogger } from '../../support/system/recording-logger.ts';
import { MIGRATIONS } from '#infrastructure/persistence/migrations/migrations';

/** The SQL of each migration, in the order in which they run. Nothing connects to a database. */
const STATEMENTS = MIGRATIONS.map(({ name, class: Migration }) => {
  const collected: string[] = [];
  const recorder = Object.create(Migration.prototype) as { up(): void; addSql(sql: string): void };
  recorder.addSql = (sql) => void collected.push(sql);
  recorder.up();
  return { name, sql: collected.join(';\n') };
});

/** The values that the newest CHECK of a column allows, and the migration that has it. */
function allowedIn(column: string): { migration: string; values: string[] } {
  const check = new RegExp(String.raw`CHECK\s*\(\s*${column} IN \(([^)]*)\)\s*\)`, 'g');
  const found = STATEMENTS.flatMap(({ name, sql }) =>
    [...sql.matchAll(check)].map(([, list]) => ({
      migration: name,
      values: [...list!.matchAll(/'([^']*)'/g)].map(([, value]) => value!),
    })),
  );
  return found.at(-1) ?? { migration: 'none', values: [] };
}

/** Says what to do about values of the domain that the database would refuse; empty when there are none. */
function refusals(column: string, values: readonly string[]): string[] {
  const { migration, values: allowed } = allowedIn(column);
  return values
    .filter((value) => !allowed.includes(value))
    .map(
      (value) =>
        `The migration ${migration} has no ${column} "${value}": add a migration that widens its CHECK constraint. ` +
        'See docs/architects/add-a-status.md.',
    );
}

/** The columns of the table of opportunities, as the mapping names them. Nothing connects to a database. */
function mappedColumns(): string[] {
  const orm = createOrm(
    { url: 'postgresql://nobody@127.0.0.1:1/x', poolMax: 1, statementTimeoutMs: 1 },
    new RecordingLogger(),
  );
  return /^SELECT (.+) FROM/.exec(new OpportunityRows(orm).select)![1]!.split(', ');
}

describe('the migrations', () => {
  it('allow every status and every reason for closing, so that no change of the domain gets a 500', () => {
    expect(refusals('status', OPPORTUNITY_STATUSES)).to.deep.equal([]);
    expect(refusals('close_reason', CLOSE_REASONS)).to.deep.equal([]);
    expect(allowedIn('status').values).to.have.members([...OPPORTUNITY_STATUSES]);
    expect(allowedIn('close_reason').values).to.have.members([...CLOSE_REASONS]);
  });

  it('would not pass with a status that no migration knows', () => {
    expect(refusals('status', ['unheard_of', 'draft'])).to.deep.equal([
      `The migration ${allowedIn('status').migration} has no status "unheard_of": add a migration that widens its CHECK ` +
        'constraint. See docs/architects/add-a-status.md.',
    ]);
  });

  it('make a column for every property that the mapping stores', () => {
    const made = new Set(
      STATEMENTS.flatMap(({ sql }) =>
        [...sql.matchAll(/^\s*(?:ADD COLUMN\s+)?([a-z_]+)\s+[a-z]/gm)].map(([, name]) => name),
      ),
    );
    const missing = mappedColumns().filter((column) => !made.has(column));
    expect(
      missing.map((column) => `No migration makes the column ${column}: add one. See docs/architects/add-a-field.md.`),
    ).to.deep.equal([]);
  });
});
