import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { propertyRuns } from '../support/system/property-runs.ts';
import { agreements, JWKS } from './agreements.ts';
import { alteredTokens, type Issued, issuedBy, judgedHeaders, judgedTokens } from './judged-tokens.ts';
import { SIMPLEJWT_VERSIONS, type SimpleJwtOracle, startOracles } from './simplejwt-oracle.ts';
import { type JudgedToken, TokenComparison } from './token-comparison.ts';

/** Seed of the random alterations. Other seeds may find other errors: SIMPLEJWT_SEED=2 SIMPLEJWT_CASES=5000 npm run differential */
const SEED = Number(process.env['SIMPLEJWT_SEED'] ?? 1);
/** Number of randomly altered tokens, for each version and each agreement between Django and the service. */
const CASES = Number(process.env['SIMPLEJWT_CASES'] ?? propertyRuns(250));

/** The checks of simplejwt, in the words with which the service refuses a token. */
const CHECKS = [
  'does not consist of three parts in base64url with dots between them',
  'is signed with an algorithm that this service does not accept',
  'has a signature that does not match: either the keys differ or the token was altered',
  'has a header that is not JSON',
  'has a payload that is not JSON',
  'has a payload that is not a JSON object',
  'was issued in the future: the clocks differ',
  'is not valid yet',
  'has expired',
  'has an unexpected issuer',
  'is meant for another audience',
  'has no exp and would never expire',
  'has no jti',
  'does not say its type',
  'is not an access token',
  'has no valid user id',
].map((what) => `The token ${what}.`);

describe('simplejwt and the service, given the same tokens', function () {
  // The first run is slow, because Python's packages are fetched.
  this.timeout('10m');
  let oracles = new Map<string, SimpleJwtOracle>();
  let jwks: Server;
  let jwksUrl: string;
  const all: JudgedToken[] = [];

  before(async () => {
    jwks = createServer((_, response) => response.end(JSON.stringify(JWKS)));
    await new Promise<void>((listening) => jwks.listen(0, '127.0.0.1', listening));
    jwksUrl = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks.json`;
    oracles = await startOracles();
  });

  after(() => {
    jwks.close();
    for (const oracle of oracles.values()) oracle.stop();
  });

  function mustAgree(judged: readonly JudgedToken[]): void {
    const { problems } = compared(judged);
    if (problems.length > 0)
      expect.fail(`${problems.length} differences that no table has:\n${problems.slice(0, 20).join('\n')}`);
    all.push(...judged);
  }

  for (const version of SIMPLEJWT_VERSIONS)
    describe(`simplejwt ${version}`, () => {
      let oracle: SimpleJwtOracle;
      let issued: Issued[];

      before(async () => {
        oracle = oracles.get(version)!;
        issued = await issuedBy(oracle, version, agreements(jwksUrl));
      });

      it('issues access tokens that both accept, and other tokens that both refuse', async () => {
        for (const each of issued)
          for (const { what, simplejwt, service } of await judgedTokens(oracle, version, each, each.tokens)) {
            const { ours, userId } = each.agreement;
            const isAccess =
              !/: refresh token/.test(what) && (!/: sliding/.test(what) || ours.tokenTypes.includes('sliding'));
            const role = /custom|rotated/.test(what) ? 'moderator' : 'user';
            expect('user' in simplejwt, what).to.equal(isAccess);
            if (isAccess) expect(service, what).to.deep.equal({ user: userId, role });
            else expect(service, what).to.include({ refused: 'token_wrong_type' });
          }
      });

      it('agrees with the service on altered tokens, except for the differences in the tables', async () => {
        for (const each of issued)
          mustAgree(await judgedTokens(oracle, version, each, alteredTokens(each, SEED, CASES)));
      });

      it('agrees with the service on Authorization headers, except for the differences in the tables', async () => {
        for (const each of issued) mustAgree(await judgedHeaders(oracle, version, each));
      });
    });

  describe('with all versions together', () => {
    it('every row of the tables is needed', () => {
      expect(compared(all).needless()).to.deep.equal([]);
    });

    for (const check of CHECKS)
      it(`a service without this check would be noticed: ${check}`, () => {
        const careless = all
          .filter(({ service }) => 'why' in service && service.why === check)
          .map((judged) => ({ ...judged, service: { user: '42', role: 'user' } }));
        expect(compared(careless).problems.join()).to.include('accepted here alone');
      });
  });
});

function compared(judged: readonly JudgedToken[]): TokenComparison {
  const comparison = new TokenComparison();
  for (const each of judged) comparison.add(each);
  return comparison;
}
