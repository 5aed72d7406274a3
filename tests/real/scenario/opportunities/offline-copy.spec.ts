import { expect } from 'chai';
import { apiClient, SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase } from '../../../support/servers/test-database.ts';

type Page = {
  items: Record<string, unknown>[];
  tombstones: { id: string; deletedAt: string }[];
  page: { nextToken: string; hasMore: boolean };
};

describe('an offline copy', () => {
  afterEach(killAll);

  it('can be continued at any process', async () => {
    const environment = { DATABASE_URL: await createTestDatabase(), KAFKA_BROKERS: realServers().kafka.brokers };
    const [one, other] = [await startService(environment), await startService(environment)];
    const owner = apiClient(one.url, 'owner');
    const reader = apiClient(other.url, 'reader');
    const changes = async (since?: string) => {
      const { status, body } = await reader.get(`/changes?limit=2${since === undefined ? '' : `&since=${since}`}`);
      expect(status, JSON.stringify(body)).to.equal(200);
      return body as Page;
    };

    const ids: unknown[] = [];
    for (let count = 0; count < 3; count++) ids.push((await owner.post('', SOME_OPPORTUNITY)).body['id']);
    const first = await changes();
    expect(first.page.hasMore).to.equal(true);
    const second = await changes(first.page.nextToken);
    expect([...first.items, ...second.items].map(({ id }) => id)).to.deep.equal(ids);
    expect(second.items[0]).to.deep.equal((await reader.get(`/${String(ids[2])}`)).body);

    await owner.post(`/${String(ids[0])}/close`, { reason: 'filled' });
    const third = await changes(second.page.nextToken);
    expect(third.items.map(({ id, status }) => [id, status])).to.deep.equal([[ids[0], 'closed']]);
    expect(third.tombstones).to.deep.equal([]);
    expect((await changes(third.page.nextToken)).items).to.deep.equal([]);
  });
}).timeout(60_000);
