import { expect } from 'chai';
import type { Violation } from '#domain/domain-error';
import { obstaclesToPublishing, violationsOf } from '#domain/opportunities/opportunity-invariants';
import { InvalidOpportunity, NotPublishable, OpportunityNotFound } from '#domain/opportunities/opportunity-errors';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import type { Decision } from '#domain/permission';
import { textViolation } from '#domain/text';
import { mayRevokeTokens, maySeeRevocations, RevocationNotFound, revocationViolations } from '#domain/token-revocation';
import { SOME_DAY } from '../support/opportunities/an-opportunity.ts';

const YEAR_MS = 365 * 86_400_000;
const before = new Date(SOME_DAY.getTime() - YEAR_MS);

const texts = (violations: readonly Violation[]) =>
  violations.map(({ path, message }) => `${path.join('.')} ${message}`);
const reason = (decision: Decision) => (decision.allowed ? 'allowed' : decision.reason);

/** Clients show these texts to people, so each must say what is wrong. The codes beside them are tested elsewhere. */
describe('the text of a refusal', () => {
  it('says what prevents publishing', () => {
    expect(texts(obstaclesToPublishing({ workMode: 'hybrid', deadlineAt: before }, SOME_DAY))).to.deep.equal([
      'description is required to publish',
      'applyUrl or applyEmail is required to publish',
      'location is required to publish when workMode is hybrid',
      'deadlineAt must be in the future to publish',
    ]);
  });

  it('says which details contradict each other or go too far', () => {
    const pay = { kind: 'paid', minAmount: null, maxAmount: null, currency: null, period: null } as const;
    for (const [given, ...expected] of [
      [{ compensation: { ...pay, minAmount: 2, maxAmount: 1, currency: 'EUR' } }, 'must not be below minAmount'],
      [{ compensation: { ...pay, minAmount: 2 } }, 'is required with an amount'],
      [{ compensation: { ...pay, currency: 'EUR' } }, 'must be left out when no amount is given'],
      [{ startsAt: new Date('2200-01-01T00:00:00Z') }, 'must lie between the years 1970 and 2199'],
      [{ tags: Array.from({ length: 11 }, (_, index) => `tag ${index}`) }, 'must have at most 10 entries'],
      [{ openings: 1.5 }, 'must be a whole number'],
      [{ openings: 0 }, 'must be from 1 to 100000'],
      [{ opensAt: SOME_DAY, deadlineAt: SOME_DAY }, 'must be after opensAt'],
    ] satisfies [Partial<OpportunityDetails>, ...string[]][])
      expect(violationsOf(given).map(({ message }) => message)).to.deep.equal(expected);
  });

  it('says what is wrong with the characters of a text', () => {
    const message = (text: string, multiline: boolean) => textViolation(text, { min: 1, max: 9, multiline })?.message;
    expect(message('\ud83d', true)).to.equal('contains half of a surrogate pair');
    expect(message('\u0000', true)).to.equal('contains a control character (only line feeds and tabs are allowed)');
    expect(message('\u0000', false)).to.equal('contains a control character or a line break');
    expect(message('\u202e', false)).to.equal('contains a line separator or a text direction override');
    expect(message(' ', false)).to.equal('must have at least one visible character');
    const lower = { min: 1, max: 9, multiline: false, lowerCase: true };
    expect(textViolation('A', lower)?.message).to.equal('must be in lower case');
  });

  it('says who may revoke tokens, and which instants are refused', () => {
    const user = { id: 'ada', role: 'moderator' } as const;
    expect(reason(mayRevokeTokens(user))).to.equal('Only an admin may revoke tokens.');
    expect(reason(maySeeRevocations(user))).to.equal('Only an admin may see whose tokens are revoked.');
    const violations = [new Date(-1), new Date(SOME_DAY.getTime() + YEAR_MS)].flatMap((validAfter) =>
      revocationViolations({ validAfter }, SOME_DAY),
    );
    expect(texts(violations)).to.deep.equal([
      'validAfter must not be before 1970',
      'validAfter must not be in the future',
    ]);
  });

  it('is the sentence of an error, beside its code', () => {
    const errors = [
      new OpportunityNotFound(),
      new InvalidOpportunity([]),
      new NotPublishable([]),
      new RevocationNotFound(),
    ];
    expect(errors.map(({ code, message }) => `${code}: ${message}`)).to.deep.equal([
      'not_found: There is no such opportunity.',
      'validation_failed: The opportunity is not valid.',
      'not_publishable: The opportunity cannot be published as it is.',
      'not_found: No tokens of this user are revoked.',
    ]);
  });
});
