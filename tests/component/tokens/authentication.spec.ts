import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { TokenKeysUnavailable, TokenVerifier } from '#application/ports/tokens/token-verifier';
import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import {
  type Answer,
  type Body,
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { ask } from '../../support/http/raw-http.ts';
import { RecordingLogger, recordingLogger } from '../../support/system/recording-logger.ts';
import { TEST_SECRET } from '../../support/http/start-app.ts';

const MINE = `${OPPORTUNITIES}?mine=true`;
const REALM = 'Bearer realm="opportunities"';

describe('authentication with tokens of Django', () => {
  const logger = new RecordingLogger();
  let service: InMemoryService;

  before(async () => {
    service = await startInMemoryService({}, recordingLogger(logger));
  });

  after(() => service.app.stop());

  const token = (claims: Record<string, unknown> = {}) =>
    signDjangoToken({ secret: TEST_SECRET, userId: 'ada', now: SOME_DAY, ...claims });
  const good = token();

  const get = (authorization: string): Promise<Answer> =>
    service.anonymous('GET', MINE, { headers: { Authorization: authorization } });

  describe('the Authorization header', () => {
    for (const [what, prefix, suffix] of [
      ['Bearer, a blank, the token', 'Bearer ', ''],
      ['the scheme in lower case', 'bearer ', ''],
      ['the scheme in upper case', 'BEARER ', ''],
      ['several blanks', 'Bearer   ', ''],
      ['a tab', 'Bearer\t', ''],
      ['blanks around it', '  Bearer ', ' \t'],
    ] as const)
      it(`may be: ${what}`, async () => {
        const request = `GET ${MINE} HTTP/1.1\r\nHost: x\r\nAuthorization: ${prefix}${good}${suffix}\r\n\r\n`;
        expect((await ask(service.url, request)).status).to.equal(200);
      });

    for (const [header, code] of [
      ['', 'token_missing'],
      ['Basic YWRhOmFkYQ==', 'token_missing'],
      [`Token ${good}`, 'token_missing'],
      [`JWT ${good}`, 'token_missing'],
      [`Bearer:${good}`, 'token_missing'],
      [`Bearer,${good}`, 'token_missing'],
      [`Bearer${good}`, 'token_missing'],
      [good, 'token_missing'],
      ['Bearer', 'authorization_malformed'],
      ['Bearer ', 'authorization_malformed'],
      [`Bearer ${good} ${good}`, 'authorization_malformed'],
      [`Bearer Bearer ${good}`, 'authorization_malformed'],
      [`Bearer "${good}"`, 'token_invalid'],
      [`Bearer ${good},${good}`, 'token_invalid'],
      // A no-break space is not a separator, here or in Django.
      [`\u00a0Bearer ${good}`, 'token_missing'],
      [`Bearer\u00a0${good}`, 'token_missing'],
      [`Bearer ${good}\u00a0`, 'token_invalid'],
      ['Bearer null', 'token_invalid'],
      ['Bearer undefined', 'token_invalid'],
    ] as const)
      it(`"${header.replaceAll(good, '<token>')}" is 401 ${code}`, async () => {
        const { status, body } = await get(header);
        expect([status, body.code]).to.deep.equal([401, code]);
      });

    it('is the only place from which a token is read', async () => {
      const headers = { Cookie: `access=${good}; Authorization=Bearer ${good}`, 'X-Access-Token': good };
      for (const query of [`&access_token=${good}`, `&token=${good}`, `&authorization=Bearer%20${good}`]) {
        const { status, body } = await service.anonymous('GET', MINE + query, { headers });
        expect([status, body.code]).to.deep.equal([401, 'token_missing']);
      }
      const posted = await service.anonymous('POST', OPPORTUNITIES, { headers, body: { access_token: good } });
      expect([posted.status, posted.body.code]).to.deep.equal([401, 'token_missing']);
    });
  });

  describe('each refusal has the title that the guide explains, and a challenge (RFC 6750)', () => {
    const rejected = (description: string) => `${REALM}, error="invalid_token", error_description="${description}"`;
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const altered = [header, payload, signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))].join('.');
    const notSigned = 'The token has a signature that does not match: either the keys differ or the token was altered.';
    for (const [what, authorization, code, title, challenge] of [
      ['no credentials', '', 'token_missing', 'User not authenticated', REALM],
      ['half a header', 'Bearer', 'authorization_malformed', 'User not authenticated', REALM],
      [
        'no token',
        'Bearer nonsense',
        'token_invalid',
        'Invalid token',
        rejected('The token does not consist of three parts in base64url with dots between them.'),
      ],
      ['an altered token', `Bearer ${altered}`, 'token_invalid', 'Invalid token', rejected(notSigned)],
      [
        'a token of another secret',
        `Bearer ${token({ secret: 'another-secret-that-is-long-enough-0123456789' })}`,
        'token_invalid',
        'Invalid token',
        rejected(notSigned),
      ],
      [
        'an expired token',
        `Bearer ${token({ lifetimeSeconds: 0 })}`,
        'token_expired',
        'Token expired',
        rejected('The token has expired.'),
      ],
      [
        'a refresh token',
        `Bearer ${token({ token_type: 'refresh' })}`,
        'token_wrong_type',
        'Invalid token',
        rejected('The token is not an access token.'),
      ],
      [
        'a token of a clock that is ahead',
        `Bearer ${token({ iat: SOME_DAY.getTime() / 1000 + 5 })}`,
        'token_not_yet_valid',
        'Invalid token',
        rejected('The token was issued in the future: the clocks differ.'),
      ],
      [
        'a token without a user',
        `Bearer ${token({ user_id: undefined })}`,
        'token_invalid',
        'Invalid token',
        rejected('The token has no valid user id.'),
      ],
    ] as const)
      it(what, async () => {
        const { status, headers, body } = await get(authorization);
        expect([status, body.code, body.title]).to.deep.equal([401, code, title]);
        expect(headers.get('WWW-Authenticate')).to.equal(challenge);
        expect(headers.get('Content-Type')).to.equal('application/problem+json');
      });

    it('refuses a token in the second in which it expires', async () => {
      const short = `Bearer ${token({ lifetimeSeconds: 10 })}`;
      service.clock.advance(9999);
      expect((await get(short)).status).to.equal(200);
      service.clock.advance(1);
      expect((await get(short)).body.code).to.equal('token_expired');
    });
  });

  it('refuses two Authorization headers, with the challenge of RFC 6750', async () => {
    const twice = `Authorization: Bearer ${good}\r\n`.repeat(2);
    const answer = await ask(service.url, `GET ${MINE} HTTP/1.1\r\nHost: x\r\n${twice}\r\n`);
    const detail = 'There is more than one Authorization header.';
    const { code, detail: told } = JSON.parse(answer.body) as Body;
    expect([answer.status, code, told]).to.deep.equal([400, 'bad_request', detail]);
    expect(answer.headers['www-authenticate']).to.equal(
      `${REALM}, error="invalid_request", error_description="${detail}"`,
    );
  });

  describe('JWT_HEADER_TYPES', () => {
    let other: InMemoryService;

    before(async () => {
      other = await startInMemoryService({ JWT_HEADER_TYPES: 'JWT, Bearer' });
    });

    after(() => other.app.stop());

    const statusWith = async (Authorization: string) =>
      (await other.anonymous('GET', MINE, { headers: { Authorization } })).status;

    it('lists the schemes that may stand before the token, in any case', async () => {
      expect(
        await Promise.all(['JWT', 'jwt', 'Bearer', 'BEARER', 'Token'].map((word) => statusWith(`${word} ${good}`))),
      ).to.deep.equal([200, 200, 200, 200, 401]);
    });

    it('has the scheme for the challenge and the advice as its first', async () => {
      const { headers, body } = await other.anonymous('GET', MINE);
      expect(headers.get('WWW-Authenticate')).to.equal('JWT realm="opportunities"');
      expect(body.detail).to.equal('Send an Authorization header: JWT <access token>.');
    });
  });

  describe('without the keys of the issuer', () => {
    let keyless: InMemoryService;
    const lines = new RecordingLogger();

    before(async () => {
      const verifier: TokenVerifier = {
        verify: () => Promise.reject(new TokenKeysUnavailable('The keys of the token issuer cannot be read.')),
        keyFingerprints: () => [],
      };
      keyless = await startInMemoryService(
        {},
        recordingLogger(lines),
        new ContainerModule(({ rebind }) => {
          rebind(TokenVerifier).toConstantValue(verifier);
        }),
      );
    });

    after(() => keyless.app.stop());

    it('responds with 503 and not 401, so that no app logs its user out', async () => {
      const { status, headers, body } = await keyless.as('ada').get(MINE);
      expect([status, body.code, headers.get('Retry-After')]).to.deep.equal([503, 'token_keys_unavailable', '2']);
      expect(headers.get('WWW-Authenticate')).to.equal(null);
      expect(lines.lines.map(({ message }) => message)).to.include('the keys of the token issuer are unavailable');
    });
  });

  it('comes before every other check: unknown ids, wrong bodies, wrong queries', async () => {
    for (const [method, path, body] of [
      ['GET', OPPORTUNITIES, undefined],
      ['GET', `${OPPORTUNITIES}/nope`, undefined],
      ['POST', OPPORTUNITIES, '{'],
      ['POST', OPPORTUNITIES, ' '.repeat(100_000)],
      ['POST', `${OPPORTUNITIES}/nope/publish`, undefined],
      ['POST', `${OPPORTUNITIES}/nope/close`, '[]'],
    ] as const)
      expect((await service.anonymous(method, path, { body })).status, `${method} ${path}`).to.equal(401);
  });

  it('takes the integer 42 and the text "42" for the same user', async () => {
    const created = await service.as('42').posts();
    const { body } = await get(`Bearer ${token({ user_id: 42 })}`);
    expect(body.items.map(({ id, ownerId }) => [id, ownerId])).to.deep.equal([[created.id, '42']]);
  });

  it('grants a role only for its exact name', async () => {
    const draft = await service.as('somebody').posts({ status: 'draft' });
    for (const [role, status] of [
      ['admin', 200],
      ['moderator', 200],
      ['Admin', 404],
      [' admin', 404],
      [['admin'], 404],
      [{ admin: true }, 404],
      [true, 404],
      [null, 404],
      [undefined, 404],
    ] as const) {
      const headers = { Authorization: `Bearer ${token({ role })}` };
      const answer = await service.anonymous('GET', `${OPPORTUNITIES}/${draft.id}`, { headers });
      expect(answer.status, JSON.stringify(role)).to.equal(status);
    }
  });

  it('shows nothing of a token or its claims in logs and answers', async () => {
    const claims = { userId: 'ada-lovelace', email: 'ada@analytical.example', role: 'countess' };
    const secrets = [...Object.values(claims), TEST_SECRET];
    const answers: string[] = [];
    logger.lines.length = 0;
    for (const shown of [
      token({ ...claims, lifetimeSeconds: -1 }),
      token({ ...claims, jti: '' }),
      `${token(claims)}x`,
    ]) {
      const { headers, body } = await get(`Bearer ${shown}`);
      answers.push(JSON.stringify([[...headers], body]));
      secrets.push(...shown.split('.').slice(1));
    }
    expect(logger.lines.filter(({ message }) => message === 'request')).to.have.length(3);
    for (const secret of secrets) expect(JSON.stringify([logger.lines, answers])).to.not.contain(secret);
  });
});
