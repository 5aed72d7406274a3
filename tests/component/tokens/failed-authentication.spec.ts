import { expect } from 'chai';
import type { VerifiedToken } from '#application/ports/tokens/token-verifier';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import {
  type Answer,
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { InMemoryTokenVerifier, inMemoryTokens } from '../../support/in-memory/in-memory-token-verifier.ts';
import { ask } from '../../support/http/raw-http.ts';
import { RecordingLogger, recordingLogger } from '../../support/system/recording-logger.ts';
import { RecordingMetrics, recordingMetrics } from '../../support/system/recording-metrics.ts';

const MINE = `${OPPORTUNITIES}?mine=true`;

/** Counts its calls, and can forget tokens that it has issued. */
class CountingVerifier extends InMemoryTokenVerifier {
  verified = 0;
  /** Tokens that it no longer accepts, as after a change of keys. */
  readonly lost = new Set<string>();

  override verify(token: string): Promise<VerifiedToken> {
    this.verified += 1;
    return super.verify(this.lost.has(token) ? 'lost' : token);
  }
}

describe('failed authentication', () => {
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let verifier: CountingVerifier;
  let clock: FixedClock;
  let service: InMemoryService;

  const start = async (environment: Record<string, string> = {}) => {
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    // Only the verifier has this clock, so that a test can let tokens expire without ending the window of a limit.
    clock = new FixedClock(SOME_DAY);
    verifier = new CountingVerifier(clock);
    service = await startInMemoryService(
      environment,
      recordingLogger(logger),
      recordingMetrics(metrics),
      inMemoryTokens(verifier),
    );
  };

  afterEach(() => service.app.stop());

  const send = (authorization: string, { path = MINE, from = '192.0.2.1' } = {}): Promise<Answer> =>
    service.anonymous('GET', path, { headers: { Authorization: authorization, 'X-Forwarded-For': from } });
  const failures = () => logger.lines.filter(({ message }) => message === 'authentication failed');
  const statuses = async (count: number, request: (n: number) => Promise<Answer>): Promise<number[]> => {
    const found: number[] = [];
    for (let n = 0; n < count; n += 1) found.push((await request(n)).status);
    return found;
  };

  describe('is counted and logged', () => {
    beforeEach(() => start({ TRUST_PROXY: '1' }));

    it('by reason, with the address and the keys, but with nothing of the token', async () => {
      const presented = {
        token_invalid: 'guess',
        token_expired: verifier.issue('ada', { lifetimeSeconds: -1 }),
        token_wrong_type: verifier.issue('ada', { type: 'refresh' }),
        authorization_malformed: 'guess guess',
      };
      for (const token of Object.values(presented)) await send(`Bearer ${token}`);
      await service.anonymous('GET', MINE, { headers: { 'X-Forwarded-For': '2001:db8:1:2:3::4' } });
      const reasons = [...Object.keys(presented), 'token_missing'];
      expect(metrics.failures).to.deep.equal(reasons);
      expect(failures()).to.deep.equal(
        reasons.map((reason) => ({
          level: 'info',
          message: 'authentication failed',
          fields: {
            reason,
            client: reason === 'token_missing' ? '2001:db8:1:2::/64' : '192.0.2.1',
            keyFingerprints: ['in-memory'],
          },
        })),
      );
      for (const token of [...Object.values(presented), 'ada'])
        expect(JSON.stringify(logger.lines)).to.not.contain(`"${token}"`).and.not.contain(`Bearer ${token}`);
    });

    it('when there are two Authorization headers', async () => {
      const twice = 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n';
      expect((await ask(service.url, `GET ${MINE} HTTP/1.1\r\nHost: x\r\n${twice}\r\n`)).status).to.equal(400);
      expect([metrics.failures, failures().length]).to.deep.equal([['bad_request'], 1]);
    });

    for (const path of ['/problems', '/nope', '/docs', '/openapi.json'])
      it(`on ${path}, which needs no token, for an invalid token but not for a missing one`, async () => {
        await service.anonymous('GET', path);
        await service.anonymous('GET', path, { headers: { Authorization: 'Basic YWRhOmFkYQ==' } });
        expect([metrics.failures, failures()]).to.deep.equal([[], []]);
        await send('Bearer guess', { path });
        expect([metrics.failures, failures().length]).to.deep.equal([['token_invalid'], 1]);
      });

    it('never for a request with a valid token, whatever else is wrong with it', async () => {
      const token = verifier.issue('ada');
      await send(`Bearer ${token}`);
      await send(`Bearer ${token}`, { path: `${OPPORTUNITIES}/nope` });
      expect([metrics.failures, failures()]).to.deep.equal([[], []]);
    });

    it('never for probes, whose tokens are not verified', async () => {
      for (const path of ['/health/live', '/health/ready', '/metrics']) await send('Bearer guess', { path });
      expect([metrics.failures, failures(), verifier.verified]).to.deep.equal([[], [], 0]);
    });

    it('in at most ten lines for one address', async () => {
      await statuses(30, () => send('Bearer guess'));
      await send('Bearer guess', { from: '192.0.2.2' });
      expect(failures().map(({ fields }) => fields['client'])).to.deep.equal([
        ...Array<string>(10).fill('192.0.2.1'),
        '192.0.2.2',
      ]);
      expect(metrics.failures).to.have.length(31);
    });
  });

  it('is not reported for reading without a token where reading is public', async () => {
    await start({ PUBLIC_READ: 'true' });
    await service.anonymous('GET', `${OPPORTUNITIES}/nope`);
    expect(metrics.failures).to.deep.equal([]);
    await service.anonymous('POST', OPPORTUNITIES, { body: {} });
    expect(metrics.failures).to.deep.equal(['token_missing']);
  });

  describe('again and again from one network', () => {
    beforeEach(() => start({ TRUST_PROXY: '1', RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '3' }));

    const guess = (n: number) => send(`Bearer guess-${n}`);

    it('leads to 429 before the next token is verified', async () => {
      expect(await statuses(5, guess)).to.deep.equal([401, 401, 401, 429, 429]);
      expect(verifier.verified).to.equal(3);
      const { headers, body } = await guess(6);
      expect([headers.get('RateLimit-Policy'), headers.get('RateLimit'), headers.get('Retry-After')]).to.deep.equal([
        '"authentication";q=3;w=60',
        '"authentication";r=0;t=60',
        '60',
      ]);
      expect([body.code, body['violated-policies']]).to.deep.equal(['rate_limited', ['authentication']]);
      expect(metrics.failures).to.deep.equal([
        ...Array<string>(3).fill('token_invalid'),
        ...Array<string>(3).fill('rate_limited'),
      ]);
      expect(logger.lines.at(-1)?.fields).to.include({ status: 429, violatedPolicy: 'authentication' });
      expect(failures().at(-1)?.fields).to.include({ reason: 'rate_limited', client: '192.0.2.1' });
    });

    it('is limited for a minute from the first invalid token', async () => {
      await guess(0);
      service.clock.advance(50_000);
      expect(await statuses(3, guess)).to.deep.equal([401, 401, 429]);
      service.clock.advance(9000);
      expect((await guess(0)).headers.get('Retry-After')).to.equal('1');
      service.clock.advance(1000);
      expect(await statuses(4, guess)).to.deep.equal([401, 401, 401, 429]);
    });

    it('stops no other network, and no request without a token', async () => {
      await statuses(4, guess);
      expect((await send('Bearer guess', { from: '192.0.2.2' })).status).to.equal(401);
      const without = { headers: { 'X-Forwarded-For': '192.0.2.1' } };
      expect((await service.anonymous('GET', MINE, without)).body.code).to.equal('token_missing');
      expect((await service.anonymous('GET', '/problems', without)).status).to.equal(200);
      expect((await send('Bearer guess', { path: '/health/ready' })).status).to.equal(200);
    });

    it('does not stop a recently valid token, in any spelling of its scheme, but stops a new one', async () => {
      const [known, fresh] = [verifier.issue('ada'), verifier.issue('grace')];
      await send(`Bearer ${known}`);
      await statuses(4, guess);
      for (const scheme of ['Bearer', 'bearer', 'Bearer  ', 'Bearer\t'])
        expect((await send(`${scheme} ${known}`)).status, scheme).to.equal(200);
      expect((await send(`Bearer ${fresh}`)).status).to.equal(429);
      expect((await send(`Bearer ${fresh}`, { from: '192.0.2.2' })).status).to.equal(200);
      expect((await send(`Bearer ${fresh}`)).status, 'valid from another network before').to.equal(200);
    });

    it('verifies a recently valid token again each time', async () => {
      const token = verifier.issue('ada');
      await send(`Bearer ${token}`);
      await statuses(4, guess);
      verifier.lost.add(token);
      expect(await statuses(2, () => send(`Bearer ${token}`))).to.deep.equal([401, 429]);
    });

    it('tells an app that its recently valid token has expired', async () => {
      const token = verifier.issue('ada', { lifetimeSeconds: 60 });
      await send(`Bearer ${token}`);
      await statuses(4, guess);
      clock.advance(60_000);
      expect((await send(`Bearer ${token}`)).body.code).to.equal('token_expired');
    });

    it('does not include requests of honest apps: an expired token, a refresh token, half a header, no token', async () => {
      const sent = [
        `Bearer ${verifier.issue('ada', { lifetimeSeconds: -1 })}`,
        `Bearer ${verifier.issue('ada', { type: 'refresh' })}`,
        'Bearer',
        'Basic YWRhOmFkYQ==',
      ];
      for (const authorization of sent)
        expect(new Set(await statuses(5, () => send(authorization))), authorization).to.deep.equal(new Set([401]));
    });

    it('counts one IPv6 network as one client', async () => {
      expect(await statuses(4, (n) => send(`Bearer ${n}`, { from: `2001:db8:1:2::${n}` }))).to.deep.equal([
        401, 401, 401, 429,
      ]);
    });
  });

  it('is verified each time where rate limits are off', async () => {
    await start({ RATE_LIMIT_ENABLED: 'false', RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1' });
    expect(await statuses(4, () => send('Bearer guess'))).to.deep.equal([401, 401, 401, 401]);
    expect([verifier.verified, metrics.failures.length]).to.deep.equal([4, 4]);
  });
});
