import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { readLoosely } from '../../support/tokens/loose-token.ts';
import { type Circumstances, LAXER, STRICTER } from '../../support/tokens/other-than-simplejwt.ts';
import { NOW, signedToken, withClaims, withText, without } from '../../support/tokens/signed-token.ts';
import { refusalOf } from '../../support/tokens/token-refusal.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';

const verifier = new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(SOME_DAY));

/** The simplejwt version that accepts most. */
const circumstances: Circumstances = {
  ...{ simplejwt: '4.8.0', now: NOW, settings: tokenSettings() },
  ...{ schemes: ['Bearer'], scheme: 'Bearer' },
};

describe('a token that simplejwt accepts and the service refuses', () => {
  for (const { what, code, explains, examples } of STRICTER)
    it(what, async () => {
      for (const example of examples) {
        expect(explains(readLoosely(example), circumstances), example).to.equal(true);
        expect(await refusalOf(verifier, example), example).to.equal(code ?? 'token_invalid');
        // Each example has exactly one difference, so that no test passes for another reason.
        const others = STRICTER.filter(
          (other) => other.what !== what && other.explains(readLoosely(example), circumstances),
        );
        expect(
          others.map((other) => other.what),
          example,
        ).to.be.empty;
      }
    });

  it('is never one that simplejwt writes', async () => {
    for (const good of [
      signedToken(),
      without('iat'),
      without('role'),
      withClaims({ user_id: 42, email: 'ada@example.org', 'a:b': ['[{', '\\"', ':'], nested: { a: { b: null } } }),
      withText('user_id', '9007199254740991'),
    ]) {
      await verifier.verify(good);
      expect(STRICTER.filter(({ explains }) => explains(readLoosely(good), circumstances))).to.deep.equal([]);
    }
  });

  it('is in the tables of the decision record, which list nothing else', () => {
    const decision = readFileSync(
      new URL('../../../docs/decisions/0020-a-token-has-one-meaning.md', import.meta.url),
      'utf8',
    );
    const rows = (heading: string) =>
      [...(decision.split(heading)[1] ?? '').split('\n##')[0]!.matchAll(/^\| (?!-)(.*?) +\| (.*?) +\|$/gm)]
        .slice(1)
        .map(([, what, why]) => ({ what, why }));
    const told = (differences: readonly { what: string; why: string }[]) =>
      differences.map(({ what, why }) => ({ what, why }));
    expect(rows('## Stricter')).to.deep.equal(told(STRICTER));
    expect(rows('## Laxer')).to.deep.equal(told(LAXER));
  });
});
