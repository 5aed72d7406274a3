import { type DatabaseDiagnosis, type DatabaseFindings, LookFailed } from '#application/ports/operations/diagnosis';
import { errorText } from '../../connection-errors.ts';
import { withTimeout } from './web-requests.ts';
import { type Check, failure, ok, skipped, warning } from '../report.ts';

/** A database as a URL names it, without user and password: host:port/name. */
export function databaseName(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, port, pathname } = new URL(url);
  return /^postgres/i.test(url) ? `${hostname.toLowerCase()}:${port || '5432'}${pathname}` : undefined;
}

/**
 * @param diagnosis undefined when the settings do not say where the database is
 * @param name our database, as databaseName gives it
 * @param djangos Django's, if it is known
 */
export async function databaseChecks(
  diagnosis: DatabaseDiagnosis | undefined,
  name: string | undefined,
  djangos: string | undefined,
): Promise<Check[]> {
  const isSame = name !== undefined && name === djangos;
  const shared = failure(
    'database.own',
    `both services have the database ${name ?? ''}`,
    'Create a database for this service, and point DATABASE_URL at it: CREATE DATABASE opportunities;',
  );
  if (!diagnosis) return unseen('DATABASE_URL is not set, or not valid');
  try {
    const findings = await withTimeout(diagnosis.look());
    return [
      findings.readOnly
        ? failure('database.reachable', 'the database takes no writes', 'Point DATABASE_URL at the primary.')
        : ok('database.reachable', `${name ?? 'the database'} answers`),
      isSame ? shared : own(findings),
      migrations(findings),
      session(findings),
    ];
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    const [, ...others] = unseen('the database does not answer');
    return [
      failure(
        'database.reachable',
        `${name ?? 'the database'} cannot be looked at: ${errorText(error.reason)}`,
        'Start it, or mend DATABASE_URL.',
      ),
      ...(isSame ? [shared, ...others.slice(1)] : others),
    ];
  }
}

function unseen(why: string): Check[] {
  return ['database.reachable', 'database.own', 'database.migrations', 'database.session'].map((id) =>
    skipped(id, why),
  );
}

function own({ djangoTables }: DatabaseFindings): Check {
  const id = 'database.own';
  if (djangoTables.length === 0) return ok(id, 'no table of Django is in this database');
  return failure(
    id,
    `tables of Django are in this database: ${djangoTables.join(', ')}`,
    'Create a database for this service, and point DATABASE_URL at it: CREATE DATABASE opportunities;',
  );
}

function migrations({ pending, unknown }: DatabaseFindings): Check {
  const id = 'database.migrations';
  if (pending.length > 0)
    return warning(
      id,
      `not run yet: ${pending.join(', ')}`,
      'They run at the next start, or with `node dist/main.js migrate`.',
    );
  if (unknown.length > 0)
    return warning(id, `run by a newer version: ${unknown.join(', ')}`, 'Deploy that version here as well.');
  return ok(id, 'all migrations have run');
}

function session({ session }: DatabaseFindings): Check {
  const id = 'database.session';
  const fix = 'Set DATABASE_DIRECT_URL to an address of the database without a pooler.';
  if (session === 'own') return ok(id, 'a relay has a session of its own for its locks');
  if (session === 'pooled')
    return warning(
      id,
      'a pooler stands before the relay’s locks: in transaction mode the order of events is lost',
      fix,
    );
  return failure(
    id,
    `DATABASE_DIRECT_URL cannot be looked at: ${errorText(session.reason)}`,
    'Mend DATABASE_DIRECT_URL.',
  );
}
