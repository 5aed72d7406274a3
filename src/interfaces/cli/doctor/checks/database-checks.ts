import { type DatabaseDiagnosis, type DatabaseFindings, LookFailed } from '#application/ports/operations/diagnosis';
import { errorText } from '../../connection-errors.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';
import { withTimeout } from './web-requests.ts';

const HOW_TO_SEPARATE =
  'Create a database for this service, and point DATABASE_URL at it: CREATE DATABASE opportunities;';

/** @returns the database of a URL as host:port/name, without user and password. */
export function databaseName(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, port, pathname } = new URL(url);
  return /^postgres/i.test(url) ? `${hostname.toLowerCase()}:${port || '5432'}${pathname}` : undefined;
}

/**
 * @param diagnosis undefined when the settings do not say where the database is.
 * @param name our database, as databaseName gives it.
 * @param djangoName Django's database, if it is known.
 */
export async function databaseChecks(
  diagnosis: DatabaseDiagnosis | undefined,
  name: string | undefined,
  djangoName: string | undefined,
): Promise<Check[]> {
  const isShared = name !== undefined && name === djangoName;
  const shared = failure('database.own', `Both services use the database ${name ?? ''}.`, HOW_TO_SEPARATE);
  if (!diagnosis) return allSkipped('DATABASE_URL is not set, or not valid');
  try {
    const findings = await withTimeout(diagnosis.look());
    return [
      findings.readOnly
        ? failure('database.reachable', 'The database accepts no writes.', 'Point DATABASE_URL at the primary.')
        : ok('database.reachable', `The database${ofName(name)} responds.`),
      isShared ? shared : own(findings),
      migrations(findings),
      session(findings),
    ];
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    const [, ...others] = allSkipped('the database does not respond');
    return [
      failure(
        'database.reachable',
        `The database${ofName(name)} cannot be used: ${errorText(error.reason)}.`,
        'Start the database, or correct DATABASE_URL.',
      ),
      ...(isShared ? [shared, ...others.slice(1)] : others),
    ];
  }
}

function ofName(name: string | undefined): string {
  return name === undefined ? '' : ` ${name}`;
}

function allSkipped(why: string): Check[] {
  return ['database.reachable', 'database.own', 'database.migrations', 'database.session'].map((id) =>
    skipped(id, why),
  );
}

function own({ djangoTables }: DatabaseFindings): Check {
  const id = 'database.own';
  if (djangoTables.length === 0) return ok(id, 'This database has no tables of Django.');
  return failure(id, `This database has tables of Django: ${djangoTables.join(', ')}.`, HOW_TO_SEPARATE);
}

function migrations({ pending, unknown }: DatabaseFindings): Check {
  const id = 'database.migrations';
  if (pending.length > 0)
    return warning(
      id,
      `These migrations have not run: ${pending.join(', ')}.`,
      'They run at the next start, or with `node dist/main.js migrate`.',
    );
  if (unknown.length > 0)
    return warning(
      id,
      `A newer version of the service has run these migrations: ${unknown.join(', ')}.`,
      'Deploy that version here as well.',
    );
  return ok(id, 'All migrations have run.');
}

function session({ session }: DatabaseFindings): Check {
  const id = 'database.session';
  if (session === 'own') return ok(id, 'A relay gets a database session of its own for its locks.');
  if (session === 'pooled')
    return warning(
      id,
      'A connection pooler is between the relay and the database: in transaction mode, relays lose their locks and events their order.',
      'Set DATABASE_DIRECT_URL to an address of the database without a pooler.',
    );
  return failure(
    id,
    `The database cannot be used at DATABASE_DIRECT_URL: ${errorText(session.reason)}.`,
    'Correct DATABASE_DIRECT_URL.',
  );
}
