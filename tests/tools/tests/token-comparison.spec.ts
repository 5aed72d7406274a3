import { expect } from 'chai';
import type { SimpleJwtJudgement } from '../../differential/simplejwt-oracle.ts';
import { CLAIMS, NOW, signedToken, withClaims, without } from '../../support/tokens/signed-token.ts';
import { type OurJudgement, TokenComparison } from '../../differential/token-comparison.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

const ADA = { user: '42', role: 'moderator' };
const refused = (code: string, why = 'The token is refused.'): OurJudgement => ({ refused: code, why });
const EXPIRED = [
  'InvalidToken',
  'TokenError: Token is invalid or expired',
  'ExpiredSignatureError: Signature has expired',
];
const INVALID = ['InvalidToken', 'TokenError: Token is invalid or expired', 'DecodeError: Not enough segments'];

const kindsOf = ({ problems }: TokenComparison) => problems.map((problem) => problem.split(':')[0]);

/** What the comparison says of one token under the guide's settings. */
function compare(
  token: string,
  simplejwt: SimpleJwtJudgement,
  service: OurJudgement,
  { version = '5.5.1' as const, scheme = 'Bearer' }: { version?: '5.5.1' | '5.5.0' | '4.8.0'; scheme?: string } = {},
): TokenComparison {
  const comparison = new TokenComparison();
  const settings = tokenSettings({ leewaySeconds: 10 });
  comparison.add({
    ...{ token, what: 'a test', simplejwt, service },
    circumstances: { simplejwt: version, now: NOW, settings, schemes: ['Bearer'], scheme },
  });
  return comparison;
}

describe('the comparison of simplejwt and the service', () => {
  it('has nothing to say where both are of one mind', () => {
    for (const [simplejwt, service] of [
      [ADA, ADA],
      [
        { user: '42', role: null },
        { user: '42', role: 'user' },
      ],
      [
        { user: '42', role: 'Admin' },
        { user: '42', role: 'user' },
      ],
      [{ refused: EXPIRED }, refused('token_expired')],
      [{ refused: ["TokenError: Token 'exp' claim has expired"] }, refused('token_expired')],
      [{ refused: INVALID }, refused('token_invalid')],
    ] as const)
      expect(compare(signedToken(), simplejwt, service).problems).to.deep.equal([]);
  });

  it('reports a service that does not look for the jti', () => {
    expect(kindsOf(compare(without('jti'), { refused: ['TokenError: Token has no id'] }, ADA))).to.deep.equal([
      'accepted here alone',
    ]);
  });

  it('reports a service that refuses what no row has: Django’s own tokens, an odd role, a long id', () => {
    for (const token of [signedToken(), withClaims({ role: ['admin'] }), withClaims({ user_id: 'x'.repeat(128) })])
      expect(kindsOf(compare(token, ADA, refused('token_invalid')))).to.deep.equal(['refused here alone']);
  });

  it('reports another user and another role', () => {
    expect(kindsOf(compare(signedToken(), ADA, { user: '43', role: 'admin' }))).to.deep.equal([
      'another user',
      'another role',
    ]);
    expect(kindsOf(compare(signedToken(), { user: '42', role: 'Admin' }, { user: '42', role: 'admin' }))).to.deep.equal(
      ['another role'],
    );
  });

  it('reports an app that is told to refresh in vain, and one that is not told', () => {
    expect(kindsOf(compare(signedToken(), { refused: INVALID }, refused('token_expired')))).to.deep.equal([
      'expired for one of them alone',
    ]);
    expect(kindsOf(compare(signedToken(), { refused: EXPIRED }, refused('token_invalid')))).to.deep.equal([
      'expired for one of them alone',
    ]);
  });

  it('excuses what a row explains, for the versions that the row is about', () => {
    const twice = signedToken(`{"user_id":"1",${JSON.stringify(CLAIMS).slice(1)}`);
    expect(compare(twice, ADA, refused('token_invalid')).problems).to.deep.equal([]);
    const early = withClaims({ iat: NOW + 60 });
    expect(compare(early, ADA, refused('token_not_yet_valid'), { version: '4.8.0' }).problems).to.deep.equal([]);
    expect(compare(early, ADA, refused('token_not_yet_valid')).problems).to.have.length(1);
    const late = withClaims({ exp: NOW - 5 });
    expect(compare(late, { refused: EXPIRED }, ADA, { version: '4.8.0' }).problems).to.deep.equal([]);
    expect(compare(late, { refused: EXPIRED }, ADA).problems).to.have.length(1);
    const anonymous = { refused: ['NotAuthenticated'] };
    expect(compare(signedToken(), anonymous, ADA, { scheme: 'bearer' }).problems).to.deep.equal([]);
    expect(compare(signedToken(), anonymous, ADA, { scheme: 'Token' }).problems).to.have.length(1);
  });

  it('knows which rows are needless', () => {
    const row = 'the scheme in another case: bearer, BEARER';
    expect(compare(signedToken(), ADA, ADA, { scheme: 'bearer' }).needless()).to.include(row);
    expect(compare(signedToken(), { refused: ['x'] }, ADA, { scheme: 'bearer' }).needless()).to.not.include(row);
  });
});
