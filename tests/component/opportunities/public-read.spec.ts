import { expect } from 'chai';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';

describe('reading without a token', () => {
  let service: InMemoryService;

  afterEach(() => service.app.stop());

  const start = async (environment: Record<string, string>) => {
    service = await startInMemoryService(environment);
    const ada = service.as('ada');
    const [published, draft] = [await ada.posts(), await ada.posts({ status: 'draft' })];
    return { published: `${OPPORTUNITIES}/${published.id}`, draft: `${OPPORTUNITIES}/${draft.id}` };
  };

  it('is refused unless PUBLIC_READ is true', async () => {
    for (const environment of [{}, { PUBLIC_READ: 'false' }]) {
      const { published } = await start(environment);
      expect((await service.anonymous('GET', published)).body.code).to.equal('token_missing');
      await service.app.stop();
    }
  });

  it('shows published opportunities as another user sees them, and no drafts', async () => {
    const { published, draft } = await start({ PUBLIC_READ: 'true' });
    const seen = await service.anonymous('GET', published);
    expect([seen.status, seen.body]).to.deep.equal([200, (await service.as('bob').get(published)).body]);
    expect((await service.anonymous('GET', draft)).body.code).to.equal('not_found');
    expect((await service.as('ada').get(draft)).status).to.equal(200);
  });

  it('counts for the limit of the address, and only the app’s own cache may store the response', async () => {
    const { published } = await start({ PUBLIC_READ: 'true', RATE_LIMIT_ANONYMOUS_PER_MINUTE: '1' });
    const { headers } = await service.anonymous('GET', published);
    expect(headers.get('RateLimit')).to.equal('"anonymous";r=0;t=60');
    expect(headers.get('Cache-Control')).to.equal('private, no-cache');
    expect((await service.anonymous('GET', published)).status).to.equal(429);
  });

  it('is refused to a request with an invalid token', async () => {
    const { published } = await start({ PUBLIC_READ: 'true' });
    const expired = signDjangoToken({ secret: TEST_SECRET, userId: 'ada', now: SOME_DAY, lifetimeSeconds: -1 });
    for (const [authorization, code] of [
      [`Bearer ${expired}`, 'token_expired'],
      ['Bearer nonsense', 'token_invalid'],
      ['Bearer', 'authorization_malformed'],
    ] as const) {
      const answer = await service.anonymous('GET', published, { headers: { Authorization: authorization } });
      expect([answer.status, answer.body.code]).to.deep.equal([401, code]);
    }
  });

  it('allows no changes', async () => {
    const { published } = await start({ PUBLIC_READ: 'true' });
    for (const [method, path] of [
      ['POST', OPPORTUNITIES],
      ['PATCH', published],
      ['DELETE', published],
      ['POST', `${published}/close`],
      ['POST', `${published}/publish`],
    ] as const)
      expect((await service.anonymous(method, path, { body: {} })).body.code, `${method} ${path}`).to.equal(
        'token_missing',
      );
  });
});
