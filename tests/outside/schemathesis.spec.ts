import { join } from 'node:path';
import { expect } from 'chai';
import { signDjangoToken } from '../../tools/local/django-token.ts';
import { pythonEnvironment, run } from '../support/tokens/python-environment.ts';
import { realServers } from '../support/servers/real-servers.ts';
import { killAll, type ServiceProcess, startService } from '../support/servers/service-process.ts';
import { TEST_SECRET } from '../support/http/start-app.ts';
import { createTestDatabase } from '../support/servers/test-database.ts';

/** Seed of the generated requests. Other seeds may find other errors: SCHEMATHESIS_SEED=2 SCHEMATHESIS_EXAMPLES=500 npm run test:outside */
const SEED = process.env['SCHEMATHESIS_SEED'] ?? '1';
/** Number of examples per operation and phase. */
const EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'] ?? '25';

describe('the service and its OpenAPI document', function () {
  this.timeout('60m');
  let service: ServiceProcess;

  before(async () => {
    service = await startService({
      DATABASE_URL: await createTestDatabase(),
      KAFKA_BROKERS: realServers().kafka.brokers,
      RATE_LIMIT_READS_PER_MINUTE: '1000000',
      RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
      RATE_LIMIT_ANONYMOUS_PER_MINUTE: '1000000',
      RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1000000',
    });
  });

  after(() => {
    killAll();
  });

  it('agree on every request that schemathesis generates from /openapi.json', async () => {
    const token = signDjangoToken({ secret: TEST_SECRET, userId: 'schemathesis', role: 'admin' });
    const programs = await pythonEnvironment('schemathesis', 'tests/outside/requirements.txt');
    const { code, output } = await run(join(programs, 'schemathesis'), [
      ...['run', `${service.url}/openapi.json`, '--header', `Authorization: Bearer ${token}`, '--no-color'],
      ...['--seed', SEED, '--max-examples', EXAMPLES, '--generation-database', 'none'],
    ]);
    expect(code, output).to.equal(0);
    process.stdout.write(output.slice(output.lastIndexOf('SUMMARY')));
  });
});
