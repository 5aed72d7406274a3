import { expect } from 'chai';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';
import {
  missingForReaders,
  obstaclesToPublishing,
  passedDeadline,
  violationsOf,
} from '#domain/opportunities/opportunity-invariants';
import type { Violation } from '#domain/domain-error';
import { fullDetails, SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';

type Given = Partial<OpportunityDetails>;

const location = (given: Partial<OpportunityDetails['location']> = {}): Given => ({
  location: { label: 'HQ', city: null, region: null, country: null, latitude: null, longitude: null, ...given },
});
const compensation = (given: Partial<OpportunityDetails['compensation']> = {}): Given => ({
  compensation: { kind: 'paid', minAmount: null, maxAmount: null, currency: null, period: null, ...given },
});
const eligibility = (given: Partial<OpportunityDetails['eligibility']> = {}): Given => ({
  eligibility: { description: null, minAge: null, maxAge: null, ...given },
});

const briefly = (violations: readonly Violation[]) => violations.map(({ path, code }) => `${path.join('.')} ${code}`);
const found = (given: Given) => briefly(violationsOf(given));
const at = (path: string, given: Given) =>
  found(given)
    .filter((violation) => violation.startsWith(`${path} `))
    .map((violation) => violation.slice(path.length + 1));

/** A text of characters that each count once, although each has two UTF-16 units. */
const rockets = (length: number) => '🚀'.repeat(length);
const url = (length: number) => 'https://example.org/'.padEnd(length, 'x').slice(0, length);
const email = (length: number) => `${'x'.repeat(Math.max(length - 4, 0))}@a.b`.slice(-length);

describe('the invariants of an opportunity', () => {
  describe('the length of texts, in code points', () => {
    for (const [path, min, max, given, sample] of [
      ['title', 3, 140, (title: string) => ({ title }), rockets],
      ['summary', 1, 280, (summary: string) => ({ summary }), rockets],
      ['description', 1, 10_000, (description: string) => ({ description }), rockets],
      ['organizationName', 1, 160, (organizationName: string) => ({ organizationName }), rockets],
      ['organizationUrl', 1, 2048, (organizationUrl: string) => ({ organizationUrl }), url],
      ['applyUrl', 1, 2048, (applyUrl: string) => ({ applyUrl }), url],
      ['applyEmail', 3, 254, (applyEmail: string) => ({ applyEmail }), email],
      ['timeZone', 1, 64, (timeZone: string) => ({ timeZone }), rockets],
      ['location.label', 1, 200, (label: string) => location({ label }), rockets],
      ['location.city', 1, 100, (city: string) => location({ city }), rockets],
      ['location.region', 1, 100, (region: string) => location({ region }), rockets],
      ['eligibility.description', 1, 2000, (description: string) => eligibility({ description }), rockets],
      ['tags.0', 1, 30, (tag: string) => ({ tags: [tag] }), rockets],
      ['languages.0', 1, 35, (language: string) => ({ languages: [language] }), rockets],
    ] as const) {
      it(`${path}: ${min} to ${max}`, () => {
        const lengths = (length: number) => at(path, given(sample(length))).filter((code) => code.startsWith('too_'));
        expect(lengths(min - 1)).to.deep.equal(['too_short']);
        expect(lengths(min)).to.deep.equal([]);
        expect(lengths(max)).to.deep.equal([]);
        expect(lengths(max + 1)).to.deep.equal(['too_long']);
      });
    }

    it('allows a URL and an address of the full length', () => {
      expect(found({ applyUrl: url(2048), organizationUrl: url(2048), applyEmail: email(254) })).to.deep.equal([]);
    });
  });

  it('allows line breaks only in longer texts', () => {
    const text = 'one\ntwo';
    expect(found({ summary: text, description: text, ...eligibility({ description: text }) })).to.deep.equal([]);
    const lines: Given = {
      title: text,
      organizationName: text,
      ...location({ label: text, city: text, region: text }),
    };
    const paths = ['title', 'organizationName', 'location.label', 'location.city', 'location.region'];
    expect(found(lines)).to.have.members(paths.map((path) => `${path} invalid_characters`));
    expect(at('tags.0', { tags: [text] })).to.deep.equal(['invalid_characters']);
  });

  describe('numbers', () => {
    for (const [path, min, max, given] of [
      ['openings', 1, 100_000, (openings: number) => ({ openings })],
      ['eligibility.minAge', 0, 120, (minAge: number) => eligibility({ minAge })],
      ['eligibility.maxAge', 0, 120, (maxAge: number) => eligibility({ maxAge })],
      ['compensation.minAmount', 0, 10 ** 12, (minAmount: number) => compensation({ minAmount, currency: 'EUR' })],
      ['compensation.maxAmount', 0, 10 ** 12, (maxAmount: number) => compensation({ maxAmount, currency: 'EUR' })],
    ] as const) {
      it(`${path}: whole, ${min} to ${max}`, () => {
        for (const right of [min, max]) expect(found(given(right)), String(right)).to.deep.equal([]);
        for (const wrong of [min - 1, max + 1])
          expect(found(given(wrong)), String(wrong)).to.deep.equal([`${path} out_of_range`]);
        for (const wrong of [min + 0.5, NaN, Infinity, -Infinity])
          expect(found(given(wrong)), String(wrong)).to.deep.equal([`${path} not_whole`]);
      });
    }

    for (const [path, limit, given] of [
      ['location.latitude', 90, (latitude: number) => location({ latitude, longitude: 0 })],
      ['location.longitude', 180, (longitude: number) => location({ latitude: 0, longitude })],
    ] as const) {
      it(`${path}: from -${limit} to ${limit} degrees`, () => {
        for (const right of [-limit, 0, 1.5, limit]) expect(found(given(right)), String(right)).to.deep.equal([]);
        for (const wrong of [-limit - 1e-6, limit + 1e-6, NaN, Infinity])
          expect(found(given(wrong)), String(wrong)).to.deep.equal([`${path} out_of_range`]);
      });
    }
  });

  describe('instants', () => {
    for (const field of ['opensAt', 'deadlineAt', 'startsAt', 'endsAt'] as const) {
      it(`${field}: from 1970 to the end of 2199`, () => {
        for (const right of ['1970-01-01T00:00:00.000Z', '2199-12-31T23:59:59.999Z'])
          expect(found({ [field]: new Date(right) }), right).to.deep.equal([]);
        for (const wrong of ['1969-12-31T23:59:59.999Z', '2200-01-01T00:00:00.000Z', 'not a date'])
          expect(found({ [field]: new Date(wrong) }), wrong).to.deep.equal([`${field} out_of_range`]);
      });
    }
  });

  describe('lists', () => {
    const several = (count: number, make: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => make(i));
    const language = (index: number) => `en-${String.fromCharCode(65 + index)}A`;

    for (const [name, given, expected] of [
      ['10 tags', { tags: several(10, String) }, []],
      ['11 tags', { tags: several(11, String) }, ['tags too_many']],
      ['5 languages', { languages: several(5, language) }, []],
      ['6 languages', { languages: several(6, language) }, ['languages too_many']],
      ['a tag three times', { tags: ['a', 'b', 'a', 'a'] }, ['tags.2 duplicate', 'tags.3 duplicate']],
      ['a language twice', { languages: ['en', 'en'] }, ['languages.1 duplicate']],
      ['no tags and no languages', { tags: [], languages: [] }, []],
      [
        'too many to look at each',
        { tags: several(11, () => '\0'), languages: several(6, () => '') },
        ['tags too_many', 'languages too_many'],
      ],
    ] as const) {
      it(`${name}: ${expected.join(', ') || 'fine'}`, () => {
        expect(found(given)).to.deep.equal(expected);
      });
    }
  });

  describe('formats', () => {
    for (const [path, right, wrong, given] of [
      ['organizationUrl', 'https://a.org', 'http://a.org', (organizationUrl: string) => ({ organizationUrl })],
      ['applyUrl', 'https://a.org', 'https://localhost', (applyUrl: string) => ({ applyUrl })],
      ['applyEmail', 'a@b.org', 'a at b.org', (applyEmail: string) => ({ applyEmail })],
      ['timeZone', 'Europe/Madrid', '+02:00', (timeZone: string) => ({ timeZone })],
      ['location.country', 'ES', 'es', (country: string) => location({ country })],
      ['compensation.currency', 'EUR', 'eur', (currency: string) => compensation({ minAmount: 1, currency })],
      ['tags.0', 'node.js', 'Node.js', (tag: string) => ({ tags: [tag] })],
      ['languages.0', 'pt-BR', 'pt_BR', (language: string) => ({ languages: [language] })],
    ] as const) {
      it(`${path}: ${right}, not ${wrong}`, () => {
        expect(found(given(right))).to.deep.equal([]);
        expect(found(given(wrong))).to.deep.equal([`${path} invalid_format`]);
      });
    }
  });

  describe('fields that depend on each other', () => {
    const [early, late] = [new Date(1000), new Date(1001)];
    for (const [name, given, expected] of [
      ['opens before the deadline', { opensAt: early, deadlineAt: late }, []],
      ['opens at the deadline', { opensAt: early, deadlineAt: early }, ['deadlineAt wrong_order']],
      ['opens after the deadline', { opensAt: late, deadlineAt: early }, ['deadlineAt wrong_order']],
      ['starts before it ends', { startsAt: early, endsAt: late }, []],
      ['starts when it ends', { startsAt: early, endsAt: early }, []],
      ['starts after it ends', { startsAt: late, endsAt: early }, ['endsAt wrong_order']],
      ['latitude alone', location({ latitude: 1 }), ['location.longitude required']],
      ['longitude alone', location({ longitude: 1 }), ['location.latitude required']],
      ['equal amounts', compensation({ minAmount: 1, maxAmount: 1, currency: 'EUR' }), []],
      [
        'amounts in the wrong order',
        compensation({ minAmount: 2, maxAmount: 1, currency: 'EUR' }),
        ['compensation.maxAmount wrong_order'],
      ],
      ['an amount of 0 without a currency', compensation({ minAmount: 0 }), ['compensation.currency required']],
      ['an upper amount without a currency', compensation({ maxAmount: 1 }), ['compensation.currency required']],
      ['a currency without an amount', compensation({ currency: 'EUR' }), ['compensation.currency unexpected']],
      ['neither amount nor currency', compensation(), []],
      ['equal ages', eligibility({ minAge: 18, maxAge: 18 }), []],
      ['ages in the wrong order', eligibility({ minAge: 1, maxAge: 0 }), ['eligibility.maxAge wrong_order']],
    ] satisfies [string, Given, string[]][]) {
      it(`${name}: ${expected.join(', ') || 'fine'}`, () => {
        expect(found(given)).to.deep.equal(expected);
      });
    }
  });

  const BROKEN: Given = {
    title: '\u0000',
    summary: ' ',
    description: '',
    organizationName: '\n',
    organizationUrl: 'http://x',
    timeZone: 'Mars/Base',
    openings: 0.5,
    applyUrl: 'javascript:alert(1)',
    applyEmail: 'nobody',
    tags: ['Up', 'Up'],
    languages: ['?'],
    opensAt: new Date(2),
    deadlineAt: new Date(1),
    startsAt: new Date(2),
    endsAt: new Date(1),
    ...location({ label: '', country: 'UK', latitude: 91 }),
    ...compensation({ minAmount: -1, maxAmount: 0.5, currency: '€' }),
    ...eligibility({ description: '', minAge: 121, maxAge: -1 }),
  };
  const ALL_THAT_IS_BROKEN = [
    'title invalid_characters',
    'summary blank',
    'description too_short',
    'organizationName invalid_characters',
    'organizationUrl invalid_format',
    'timeZone invalid_format',
    'openings not_whole',
    'applyUrl invalid_format',
    'applyEmail invalid_format',
    'tags.0 invalid_format',
    'tags.1 duplicate',
    'tags.1 invalid_format',
    'languages.0 invalid_format',
    'deadlineAt wrong_order',
    'endsAt wrong_order',
    'location.label too_short',
    'location.country invalid_format',
    'location.latitude out_of_range',
    'location.longitude required',
    'compensation.minAmount out_of_range',
    'compensation.maxAmount not_whole',
    'compensation.currency invalid_format',
    'eligibility.description too_short',
    'eligibility.minAge out_of_range',
    'eligibility.maxAge out_of_range',
    'eligibility.maxAge wrong_order',
  ];

  it('are reported all at once, each with a text for people', () => {
    expect(found(BROKEN)).to.have.members(ALL_THAT_IS_BROKEN);
    for (const { message } of violationsOf(BROKEN)) expect(message).to.match(/^[a-z].*[^.]$/);
  });

  it('are checked only for fields that were given', () => {
    expect(found({})).to.deep.equal([]);
    for (const [field, value] of Object.entries(BROKEN)) {
      const alone = ALL_THAT_IS_BROKEN.filter(
        (violation) => violation.split(/[. ]/)[0] === field && !/^(deadlineAt|endsAt) wrong_order/.test(violation),
      );
      expect(found({ [field]: value }), field).to.have.members(alone);
    }
  });

  it('ignore values that the edge has removed because they had the wrong type, even inside a field', () => {
    const tags = ['a', 'b', 'a'];
    Reflect.deleteProperty(tags, 1);
    expect(found({ tags })).to.deep.equal(['tags.2 duplicate']);
    expect(found({ location: {}, compensation: {}, eligibility: {} } as Given)).to.deep.equal([]);
  });

  it('accept the smallest and the largest opportunity', () => {
    expect(found(someDetails())).to.deep.equal([]);
    expect(found(fullDetails())).to.deep.equal([]);
  });
});

describe('the obstacles to publishing', () => {
  const place = location();
  for (const [name, given, expected] of [
    ['the least', {}, []],
    ['without a description', { description: null }, ['description required']],
    ['with an e-mail address in place of the URL', { applyUrl: null, applyEmail: 'a@b.org' }, []],
    ['without any way to apply', { applyUrl: null }, ['applyUrl required']],
    ['with empty texts, which are too short and not missing', { description: '', applyUrl: '' }, []],
    ['remote without a location', { workMode: 'remote' }, []],
    ['onsite without a location', { workMode: 'onsite' }, ['location required']],
    ['hybrid without a location', { workMode: 'hybrid' }, ['location required']],
    ['onsite with a location', { workMode: 'onsite', ...place }, []],
    ['with a deadline that is now', { deadlineAt: SOME_DAY }, ['deadlineAt in_the_past']],
    ['with a deadline in a millisecond', { deadlineAt: new Date(SOME_DAY.getTime() + 1) }, []],
  ] satisfies [string, Given, string[]][]) {
    it(`${name}: ${expected.join(', ') || 'none'}`, () => {
      expect(briefly(obstaclesToPublishing(someDetails(given), SOME_DAY))).to.deep.equal(expected);
      const [lasting, passing] = [missingForReaders(someDetails(given)), passedDeadline(someDetails(given), SOME_DAY)];
      expect(briefly(lasting)).to.deep.equal(expected.filter((each) => each.endsWith('required')));
      expect(briefly(passing)).to.deep.equal(expected.filter((each) => each.endsWith('in_the_past')));
    });
  }

  it('name the work mode that needs a location', () => {
    const [obstacle] = obstaclesToPublishing(someDetails({ workMode: 'hybrid' }), SOME_DAY);
    expect(obstacle?.message).to.contain('hybrid');
  });
});
