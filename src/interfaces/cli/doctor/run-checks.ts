import type { BrokerDiagnosis, DatabaseDiagnosis } from '#application/ports/operations/diagnosis';
import { type BrokerSettings, brokerChecks } from './checks/broker-checks.ts';
import { databaseChecks, databaseName } from './checks/database-checks.ts';
import { djangoChecks } from './checks/django-checks.ts';
import { readAsDecouple } from '../env-file.ts';
import { type Report, report } from './checks/report.ts';
import { type EnvFiles, secretChecks, type SecretSettings } from './checks/secret-checks.ts';
import { serviceChecks } from './checks/service-checks.ts';
import { settingChecks, type Settings } from './checks/setting-checks.ts';
import { tokenChecks, type TokenSettings } from './checks/token-checks.ts';

/** Everything that the doctor looks at; what is undefined is not there, and each check that needs it says so. */
export type Patient = {
  readonly files: EnvFiles;
  readonly settings: Settings;
  readonly secret: SecretSettings;
  readonly tokens: TokenSettings;
  /** As it was pasted. */
  readonly token: string | undefined;
  /** The word before it in the Authorization header. */
  readonly scheme: string;
  readonly url: string | undefined;
  readonly djangoUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly database: DatabaseDiagnosis | undefined;
  readonly broker: BrokerDiagnosis | undefined;
  readonly brokerSettings: BrokerSettings | undefined;
  readonly forProduction: boolean;
  readonly now: Date;
  readonly fingerprint: (secret: string) => string;
};

/** Looks at everything at the same time. No look takes longer than PATIENCE_MS, or the database's and the broker's own time-outs. */
export async function examine(patient: Patient): Promise<Report> {
  const { files, now } = patient;
  const djangos = files.djangos && readAsDecouple(files.djangos.text)['DATABASE_URL'];
  const token = await tokenChecks(patient.token, patient.tokens, now);
  const service = serviceChecks(patient.url, token.token && `${patient.scheme} ${token.token}`);
  const [{ checks: ofService }, ofDjango, ofDatabase, ofBroker] = await Promise.all([
    service,
    djangoChecks(patient.djangoUrl, service),
    databaseChecks(patient.database, databaseName(patient.databaseUrl), databaseName(djangos)),
    brokerChecks(patient.broker, patient.brokerSettings),
  ]);
  return report([
    ...settingChecks(patient.settings, patient.forProduction),
    ...secretChecks(patient.secret, files, patient.fingerprint),
    ...token.checks,
    ...ofService,
    ...ofDjango,
    ...ofDatabase,
    ...ofBroker,
  ]);
}
