import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Answer,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

type Fields = Record<string, unknown>;

/** The object around a nested field. */
const PARENTS: Record<string, Fields> = {
  location: { label: 'HQ' },
  compensation: { kind: 'paid' },
  eligibility: {},
};

/** Returns the smallest body with one more field, which may be nested: "location.city" or "tags.0". */
function bodyWith(path: string, value: unknown, also: Fields = {}): Fields {
  const [field = '', inner] = path.split('.');
  if (inner === undefined) return { ...SMALLEST, ...also, [field]: value };
  if (inner === '0') return { ...SMALLEST, ...also, [field]: [value] };
  return { ...SMALLEST, ...also, [field]: { ...PARENTS[field], ...companions(path), [inner]: value } };
}

/** Other fields that a field requires. */
function companions(path: string): Fields {
  if (path === 'location.latitude') return { longitude: 0 };
  if (path === 'location.longitude') return { latitude: 0 };
  if (path.endsWith('Amount')) return { currency: 'EUR' };
  if (path === 'compensation.currency') return { minAmount: 1 };
  return {};
}

const pointer = (path: string) => `#/${path.replace('.', '/')}`;

function errorsOf({ body }: Answer): string[] {
  return body.errors.map((error) => `${String(error.pointer)} ${error.code}`);
}

/** Returns the smallest body with one more member, as text: JSON allows members that JavaScript objects cannot have. */
const rawWith = (member: string) => JSON.stringify(SMALLEST).replace('{', `{${member},`);

describe('the body of POST /api/v1/opportunities', () => {
  let service: InMemoryService;
  let ada: Member;

  before(async () => {
    service = await startInMemoryService();
    ada = service.as('ada');
  });

  after(() => service.app.stop());

  const accept = async (body: unknown) => {
    const answer = await ada.post(OPPORTUNITIES, body);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body;
  };

  const refuse = async (body: unknown, ...errors: readonly string[]) => {
    const answer = await ada.post(OPPORTUNITIES, body);
    const shown = JSON.stringify(body).slice(0, 300);
    expect(answer.status, shown).to.equal(422);
    expect(answer.headers.get('Content-Type'), shown).to.equal('application/problem+json');
    expect(answer.body.code, shown).to.equal('validation_failed');
    expect(errorsOf(answer), shown).to.have.members(errors);
  };

  describe('the kind of each field', () => {
    const TEXTS = ['title', 'summary', 'description', 'organizationName', 'organizationUrl', 'applyUrl', 'applyEmail'];
    const NESTED_TEXTS = ['location.label', 'location.city', 'location.region', 'location.country'];
    const MORE_TEXTS = ['compensation.currency', 'eligibility.description', 'timeZone', 'tags.0', 'languages.0'];
    const WRONG_KINDS = {
      text: { fields: [...TEXTS, ...NESTED_TEXTS, ...MORE_TEXTS], wrong: [5, true, [], {}], code: 'invalid_type' },
      choice: {
        fields: ['type', 'workMode', 'commitment', 'status', 'compensation.kind', 'compensation.period'],
        wrong: [5, true, [], {}, 'x', '', 'JOB', 'toString', '__proto__'],
        code: 'unknown_value',
      },
      number: {
        fields: [
          'openings',
          'location.latitude',
          'location.longitude',
          'compensation.minAmount',
          'compensation.maxAmount',
          'eligibility.minAge',
          'eligibility.maxAge',
        ],
        wrong: ['5', true, [], {}],
        code: 'invalid_type',
      },
      object: {
        fields: ['location', 'compensation', 'eligibility'],
        wrong: [5, 'x', true, []],
        code: 'invalid_type',
      },
      list: { fields: ['tags', 'languages'], wrong: [5, 'x', true, {}, null], code: 'invalid_type' },
      instant: {
        fields: ['opensAt', 'deadlineAt', 'startsAt', 'endsAt'],
        wrong: [5, 1.8e12, true, [], {}],
        code: 'invalid_type',
      },
    };

    for (const [kind, { fields, wrong, code }] of Object.entries(WRONG_KINDS))
      for (const field of fields)
        it(`${field} is of the kind ${kind}`, async () => {
          for (const value of wrong) await refuse(bodyWith(field, value), `${pointer(field)} ${code}`);
        });

    it('null in an optional field means the same as leaving the field out', async () => {
      const required = new Set(['title', 'type', 'status', 'location.label', 'compensation.kind']);
      const optional = Object.values(WRONG_KINDS)
        .flatMap(({ fields }) => fields)
        .filter((field) => !required.has(field) && !/^(tags|languages)/.test(field));
      for (const field of optional) {
        const [outer = '', inner] = field.split('.');
        const nulled = { ...SMALLEST, status: 'draft', [outer]: inner ? { ...PARENTS[outer], [inner]: null } : null };
        await accept(nulled);
      }
      await refuse({ ...SMALLEST, title: null, type: null }, '#/title invalid_type', '#/type unknown_value');
    });

    it('each missing required field is named', async () => {
      await refuse({}, '#/type required', '#/title required', '#/description required', '#/applyUrl required');
      await refuse({ status: 'draft' }, '#/type required', '#/title required');
      await refuse(
        { ...SMALLEST, location: {}, compensation: {} },
        '#/location/label required',
        '#/compensation/kind required',
      );
    });
  });

  describe('lengths, in code points', () => {
    for (const [field, min, max] of [
      ['title', 3, 140],
      ['summary', 1, 280],
      ['description', 1, 10_000],
      ['organizationName', 1, 160],
      ['location.label', 1, 200],
      ['location.city', 1, 100],
      ['location.region', 1, 100],
      ['eligibility.description', 1, 2000],
      ['tags.0', 1, 30],
    ] as const)
      it(`${field}: ${min} to ${max}`, async () => {
        const also = { status: 'draft' };
        for (const fits of ['x'.repeat(min), 'x'.repeat(max), '🚀'.repeat(max)])
          await accept(bodyWith(field, fits, also));
        await refuse(bodyWith(field, 'x'.repeat(min - 1), also), `${pointer(field)} too_short`);
        for (const tooLong of ['x'.repeat(max + 1), '🚀'.repeat(max + 1)])
          await refuse(bodyWith(field, tooLong, also), `${pointer(field)} too_long`);
      });

    it('are those of text in normalisation form C', async () => {
      const { title } = await accept({ ...SMALLEST, title: 'e\u0301'.repeat(140) });
      expect(title).to.equal('\u00e9'.repeat(140));
      await refuse({ ...SMALLEST, title: 'e\u0301'.repeat(141) }, '#/title too_long');
      await refuse({ ...SMALLEST, title: 'e\u0301e\u0301' }, '#/title too_short');
      // In form C, this character becomes three.
      await refuse({ ...SMALLEST, title: '\ufb2c'.repeat(140) }, '#/title too_long');
      await refuse({ ...SMALLEST, tags: ['\u00e9', 'e\u0301'] }, '#/tags/1 duplicate');
    });

    it('URLs 2048, e-mail addresses 254', async () => {
      const url = (length: number) => 'https://example.org/'.padEnd(length, 'a');
      const email = (length: number) => '@example.org'.padStart(length, 'a');
      await accept({ ...SMALLEST, applyUrl: url(2048), organizationUrl: url(2048), applyEmail: email(254) });
      await refuse(
        { ...SMALLEST, applyUrl: url(2049), organizationUrl: url(2049), applyEmail: email(255) },
        '#/applyUrl too_long',
        '#/organizationUrl too_long',
        '#/applyEmail too_long',
      );
    });

    it('10 tags, 5 languages, all different', async () => {
      const tags = Array.from({ length: 10 }, (_, index) => `tag ${index}`);
      const languages = ['en', 'es', 'de', 'fr', 'pt-BR'];
      await accept({ ...SMALLEST, tags, languages });
      await refuse(
        { ...SMALLEST, tags: [...tags, 'x'], languages: [...languages, 'it'] },
        '#/tags too_many',
        '#/languages too_many',
      );
      await refuse(
        { ...SMALLEST, tags: ['a', 'b', 'a'], languages: ['en', 'en'] },
        '#/tags/2 duplicate',
        '#/languages/1 duplicate',
      );
    });
  });

  describe('characters', () => {
    const NOWHERE = {
      NUL: 'a\0bc',
      'a bell': 'abc\u0007',
      'an escape sequence': '\u001b[31mred',
      DEL: 'abc\u007f',
      'a C1 control character': 'abc\u0085',
      'a carriage return': 'abc\r\ndef',
      'a lone high surrogate': 'abc\ud800',
      'a lone low surrogate': '\udc00abc',
      'surrogates the wrong way round': 'abc\udc00\ud800',
    };
    for (const [what, text] of Object.entries(NOWHERE))
      it(`${what} is refused everywhere`, async () => {
        await refuse(
          {
            ...SMALLEST,
            title: text,
            description: text,
            tags: [text],
            location: { label: text },
            eligibility: { description: text },
          },
          '#/title invalid_characters',
          '#/description invalid_characters',
          '#/tags/0 invalid_characters',
          '#/location/label invalid_characters',
          '#/eligibility/description invalid_characters',
        );
      });

    for (const [what, text] of Object.entries({
      'a line feed': 'abc\ndef',
      'a tab': 'abc\tdef',
      'a line separator': 'abc\u2028def',
      'a paragraph separator': 'abc\u2029def',
      'a right-to-left override': 'abc\u202egpj.exe',
      'a direction isolate': 'abc\u2066def',
    }))
      it(`${what} is refused in a title and accepted in a description`, async () => {
        await refuse({ ...SMALLEST, title: text }, '#/title invalid_characters');
        expect((await accept({ ...SMALLEST, description: text })).description).to.equal(text);
      });

    for (const [what, text] of Object.entries({
      blanks: '   ',
      'no-break spaces': '\u00a0'.repeat(3),
      'zero-width characters': '\u200b\u200c\u200d\ufeff',
      'combining marks': '\u0301\u0301\u0301',
      'Hangul fillers': '\u3164'.repeat(3),
    }))
      it(`${what} alone do not make a text`, async () => {
        await refuse({ ...SMALLEST, title: text, description: text }, '#/title blank', '#/description blank');
      });
  });

  describe('formats', () => {
    const PUBLIC_URLS = {
      good: ['https://example.org', 'https://münchen.example/ü?q=1#x', 'HTTPS://EXAMPLE.ORG/', 'https://a.bc:8443/'],
      bad: [
        'http://example.org',
        'javascript:alert(1)',
        'ftp://example.org',
        '//example.org',
        'example.org',
        'https://',
        'https:///example.org',
        'https://localhost/',
        'https://intranet/',
        'https://printer.local/',
        'https://printer.local./',
        'https://127.0.0.1/',
        'https://2130706433/',
        'https://0x7f.1/',
        'https://[::1]/',
        'https://169.254.169.254/latest/meta-data',
        'https://user:password@example.org/',
        'https://example.org\\@evil.example',
        'https://exa mple.org/',
        ' https://example.org',
        'x',
      ],
    };
    const FORMATS: Record<string, { good: readonly string[]; bad: readonly string[] }> = {
      applyUrl: PUBLIC_URLS,
      organizationUrl: PUBLIC_URLS,
      applyEmail: {
        good: ['a@b.co', 'first.last+tag@sub.example.org', 'jörg@müller.example'],
        bad: ['nobody', 'a@b', '@example.org', 'a@@example.org', 'a b@example.org', 'a@example.', 'a@example.org b'],
      },
      'location.country': { good: ['ES', 'XK'], bad: ['es', 'ESP', 'UK', 'EU', 'ZZ', 'XX', '', '12', 'E\u017f'] },
      'compensation.currency': { good: ['EUR', 'JPY'], bad: ['eur', 'EURO', '', '€', 'ABC'] },
      timeZone: {
        good: ['Europe/Madrid', 'UTC', 'America/Argentina/Buenos_Aires'],
        bad: ['+02:00', 'CEST+2', 'Europe/Atlantis', '../etc/passwd'],
      },
      'languages.0': {
        good: ['en', 'pt-BR', 'zh-Hant-TW'],
        bad: ['english language', 'e', 'en_US', '*', 'en-', '12'],
      },
      'tags.0': { good: ['node', 'c++', 'żółw', '日本', '1'], bad: ['Node', 'ÉCOLE', 'nOde'] },
      opensAt: {
        good: [
          '2026-07-01T00:00:00Z',
          '2026-07-01T00:00:00.123456789Z',
          '2026-07-01T00:00:00+05:45',
          '2026-07-01T00:00:00-00:00',
          '2028-02-29T00:00:00Z',
          '1970-01-01T00:00:00Z',
          '2199-12-31T23:59:59.999Z',
        ],
        bad: [
          '2026-07-01',
          '2026-07-01T00:00:00',
          '2026-07-01T00:00Z',
          '2026-07-01t00:00:00z',
          '2026-07-01 00:00:00Z',
          '2026-02-30T00:00:00Z',
          '2026-02-29T00:00:00Z',
          '2026-13-01T00:00:00Z',
          '2026-07-01T24:00:00Z',
          '2026-07-01T23:59:60Z',
          '2026-07-01T00:00:00+24:00',
          '2026-07-01T00:00:00+0200',
          '+012026-07-01T00:00:00Z',
          '2026-07-01T00:00:00Z ',
          '2026-07-01T00:00:00Z\n',
          '1782864000',
          'tomorrow',
          '',
        ],
      },
    };
    for (const [field, { good, bad }] of Object.entries(FORMATS)) {
      it(`${field} may be ${good.join(', ')}`, async () => {
        for (const value of good) await accept(bodyWith(field, value));
      });

      it(`${field} may not be ${bad.map((value) => JSON.stringify(value)).join(', ')}`, async () => {
        for (const value of bad) {
          const answer = await ada.post(OPPORTUNITIES, bodyWith(field, value));
          expect([answer.status, ...new Set(answer.body.errors.map((error) => error.pointer))], value).to.deep.equal([
            422,
            pointer(field),
          ]);
          if (value !== '') expect(errorsOf(answer), value).to.include(`${pointer(field)} invalid_format`);
        }
      });
    }

    it('an instant lies between 1970 and 2199', async () => {
      for (const value of [
        '0000-01-01T00:00:00Z',
        '1969-12-31T23:59:59.999Z',
        '2200-01-01T00:00:00Z',
        '9999-12-31T23:59:59Z',
      ])
        await refuse(bodyWith('startsAt', value), '#/startsAt out_of_range');
    });
  });

  describe('numbers', () => {
    for (const [field, min, max] of [
      ['openings', 1, 100_000],
      ['compensation.minAmount', 0, 10 ** 12],
      ['compensation.maxAmount', 0, 10 ** 12],
      ['eligibility.minAge', 0, 120],
      ['eligibility.maxAge', 0, 120],
      ['location.latitude', -90, 90],
      ['location.longitude', -180, 180],
    ] as const)
      it(`${field}: ${min} to ${max}`, async () => {
        for (const fits of [min, max]) await accept(bodyWith(field, fits));
        for (const beyond of [min - 1, max + 1])
          await refuse(bodyWith(field, beyond), `${pointer(field)} out_of_range`);
        if (field.startsWith('location')) await accept(bodyWith(field, 0.123456));
        else await refuse(bodyWith(field, min + 0.5), `${pointer(field)} not_whole`);
      });

    for (const [written, read] of [
      ['5.0', 5],
      ['5e0', 5],
      ['50e-1', 5],
      ['1e5', 100_000],
    ] as const)
      it(`${written} is the whole number ${read}`, async () => {
        expect((await accept(rawWith(`"openings":${written}`)))['openings']).to.equal(read);
      });

    for (const [written, error] of [
      ['1e400', 'invalid_type'],
      ['-1e400', 'invalid_type'],
      ['1e308', 'out_of_range'],
      ['9007199254740993', 'out_of_range'],
      ['123456789012345678901234567890', 'out_of_range'],
      ['-0', 'out_of_range'],
      ['1e-400', 'out_of_range'],
      ['1e-7', 'not_whole'],
      ['5.000000001', 'not_whole'],
    ] as const)
      it(`${written} is refused: ${error}`, async () => {
        await refuse(rawWith(`"openings":${written}`), `#/openings ${error}`);
      });

    it('an amount above 2^53 is refused and not rounded', async () => {
      const amount = (written: string) =>
        rawWith(`"compensation":{"kind":"paid","currency":"EUR","minAmount":${written}}`);
      await refuse(amount('9007199254740993'), '#/compensation/minAmount out_of_range');
      expect((await accept(amount('999999999999')))['compensation']).to.include({ minAmount: 999_999_999_999 });
      expect((await accept(amount('-0')))['compensation']).to.include({ minAmount: 0 });
    });
  });

  describe('fields that depend on one another', () => {
    const amounts = (given: Fields) => ({ compensation: { kind: 'paid', ...given } });
    const places = (given: Fields) => ({ location: { label: 'HQ', ...given } });
    for (const [changes, ...errors] of [
      [{ ...amounts({ minAmount: 1 }) }, '#/compensation/currency required'],
      [{ ...amounts({ maxAmount: 0 }) }, '#/compensation/currency required'],
      [{ ...amounts({ currency: 'EUR' }) }, '#/compensation/currency unexpected'],
      [{ ...amounts({ currency: 'EUR', minAmount: 2, maxAmount: 1 }) }, '#/compensation/maxAmount wrong_order'],
      [{ ...places({ latitude: 1 }) }, '#/location/longitude required'],
      [{ ...places({ longitude: 0 }) }, '#/location/latitude required'],
      [{ eligibility: { minAge: 30, maxAge: 18 } }, '#/eligibility/maxAge wrong_order'],
      [{ opensAt: '2027-01-01T00:00:00Z', deadlineAt: '2027-01-01T01:00:00+01:00' }, '#/deadlineAt wrong_order'],
      [{ startsAt: '2027-01-02T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' }, '#/endsAt wrong_order'],
      [{ workMode: 'onsite' }, '#/location required'],
      [{ workMode: 'hybrid', location: null }, '#/location required'],
      [{ description: null }, '#/description required'],
      [{ applyUrl: null }, '#/applyUrl required'],
      [{ deadlineAt: '2026-06-01T12:00:00Z' }, '#/deadlineAt in_the_past'],
    ] as const)
      it(`refuses ${JSON.stringify(changes)}`, () => refuse({ ...SMALLEST, ...changes }, ...errors));

    for (const changes of [
      amounts({ currency: 'EUR', minAmount: 1, maxAmount: 1 }),
      amounts({ period: 'total' }),
      places({ latitude: -0, longitude: 180 }),
      { eligibility: { minAge: 18, maxAge: 18 } },
      { startsAt: '2027-01-01T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' },
      { workMode: 'remote' },
      { workMode: 'onsite', location: { label: 'HQ' } },
      { applyUrl: null, applyEmail: 'a@example.org' },
      { deadlineAt: '2026-06-01T12:00:00.001Z' },
      { status: 'draft', description: null, applyUrl: null, workMode: 'onsite', deadlineAt: '2026-06-01T12:00:00Z' },
    ])
      it(`accepts ${JSON.stringify(changes)}`, async () => {
        expect(await accept({ ...SMALLEST, ...changes })).to.have.property('version', 1);
      });
  });

  describe('unknown members', () => {
    for (const [name, where] of [
      ['salary', '#/salary'],
      ['Title', '#/Title'],
      ['id', '#/id'],
      ['ownerId', '#/ownerId'],
      ['version', '#/version'],
      ['isOpen', '#/isOpen'],
      ['__proto__', '#/__proto__'],
      ['constructor', '#/constructor'],
      ['prototype', '#/prototype'],
      ['toString', '#/toString'],
      ['hasOwnProperty', '#/hasOwnProperty'],
      ['then', '#/then'],
      ['', '#/'],
      ['0', '#/0'],
      ['a/b', '#/a~1b'],
      ['a~b', '#/a~0b'],
      ['~1', '#/~01'],
      ['ü %"#', '#/%C3%BC%20%25%22%23'],
      ['\0', '#/%00'],
      ['\ud800', '#/%EF%BF%BD'],
    ] as const)
      it(`${JSON.stringify(name)} is refused, at ${where}`, async () => {
        const member = `${JSON.stringify(name)}:{"x":1}`;
        await refuse(rawWith(member), `${where} unknown`);
        await refuse(rawWith(`"location":{"label":"HQ",${member}}`), `#/location${where.slice(1)} unknown`);
      });

    it('cannot change the prototype of an object', async () => {
      await ada.post(OPPORTUNITIES, rawWith('"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}'));
      expect({}).to.not.have.property('polluted');
    });
  });

  describe('all errors are reported at once', () => {
    it('for kinds, limits, fields that depend on one another, and fields that publishing requires', () =>
      refuse(
        {
          type: 'jobb',
          title: 'x',
          salary: 5,
          summary: 7,
          openings: 0,
          workMode: 'hybrid',
          compensation: { kind: 'paid', minAmount: 5, bonus: true },
          opensAt: '2027-01-02T00:00:00Z',
          deadlineAt: '2027-01-01T00:00:00Z',
        },
        '#/type unknown_value',
        '#/title too_short',
        '#/salary unknown',
        '#/summary invalid_type',
        '#/openings out_of_range',
        '#/location required',
        '#/compensation/bonus unknown',
        '#/compensation/currency required',
        '#/deadlineAt wrong_order',
        '#/description required',
        '#/applyUrl required',
      ));

    it('also inside of one object or list in which some values have the wrong kind', () =>
      refuse(
        {
          ...SMALLEST,
          location: { city: '', region: 5, country: 'Spain', latitude: 91, planet: 'Earth' },
          compensation: { kind: 'gold', minAmount: '5', maxAmount: -1, currency: 'EUR' },
          eligibility: { minAge: 'old', maxAge: 200 },
          tags: ['ok', 5, 'Not lower', '', 'ok'],
        },
        '#/location/label required',
        '#/location/city too_short',
        '#/location/region invalid_type',
        '#/location/country invalid_format',
        '#/location/latitude out_of_range',
        '#/location/longitude required',
        '#/location/planet unknown',
        '#/compensation/kind unknown_value',
        '#/compensation/minAmount invalid_type',
        '#/compensation/maxAmount out_of_range',
        '#/eligibility/minAge invalid_type',
        '#/eligibility/maxAge out_of_range',
        '#/tags/1 invalid_type',
        '#/tags/2 invalid_format',
        '#/tags/3 too_short',
        '#/tags/4 duplicate',
      ));
  });

  describe('a body that is no object', () => {
    for (const body of ['[]', '[1]', 'null', '"text"', '""', '5', 'true', `[${JSON.stringify(SMALLEST)}]`])
      it(`${body} is refused as a whole`, () => refuse(body, '# invalid_type'));

    for (const [what, body, status] of [
      ['64 KiB of open brackets', '['.repeat(65_536), 400],
      ['an array 32,000 deep', '['.repeat(32_000) + ']'.repeat(32_000), 422],
      ['an object 9,000 deep', '{"a":'.repeat(9000) + '1' + '}'.repeat(9000), 422],
      ['a location 5,000 deep', rawWith(`"location":${'{"label":'.repeat(5000)}1${'}'.repeat(5000)}`), 422],
      ['30,000 tags of the wrong kind', `{"tags":[${'0,'.repeat(30_000)}0]}`, 422],
      ['5,000 unknown members', `{${Array.from({ length: 5000 }, (_, n) => `"k${n}":0`).join()}}`, 422],
    ] as const)
      it(`${what} is refused without harm`, async () => {
        expect((await ada.post(OPPORTUNITIES, body)).status).to.equal(status);
      });
  });

  describe('whatever is sent', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 });
    const strange = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 150 }),
      fc.string({ unit: 'grapheme', maxLength: 150 }),
      units.map((codes) => String.fromCharCode(...codes)),
      fc.constantFrom('2026-07-01T00:00:00Z', 'https://example.org', 'en', 'EUR', 'onsite', '', '__proto__'),
    );
    const anything = fc.oneof(
      strange,
      fc.jsonValue(),
      fc.double(),
      fc.constant(null),
      fc.array(strange, { maxLength: 12 }),
    );
    const object = (...names: string[]) =>
      fc.oneof(anything, fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] }));
    const anyBody = fc.record(
      {
        type: fc.oneof(fc.constant('job'), anything),
        title: fc.oneof({ arbitrary: strange, weight: 4 }, anything),
        ...Object.fromEntries(
          [
            ...['summary', 'description', 'organizationName', 'organizationUrl', 'workMode', 'commitment', 'opensAt'],
            ...['deadlineAt', 'startsAt', 'endsAt', 'timeZone', 'openings', 'applyUrl', 'applyEmail', 'tags'],
            ...['languages', 'status', 'extra'],
          ].map((name) => [name, anything]),
        ),
        location: object('label', 'city', 'region', 'country', 'latitude', 'longitude'),
        compensation: object('kind', 'minAmount', 'maxAmount', 'currency', 'period'),
        eligibility: object('description', 'minAge', 'maxAge'),
      },
      { requiredKeys: [] },
    );

    it('in any field, the response is 201 or 422', async () => {
      await fc.assert(
        fc.asyncProperty(anyBody, async (body) => {
          const { status } = await ada.post(OPPORTUNITIES, body);
          expect(status).to.be.oneOf([201, 422]);
        }),
        { numRuns: propertyRuns(300) },
      );
    });

    it('as text, it is refused or returned unchanged in normalisation form C', async () => {
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(strange, strange, async (title, description) => {
          const { status, body } = await ada.post(OPPORTUNITIES, { ...SMALLEST, title, description });
          expect(status).to.be.oneOf([201, 422]);
          if (status !== 201) return;
          accepted += 1;
          expect(body).to.include({ title: title.normalize('NFC'), description: description.normalize('NFC') });
          expect((await ada.get(`${OPPORTUNITIES}/${body.id}`)).body).to.deep.equal(body);
        }),
        { numRuns: propertyRuns(300) },
      );
      expect(accepted).to.be.above(10);
    });

    it('as any JSON or any text, the response is 400 or 422', async () => {
      const text = fc.oneof(fc.json(), fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('{', '"', '\0'));
      await fc.assert(
        fc.asyncProperty(text, async (body) => {
          expect((await ada.post(OPPORTUNITIES, body)).status).to.be.oneOf([400, 422]);
        }),
        { numRuns: propertyRuns(200) },
      );
    });
  });
});
