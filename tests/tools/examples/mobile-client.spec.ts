import { expect } from 'chai';
import {
  MustLogIn,
  OpportunitiesClient,
  RequestRefused,
  type Tokens,
  type TokenStore,
} from '../../../examples/mobile/opportunities-client.ts';
import { rejection } from '../../support/system/rejection.ts';

type Call = { readonly path: string; readonly headers: Record<string, string>; readonly body: string };

const EXPIRED = { access: 'expired', refresh: 'refresh' };

describe('the client that docs/app/tokens.md shows', () => {
  const realFetch = globalThis.fetch;
  let calls: Call[];
  let kept: Tokens | undefined;
  let store: TokenStore;
  let client: OpportunitiesClient;
  /** Responses of Django and of the service. */
  let refreshes: () => Response | Promise<Response>;
  let serves: (token: string) => Response;

  beforeEach(() => {
    calls = [];
    kept = EXPIRED;
    store = {
      read: async () => kept,
      write: async (tokens) => void (kept = tokens),
      clear: async () => void (kept = undefined),
    };
    client = new OpportunitiesClient({ django: 'https://django', opportunities: 'https://opportunities' }, store);
    refreshes = () => Response.json({ access: 'fresh' });
    serves = (token) =>
      token === 'fresh' ? Response.json({ id: '1' }, { headers: { ETag: '"1"' } }) : refusal('token_expired');
    globalThis.fetch = async (url, init) => {
      const headers = init?.headers as Record<string, string>;
      calls.push({ path: new URL(url).pathname, headers, body: init?.body as string });
      if ((url as string).startsWith('https://django')) return refreshes();
      return serves(headers['Authorization']?.replace('Bearer ', '') ?? '');
    };
  });

  afterEach(() => {
    globalThis.fetch = realFetch;
  });

  const refusal = (code: string, status = 401) => Response.json({ code }, { status });
  const create = () => client.create({ title: 'Meetup' }, 'a-key');
  const paths = () => calls.map(({ path }) => path);
  const refreshCount = () => paths().filter((path) => path === '/api/auth/refresh/').length;

  it('refreshes an expired token, stores the new one, and repeats the request with the same key', async () => {
    expect(await create()).to.deep.equal({ body: { id: '1' }, etag: '"1"' });
    expect(paths()).to.deep.equal(['/api/v1/opportunities', '/api/auth/refresh/', '/api/v1/opportunities']);
    const [first, refresh, second] = calls;
    expect(refresh?.body).to.equal('{"refresh":"refresh"}');
    expect(second).to.deep.equal({ ...first, headers: { ...first?.headers, Authorization: 'Bearer fresh' } });
    expect(first?.headers['Idempotency-Key']).to.equal('a-key');
    expect(kept).to.deep.equal({ access: 'fresh', refresh: 'refresh' });
  });

  it('stores the new refresh token when Django rotates them', async () => {
    refreshes = () => Response.json({ access: 'fresh', refresh: 'rotated' });
    await create();
    expect(kept).to.deep.equal({ access: 'fresh', refresh: 'rotated' });
  });

  it('refreshes once for all requests that fail at the same time, and for one that fails later', async () => {
    await Promise.all([create(), create(), create()]);
    expect(refreshCount()).to.equal(1);
    expect(paths()).to.have.length(7);

    // The response to this request arrives while another request refreshes the token.
    kept = EXPIRED;
    const reads = store.read.bind(store);
    let count = 0;
    store.read = async () => (count++ === 0 ? EXPIRED : { access: 'fresh', refresh: 'refresh' });
    await create();
    expect(refreshCount()).to.equal(1);
    store.read = reads;
  });

  it('refreshes again when the next token expires', async () => {
    await create();
    kept = EXPIRED;
    await create();
    expect(refreshCount()).to.equal(2);
  });

  it('repeats only once, because a fresh token that has expired means that a clock is wrong', async () => {
    serves = () => refusal('token_expired');
    expect(await rejection(create())).to.deep.include({ status: 401, code: 'token_expired' });
    expect(paths()).to.have.length(3);
  });

  for (const code of ['token_invalid', 'token_revoked'])
    it(`asks the user to log in after ${code}, and does not refresh the token`, async () => {
      serves = () => refusal(code);
      expect(await rejection(create())).to.be.instanceOf(MustLogIn);
      expect(refreshCount()).to.equal(0);
      expect(kept).to.equal(undefined);
    });

  for (const [code, status] of [
    ['token_missing', 401],
    ['authorization_malformed', 401],
    ['token_wrong_type', 401],
    ['token_not_yet_valid', 401],
    ['forbidden', 403],
    ['rate_limited', 429],
  ] as const)
    it(`reports ${code}, and neither refreshes nor deletes the token`, async () => {
      serves = () => refusal(code, status);
      const error = await rejection(create());
      expect(error).to.be.instanceOf(RequestRefused);
      expect(error).to.deep.include({ status, code });
      expect(refreshCount()).to.equal(0);
      expect(kept).to.equal(EXPIRED);
    });

  it('copes with a proxy that responds with a page', async () => {
    serves = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
    expect(await rejection(create())).to.deep.include({ status: 502, code: '' });
  });

  it('asks the user to log in when Django refuses the refresh, and not when Django is down', async () => {
    refreshes = () => new Response('<h1>Down</h1>', { status: 503 });
    expect(await rejection(create())).to.deep.include({ status: 503 });
    expect(kept).to.equal(EXPIRED);
    refreshes = () => refusal('token_not_valid');
    expect(await rejection(create())).to.be.instanceOf(MustLogIn);
    expect(kept).to.equal(undefined);
  });

  it('sends no request without a token', async () => {
    kept = undefined;
    expect(await rejection(create())).to.be.instanceOf(MustLogIn);
    expect(calls).to.deep.equal([]);
  });

  it('stays logged out when the user leaves during a refresh', async () => {
    refreshes = () => {
      refreshes = () => Response.json({});
      return client.logOut().then(() => Response.json({ access: 'fresh' }));
    };
    expect(await rejection(create())).to.be.instanceOf(MustLogIn);
    expect(kept).to.equal(undefined);
  });

  it('logs in and out, and logs out even without a connection', async () => {
    refreshes = () => Response.json({ access: 'fresh', refresh: 'other' });
    await client.logIn('testuser', 'testpassword');
    expect(kept).to.deep.equal({ access: 'fresh', refresh: 'other' });
    refreshes = () => Promise.reject(new TypeError('offline'));
    await client.logOut();
    expect(calls.at(-1)).to.deep.include({ path: '/api/auth/logout/', body: '{"refresh":"other"}' });
    expect(kept).to.equal(undefined);
    refreshes = () => refusal('', 401);
    expect(await rejection(client.logIn('testuser', 'wrong'))).to.deep.include({ status: 401 });
    expect(kept).to.equal(undefined);
  });

  it('returns no body when the response has none, and sends the ETag that was read', async () => {
    kept = { access: 'fresh', refresh: 'refresh' };
    serves = () => new Response(null, { status: 204 });
    expect((await client.request('/1', { method: 'DELETE' })).body).to.equal(undefined);
    expect(calls.at(-1)?.body).to.equal(undefined);
    await client.edit('1', { openings: 3 }, '"1-open"');
    expect(calls.at(-1)).to.deep.include({ path: '/api/v1/opportunities/1', body: '{"openings":3}' });
    expect(calls.at(-1)?.headers['If-Match']).to.equal('"1-open"');
  });
});
