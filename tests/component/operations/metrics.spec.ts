import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { type OutboxBacklog, OutboxHealth } from '#application/ports/operations/health';
import { eventually } from '../../support/system/eventually.ts';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

describe('/metrics', () => {
  let service: InMemoryService;

  afterEach(() => service.app.stop());

  const scrape = () => service.anonymous('GET', '/metrics');
  /** Returns the value of the sample with exactly these labels, or undefined when it is missing. */
  const valueOf = async (name: string): Promise<number | undefined> => {
    const line = (await scrape()).text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  };
  const answered = (labels: string) => valueOf(`opportunities_http_request_duration_seconds_count{${labels}}`);

  for (const role of ['all', 'api', 'relay'])
    it(`responds in the role ${role} with text for Prometheus that must not be cached`, async () => {
      service = await startInMemoryService({ ROLE: role });
      const { status, headers, text } = await scrape();
      expect([status, headers.get('Content-Type'), headers.get('Cache-Control')]).to.deep.equal([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
        'no-store',
      ]);
      for (const name of ['opportunities_auth_failures_total{reason="token_invalid"} 0', 'process_cpu_seconds_total '])
        expect(text).to.contain(`\n${name}`);
    });

  it('responds to everybody, and ignores tokens', async () => {
    service = await startInMemoryService({
      RATE_LIMIT_ANONYMOUS_PER_MINUTE: '1',
      RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1',
    });
    const headers = { Authorization: 'Bearer nonsense' };
    for (let n = 0; n < 5; n += 1)
      expect((await service.anonymous('GET', '/metrics', { headers })).status).to.equal(200);
    expect(await valueOf('opportunities_auth_failures_total{reason="token_invalid"}')).to.equal(0);
  });

  it('measures requests by route, and shows no text that a client can choose', async () => {
    service = await startInMemoryService();
    const ada = service.as('ada-lovelace');
    const { id } = await ada.posts();
    await ada.get(`${OPPORTUNITIES}/${id}?secret=1`);
    await ada.get(`${OPPORTUNITIES}/made-up-1`);
    for (const path of ['/made-up-2', '/api/v1/made-up-3', '/metrics/made-up-4', '/docs/made-up-5'])
      await service.anonymous('GET', path);
    const pattern = `route="${OPPORTUNITIES}/:id"`;
    expect(await answered(`method="POST",route="${OPPORTUNITIES}",status="2xx"`)).to.equal(1);
    expect(await answered(`method="GET",${pattern},status="2xx"`)).to.equal(1);
    expect(await answered(`method="GET",${pattern},status="4xx"`)).to.equal(1);
    expect(await answered('method="GET",route="none",status="4xx"')).to.equal(4);
    const { text } = await scrape();
    for (const own of ['made-up', 'ada-lovelace', id, 'secret']) expect(text).to.not.contain(own);
  });

  it('counts published events', async () => {
    service = await startInMemoryService();
    await service.as('ada').posts();
    await eventually(async () => ((await valueOf('opportunities_events_published_total')) === 1 ? true : undefined));
    expect(await valueOf('opportunities_relay_failures_total')).to.equal(0);
  });

  describe('about the outbox', () => {
    const WAITING = 'opportunities_outbox_waiting_events';
    const OLDEST = 'opportunities_outbox_oldest_event_age_seconds';
    const PARKED = 'opportunities_outbox_parked_keys';
    let asked: number;
    let backlog: () => Promise<OutboxBacklog>;

    beforeEach(async () => {
      asked = 0;
      backlog = async () => ({ waiting: 3, oldestSeconds: 7.5, parkedKeys: 2 });
      const counting = new ContainerModule(({ rebind }) => {
        rebind(OutboxHealth).toConstantValue({ backlog: () => ((asked += 1), backlog()) });
      });
      service = await startInMemoryService({ ROLE: 'api' }, counting);
    });

    it('reports how many events wait, for how long, and how many keys are parked', async () => {
      expect([await valueOf(WAITING), await valueOf(OLDEST), await valueOf(PARKED)]).to.deep.equal([3, 7.5, 2]);
    });

    it('queries the database once in five seconds, however many collectors ask', async () => {
      await Promise.all(Array.from({ length: 10 }, scrape));
      expect(asked).to.equal(1);
      backlog = async () => ({ waiting: 4, oldestSeconds: 0, parkedKeys: 0 });
      service.clock.advance(4999);
      expect(await valueOf(WAITING)).to.equal(3);
      service.clock.advance(1);
      expect(await valueOf(WAITING)).to.equal(4);
      expect(asked).to.equal(2);
    });

    it('reports all other metrics while the database is away', async () => {
      backlog = () => Promise.reject(new Error('away'));
      expect((await scrape()).status).to.equal(200);
      expect([await valueOf(WAITING), await valueOf(OLDEST)]).to.deep.equal([undefined, undefined]);
      expect(await valueOf('opportunities_events_published_total')).to.equal(0);
    });

    it('does not wait for a database that hangs', async () => {
      backlog = () => new Promise(() => undefined);
      expect((await scrape()).status).to.equal(200);
    });
  });
});
