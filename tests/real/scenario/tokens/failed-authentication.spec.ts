import { expect } from 'chai';
import { secretFingerprint } from '#infrastructure/security/verification-keys';
import { signDjangoToken } from '../../../../tools/local/django-token.ts';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { TEST_SECRET } from '../../../support/http/start-app.ts';
import { createTestDatabase } from '../../../support/servers/test-database.ts';

/** A token that an attacker has signed with another secret. */
const FORGED = signDjangoToken({ secret: 'not-the-secret-of-this-service-0123456789', userId: 'ada' });

describe('a client that sends invalid tokens', () => {
  let service: ServiceProcess;

  before(async function () {
    this.timeout(30_000);
    service = await startService({
      DATABASE_URL: await createTestDatabase(),
      ROLE: 'api',
      RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '12',
    });
  });

  after(killAll);

  const guess = (path = '/api/v1/opportunities?mine=true') =>
    fetch(service.url + path, { headers: { authorization: `Bearer ${FORGED}` } });
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  };
  const failures = () =>
    service
      .output()
      .split('\n')
      .filter((line) => line.includes('"authentication failed"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('is limited, counted and logged, and does not lock out users with known tokens', async () => {
    const ada = apiClient(service.url, 'ada');
    expect((await ada.post('', SOME_OPPORTUNITY)).status).to.equal(201);

    const answers: Response[] = [];
    for (let n = 0; n < 15; n += 1) answers.push(await guess());
    expect(answers.map(({ status }) => status)).to.deep.equal([...Array<number>(12).fill(401), 429, 429, 429]);
    const refused = answers.at(-1)!;
    const { code, 'violated-policies': policies } = (await refused.json()) as Record<string, unknown>;
    expect([code, policies]).to.deep.equal(['rate_limited', ['authentication']]);
    expect(Number(refused.headers.get('Retry-After'))).to.be.within(1, 60);
    expect((await ada.get('?mine=true')).status).to.equal(200);
    expect((await guess('/health/ready')).status).to.equal(200);

    expect(await metric('opportunities_auth_failures_total{reason="token_invalid"}')).to.equal(12);
    expect(await metric('opportunities_auth_failures_total{reason="rate_limited"}')).to.equal(3);
    expect(await metric('opportunities_auth_failures_total{reason="token_expired"}')).to.equal(0);
    expect(await metric('opportunities_outbox_waiting_events')).to.equal(1);

    // The service writes a summary to the log at intervals.
    const lines = await eventually(() => (failures().length >= 10 ? failures() : undefined));
    expect(lines).to.have.length(10);
    for (const [index, line] of lines.entries())
      expect(line).to.deep.include({
        level: 'info',
        reason: 'token_invalid',
        client: '127.0.0.1',
        keyFingerprints: [secretFingerprint(TEST_SECRET)],
        requestId: answers[index]!.headers.get('X-Request-Id'),
      });
    for (const part of FORGED.split('.')) expect(service.output()).to.not.contain(part);
  });
});
