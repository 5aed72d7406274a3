import { expect } from 'chai';
import fc from 'fast-check';
import { INSTANT_PATTERN } from '#domain/opportunities/opportunity-details';
import {
  HTTPS_URL_PATTERN,
  INTERNAL_URL_PATTERN,
  isCountry,
  isCurrency,
  isEmail,
  isLanguage,
  isPublicHttpsUrl,
  isTimeZone,
  TIME_ZONES,
} from '#domain/opportunities/formats';

const FORMATS: [string, (value: string) => boolean, readonly string[], readonly string[]][] = [
  [
    'a country',
    isCountry,
    ['ES', 'GB', 'US', 'TW', 'AX', 'XK'],
    ['', 'es', 'Es', 'ESP', 'E', 'ZZ', 'AA', 'UK', 'EU', 'UN', 'SU', 'XA', 'IC', '12', 'É1', 'ES ', 'ES\n'],
  ],
  ['a currency', isCurrency, ['EUR', 'USD', 'JPY', 'PLN'], ['', 'eur', 'EURO', '€', 'XXY', 'EUR ', '__proto__']],
  [
    'a time zone',
    isTimeZone,
    ['Europe/Madrid', 'UTC', 'America/Argentina/Buenos_Aires', 'US/Pacific', 'Etc/GMT+5', 'Asia/Calcutta'],
    ['', '+02:00', '-0300', 'Z', 'GMT+1', 'UTC+1', 'Mars/Base', 'Europe/Madrid ', 'Europe/Madrid\n', '../etc/passwd'],
  ],
  [
    'a language',
    isLanguage,
    ['en', 'pt-BR', 'zh-Hant-TW', 'es-419', 'sr-Latn', 'EN', 'de-CH-1901', 'en-x-twain'],
    ['', 'e', 'en_GB', 'english language', 'en-', '-en', 'en-GB ', 'klingon!', '日本語', 'en\u0000'],
  ],
  [
    'an e-mail address',
    isEmail,
    ['a@b.co', 'ada.lovelace+jobs@mail.example.org', "o'neil@example.org", 'jörg@müller.de', '用户@例子.公司'],
    ['', 'a', 'a@b', '@b.co', 'a@', 'a@.co', 'a@b.', 'a b@c.de', 'a@b@c.de', 'a@b .de', 'a@b.co\n', 'a@b.c o'],
  ],
  [
    'a public https URL',
    isPublicHttpsUrl,
    [
      'https://example.org',
      'HTTPS://EXAMPLE.ORG/Path?query=1#top',
      'https://jobs.example.co.uk:8443/',
      'https://münchen.example.de/straße',
      'https://xn--mnchen-3ya.example.de',
      'https://localhost.example.org',
      'https://test.org/a@b',
      'https://1.2.3.4.example.org',
    ],
    [
      '',
      'example.org',
      'http://example.org',
      'ftp://example.org',
      'javascript:alert(1)',
      'javascript://example.org/%0aalert(1)',
      'data:text/html,x',
      'https:example.org',
      'https:/example.org',
      'https:///example.org',
      'https:\\\\example.org',
      'https://example.org\\@evil.test',
      ' https://example.org',
      'https://example.org ',
      'https://exa mple.org',
      'https://example.org/\n',
      'https://user@example.org',
      'https://user:password@example.org',
      'https://:password@example.org',
      'https://',
      'https://.',
      'https://.example.org',
      'https://example..org',
      'https://example.org*',
      'https://exam!ple.org',
      'https://example.org.',
      'https://localhost',
      'https://localhost.',
      'https://intranet',
      'https://app.localhost',
      'https://db.internal',
      'https://db.internal.',
      'https://DB.INTERNAL',
      'https://printer.local',
      'https://nas.lan',
      'https://x.test',
      'https://127.0.0.1',
      'https://127.0.0.1.',
      'https://127.1',
      'https://0x7f.1',
      'https://2130706433',
      'https://017700000001',
      'https://169.254.169.254/latest',
      'https://8.8.8.8',
      'https://[::1]',
      'https://[::ffff:10.0.0.1]',
      'https://１２７.0.0.1',
      'https://example.org:99999',
      'https://%zz.org',
    ],
  ],
];

describe('formats', () => {
  for (const [name, isValid, right, wrong] of FORMATS) {
    it(`tell ${name} from other texts`, () => {
      expect(right.filter((value) => !isValid(value))).to.deep.equal([]);
      expect(wrong.filter(isValid)).to.deep.equal([]);
    });

    it(`decide for any string whether it is ${name}`, () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
        fc.string().map((tail) => `https://${tail}`),
      );
      fc.assert(fc.property(text, (value) => typeof isValid(value) === 'boolean'));
    });
  }

  it('contain exactly the countries of ISO 3166-1, and Kosovo', () => {
    const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index));
    const countries = letters.flatMap((first) => letters.map((second) => first + second)).filter(isCountry);
    // ISO has assigned 249 codes. XK is not one of them, but it is in general use for Kosovo.
    expect(countries).to.have.length(250);
  });

  it('agree with the URL parser about public hosts', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https', 'http'], withFragments: true }), (url) => {
        if (!isPublicHttpsUrl(url)) return;
        const { protocol, username, password, hostname } = new URL(url);
        expect({ protocol, username, password }).to.deep.equal({ protocol: 'https:', username: '', password: '' });
        expect(hostname).to.match(/^([^.]+\.)+[^.\d][^.]*$/);
      }),
    );
  });

  it('are checked in a moment, for any text that a client sends', () => {
    // A pattern that backtracks without end would exceed mocha's time limit.
    for (const [, isValid] of FORMATS)
      for (const part of ['a', '.', 'a.', '@', '-a', 'a@', ':', '/'])
        for (const prefix of ['', 'a@', 'https://', 'en-']) isValid(prefix + part.repeat(20_000));
  });
});

describe('the patterns in the API’s description', () => {
  const matches = (pattern: string, text: string) => new RegExp(pattern, 'u').test(text);

  it('accept public URLs and no others', () => {
    for (const url of ['https://example.org', 'https://jobs.example.org:64999/a?b#c', 'https://xn--mnchen-3ya.de/'])
      expect(matches(HTTPS_URL_PATTERN, url), url).to.equal(true);
    for (const url of [
      ...[
        '',
        'http://example.org',
        'https://example',
        'https://1.2.3.4',
        'https://example.org:65000',
        'xhttps://a.org',
      ],
      ...['https://example.org:70000', 'https://EXAMPLE.org', 'https://a:b@example.org', 'https://example.org/a b'],
      ...['https://example.org\\x', 'https://example.orgs.'],
    ])
      expect(matches(HTTPS_URL_PATTERN, url), url).to.equal(false);
  });

  it('find internal names', () => {
    for (const url of [
      'https://db.internal',
      'https://a.b.local/x',
      'https://a.corp:8443',
      'https://a.test?x',
      'https://a.lan#x',
    ])
      expect(matches(INTERNAL_URL_PATTERN, url), url).to.equal(true);
    for (const url of [
      'https://example.org',
      'https://internal.example.org',
      'https://example.org/a.local',
      'https://a.locals',
    ])
      expect(matches(INTERNAL_URL_PATTERN, url), url).to.equal(false);
  });

  it('accept instants from 1970 to 2199, in the first and last year only in UTC', () => {
    for (const instant of [
      ...[
        '1970-01-01T00:00:00Z',
        '1971-01-01T23:59:59.123456789Z',
        '2026-06-01T12:00:00+02:00',
        '2199-12-31T23:59:59.9Z',
      ],
      ...['2198-12-31T23:59:59-23:59', '1999-01-01T00:00:00Z', '2100-01-01T00:00:00Z'],
    ])
      expect(matches(INSTANT_PATTERN, instant), instant).to.equal(true);
    for (const instant of [
      ...['', '1969-12-31T23:59:59Z', '2200-01-01T00:00:00Z', '1970-01-01T00:00:00+01:00', '2199-12-31T23:59:59-01:00'],
      ...[
        '2026-06-01',
        '2026-06-01T24:00:00Z',
        '2026-06-01T12:60:00Z',
        '2026-06-01T12:00:00',
        '2026-06-01T12:00:00+24:00',
      ],
      ...['2026-06-01T12:00:00.1234567890Z', 'x2026-06-01T12:00:00Z', '2026-06-01T12:00:00Zx', '2026-6-1T12:00:00Z'],
    ])
      expect(matches(INSTANT_PATTERN, instant), instant).to.equal(false);
  });

  it('list each time zone once, in alphabetical order', () => {
    expect(TIME_ZONES).to.deep.equal([...new Set(TIME_ZONES)].toSorted());
  });
});
