import { UnreadableFile, type Variables } from '../env-file.ts';
import { type CommandOutput, EXIT } from '../exit-codes.ts';
import { readArguments, USAGE, UsageError } from './doctor-arguments.ts';
import { type DoctorParts, readInputs } from './doctor-inputs.ts';
import { hasFailed } from './report.ts';
import { reportJson, reportText } from './report-formats.ts';
import { runChecks } from './run-checks.ts';

/**
 * Checks the integration with Django, the configuration, and the servers, and prints a report.
 * @param connect reads the settings as far as they are valid, and prepares the adapters that they describe.
 */
export async function doctor(
  args: readonly string[],
  environment: Variables,
  standardInput: AsyncIterable<Buffer | string>,
  connect: (variables: Variables) => DoctorParts,
): Promise<CommandOutput> {
  try {
    const given = readArguments(args);
    if (given.help) return { code: EXIT.ok, output: USAGE, error: '' };
    const report = await runChecks(await readInputs(given, environment, standardInput, connect));
    const isFailed = hasFailed(report, given.production);
    return {
      code: isFailed ? EXIT.failed : EXIT.ok,
      output: given.json ? reportJson(report, isFailed) : reportText(report),
      error: '',
    };
  } catch (error) {
    if (error instanceof UsageError) return { code: EXIT.badUsage, output: '', error: `${error.message}\n\n${USAGE}` };
    if (error instanceof UnreadableFile)
      return { code: EXIT.badConfiguration, output: '', error: `${error.message}\n` };
    throw error;
  }
}
