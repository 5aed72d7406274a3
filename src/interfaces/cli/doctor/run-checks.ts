import { readAsDecouple } from '../env-file.ts';
import { brokerChecks } from './checks/broker-checks.ts';
import { databaseChecks, databaseName } from './checks/database-checks.ts';
import { djangoChecks } from './checks/django-checks.ts';
import { secretChecks } from './checks/secret-checks.ts';
import { serviceChecks } from './checks/service-checks.ts';
import { settingChecks } from './checks/setting-checks.ts';
import { tokenChecks } from './checks/token-checks.ts';
import type { DoctorInputs } from './doctor-inputs.ts';
import { type Report, report } from './report.ts';

/**
 * Runs all checks. Checks that need a network run at the same time. A check waits for CHECK_TIMEOUT_MS at most, or for the
 * time-outs of the database and the broker if they are shorter.
 */
export async function runChecks(inputs: DoctorInputs): Promise<Report> {
  const { files, now } = inputs;
  const djangoDatabaseUrl = files.djangoFile && readAsDecouple(files.djangoFile.text)['DATABASE_URL'];
  const token = await tokenChecks(inputs.token, inputs.tokens, now);
  const service = serviceChecks(inputs.url, token.token && `${inputs.scheme} ${token.token}`);
  const [{ checks: ofService }, ofDjango, ofDatabase, ofBroker] = await Promise.all([
    service,
    djangoChecks(inputs.djangoUrl, service),
    databaseChecks(inputs.database, databaseName(inputs.databaseUrl), databaseName(djangoDatabaseUrl)),
    brokerChecks(inputs.broker, inputs.brokerSettings),
  ]);
  return report([
    ...settingChecks(inputs.settings, inputs.forProduction),
    ...secretChecks(inputs.secret, files, inputs.fingerprint),
    ...token.checks,
    ...ofService,
    ...ofDjango,
    ...ofDatabase,
    ...ofBroker,
  ]);
}
