import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { TokenVerifier } from '#application/ports/tokens/token-verifier';
import type { Actor } from '#domain/actor';
import { SOME_DAY } from '../support/an-opportunity.ts';
import { FixedClock } from '../support/fixed-clock.ts';
import {
  type Answer,
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../support/in-memory-service.ts';
import { InMemoryTokenVerifier } from '../support/in-memory-token-verifier.ts';
import { ask } from '../support/raw-http.ts';
import { RecordingLogger, recordingLogger } from '../support/recording-logger.ts';
import { RecordingMetrics, recordingMetrics } from '../support/recording-metrics.ts';

const MINE = `${OPPORTUNITIES}?mine=true`;

/** Tells how often it was asked, and can lose what it knew. */
class CountingVerifier extends InMemoryTokenVerifier {
  verified = 0;
  /** Tokens that it no longer takes for its own, as after a change of keys. */
  readonly lost = new Set<string>();

  override verify(token: string): Promise<Actor> {
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
    // Of the verifier alone: tokens expire, and the windows of the limits do not end.
    clock = new FixedClock(SOME_DAY);
    verifier = new CountingVerifier(clock);
    service = await startInMemoryService(
      environment,
      recordingLogger(logger),
      recordingMetrics(metrics),
      new ContainerModule(({ rebind }) => {
        rebind(TokenVerifier).toConstantValue(verifier);
      }),
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

    it('by reason, with the address and the keys, and with nothing of the token', async () => {
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

    it('when there are two headers', async () => {
      const twice = 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n';
      expect((await ask(service.url, `GET ${MINE} HTTP/1.1\r\nHost: x\r\n${twice}\r\n`)).status).to.equal(400);
      expect([metrics.failures, failures().length]).to.deep.equal([['bad_request'], 1]);
    });

    for (const path of ['/problems', '/nope', '/docs', '/openapi.json'])
      it(`at ${path}, which needs no token, where a bad one is sent, and not where none is`, async () => {
        await service.anonymous('GET', path);
        await service.anonymous('GET', path, { headers: { Authorization: 'Basic YWRhOmFkYQ==' } });
        expect([metrics.failures, failures()]).to.deep.equal([[], []]);
        await send('Bearer guess', { path });
        expect([metrics.failures, failures().length]).to.deep.equal([['token_invalid'], 1]);
      });

    it('for what has a valid token never, whatever else is wrong with it', async () => {
      const token = verifier.issue('ada');
      await send(`Bearer ${token}`);
      await send(`Bearer ${token}`, { path: `${OPPORTUNITIES}/nope` });
      expect([metrics.failures, failures()]).to.deep.equal([[], []]);
    });

    it('never for probes, whose tokens nobody looks at', async () => {
      for (const path of ['/health/live', '/health/ready', '/metrics']) await send('Bearer guess', { path });
      expect([metrics.failures, failures(), verifier.verified]).to.deep.equal([[], [], 0]);
    });

    it('in ten lines of one address at most, however many come', async () => {
      await statuses(30, () => send('Bearer guess'));
      await send('Bearer guess', { from: '192.0.2.2' });
      expect(failures().map(({ fields }) => fields['client'])).to.deep.equal([
        ...Array<string>(10).fill('192.0.2.1'),
        '192.0.2.2',
      ]);
      expect(metrics.failures).to.have.length(31);
    });
  });

  it('of reading is none where that is public', async () => {
    await start({ PUBLIC_READ: 'true' });
    await service.anonymous('GET', `${OPPORTUNITIES}/nope`);
    expect(metrics.failures).to.deep.equal([]);
    await service.anonymous('POST', OPPORTUNITIES, { body: {} });
    expect(metrics.failures).to.deep.equal(['token_missing']);
  });

  describe('again and again from one network', () => {
    beforeEach(() => start({ TRUST_PROXY: '1', RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '3' }));

    const guess = (n: number) => send(`Bearer guess-${n}`);

    it('is answered 429 before the next token is verified', async () => {
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

    it('ends with the minute that the first of them began', async () => {
      await guess(0);
      service.clock.advance(50_000);
      expect(await statuses(3, guess)).to.deep.equal([401, 401, 429]);
      service.clock.advance(9000);
      expect((await guess(0)).headers.get('Retry-After')).to.equal('1');
      service.clock.advance(1000);
      expect(await statuses(4, guess)).to.deep.equal([401, 401, 401, 429]);
    });

    it('stops no other network, and nobody without a token', async () => {
      await statuses(4, guess);
      expect((await send('Bearer guess', { from: '192.0.2.2' })).status).to.equal(401);
      const without = { headers: { 'X-Forwarded-For': '192.0.2.1' } };
      expect((await service.anonymous('GET', MINE, without)).body.code).to.equal('token_missing');
      expect((await service.anonymous('GET', '/problems', without)).status).to.equal(200);
      expect((await send('Bearer guess', { path: '/health/ready' })).status).to.equal(200);
    });

    it('does not stop a token that was good before, however its scheme is spelt, but a new one', async () => {
      const [known, fresh] = [verifier.issue('ada'), verifier.issue('grace')];
      await send(`Bearer ${known}`);
      await statuses(4, guess);
      for (const scheme of ['Bearer', 'bearer', 'Bearer  ', 'Bearer\t'])
        expect((await send(`${scheme} ${known}`)).status, scheme).to.equal(200);
      expect((await send(`Bearer ${fresh}`)).status).to.equal(429);
      expect((await send(`Bearer ${fresh}`, { from: '192.0.2.2' })).status).to.equal(200);
      expect((await send(`Bearer ${fresh}`)).status, 'good elsewhere').to.equal(200);
    });

    it('does not trust a token that was good before: it is verified each time', async () => {
      const token = verifier.issue('ada');
      await send(`Bearer ${token}`);
      await statuses(4, guess);
      verifier.lost.add(token);
      expect(await statuses(2, () => send(`Bearer ${token}`))).to.deep.equal([401, 429]);
    });

    it('tells an app whose token was good that it has expired', async () => {
      const token = verifier.issue('ada', { lifetimeSeconds: 60 });
      await send(`Bearer ${token}`);
      await statuses(4, guess);
      clock.advance(60_000);
      expect((await send(`Bearer ${token}`)).body.code).to.equal('token_expired');
    });

    it('is none of what honest apps send: expired tokens, others of the same issuer, half a header, none', async () => {
      const sent = [
        `Bearer ${verifier.issue('ada', { lifetimeSeconds: -1 })}`,
        `Bearer ${verifier.issue('ada', { type: 'refresh' })}`,
        'Bearer',
        'Basic YWRhOmFkYQ==',
      ];
      for (const authorization of sent)
        expect(new Set(await statuses(5, () => send(authorization))), authorization).to.deep.equal(new Set([401]));
    });

    it('counts a network of IPv6 as one', async () => {
      expect(await statuses(4, (n) => send(`Bearer ${n}`, { from: `2001:db8:1:2::${n}` }))).to.deep.equal([
        401, 401, 401, 429,
      ]);
    });
  });

  it('again and again is looked at each time where limits are off', async () => {
    await start({ RATE_LIMIT_ENABLED: 'false', RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '1' });
    expect(await statuses(4, () => send('Bearer guess'))).to.deep.equal([401, 401, 401, 401]);
    expect([verifier.verified, metrics.failures.length]).to.deep.equal([4, 4]);
  });
});
