import { expect } from 'chai';
import fc from 'fast-check';
import { isDeep, NotStrictJson, parseStrictObject, writtenNumber } from '#infrastructure/security/strict-json';
import { thrownBy } from '../../support/system/thrown-by.ts';

const parse = (text: string | Buffer) => parseStrictObject(Buffer.from(text as string));

function complaint(text: string | Buffer): string {
  const error = thrownBy(() => parse(text));
  expect(error, String(text)).to.be.instanceOf(NotStrictJson);
  return (error as Error).message;
}

describe('parseStrictObject', () => {
  it('returns the same value as JSON.parse', () => {
    for (const text of [
      '{}',
      ' {"a" : 1 }\n',
      '{"a":{"a":{"a":[]}},"b":[{"a":1},{"a":2}]}',
      String.raw`{":{}[]\"":"\\\":{[","\\":"\\","é":"\ud83d\ude00"}`,
      '{"":null,"constructor":true,"toString":-0.5e-3}',
    ])
      expect(parse(text), text).to.deep.equal(JSON.parse(text));
  });

  it('keeps __proto__ as an ordinary member', () => {
    const value = parse('{"__proto__":{"admin":true}}');
    expect(Object.keys(value)).to.deep.equal(['__proto__']);
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
  });

  for (const [family, complains, texts] of [
    [
      'text that is not JSON',
      'is not JSON',
      ['', ' ', '{', '{}{}', "{'a':1}", '{"a":01}', '{"a":1,}', '{"a":NaN}', '\ufeff{}', '{"\n":1}'],
    ],
    ['JSON that is not an object', 'is not a JSON object', ['null', '1', '"{}"', 'true', '[]', '[{}]']],
    [
      'an object that repeats a name',
      'repeats a name',
      [
        '{"a":1,"a":1}',
        String.raw`{"a":1,"\u0061":2}`,
        '{"b":{"c":[{"a":1,"a":2}]}}',
        '{"a":{"b":1},"a":{}}',
        '{"a":{},"a":{"b":1}}',
        '{"__proto__":1,"__proto__":2}',
        '{"":1,"":2}',
      ],
    ],
    [
      'a number that a double cannot hold',
      'has a number that is too large',
      ['{"a":1e400}', '{"a":[{"b":-1e309}]}', `{"a":1${'0'.repeat(5000)}}`],
    ],
  ] as const)
    it(`refuses ${family}`, () => {
      for (const text of texts) expect(complaint(text), text).to.equal(complains);
    });

  it('refuses bytes that are not UTF-8 in its shortest form', () => {
    for (const bytes of ['\xff', '\xc3', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80'])
      expect(complaint(Buffer.from(`{"a":"${bytes}"}`, 'latin1'))).to.equal('is not UTF-8');
    expect(complaint(Buffer.from('{"a":1}', 'utf16le'))).to.equal('is not JSON');
  });

  it('accepts 32 levels and no more, not counting brackets in strings', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect(parse(nested(32))).to.have.key('a');
    expect(complaint(nested(33))).to.equal('is nested too deeply');
    expect(parse(`{"a":[${'[],'.repeat(100)}"${'['.repeat(100)}\\"${'{'.repeat(100)}"]}`)).to.have.key('a');
  });

  it('agrees with JSON.parse on every object without a repeated name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('finds a repeated name on every level', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }),
        fc.nat(),
        fc.nat(5),
        (value, which, levels) => {
          const names = Object.keys(value);
          const name = JSON.stringify(names[which % names.length]);
          const twice = `{${name}:[{"x":1}],${JSON.stringify(value).slice(1)}`;
          expect(complaint(`{"a":[`.repeat(levels) + twice + ']}'.repeat(levels))).to.equal('repeats a name');
        },
      ),
    );
  });

  it('throws nothing but NotStrictJson', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((text) => Buffer.from(text)),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            parseStrictObject(Buffer.from(bytes));
          } catch (error) {
            expect(error).to.be.instanceOf(NotStrictJson);
          }
        },
      ),
    );
  });
});

describe('isDeep', () => {
  it('counts levels in any text, even if it is not JSON', () => {
    for (const [text, deep] of [
      ['['.repeat(33), true],
      ['{['.repeat(17), true],
      ['['.repeat(32), false],
      [']'.repeat(99) + '['.repeat(99), false],
      [`"${'['.repeat(99)}`, false],
      [`"\\"${'['.repeat(99)}`, false],
      ['"\\', false],
      ['', false],
    ] as const)
      expect(isDeep(Buffer.from(text)), text).to.equal(deep);
  });
});

describe('writtenNumber', () => {
  const written = (text: string) => writtenNumber(Buffer.from(text), 'id');

  it('returns the text of a number in the outermost object', () => {
    for (const number of ['42', '-0', '42.0', '1e2', '9007199254740993'])
      expect(written(`{"before":{"id":1},"id": ${number} ,"after":[{"id":2}]}`)).to.equal(number);
  });

  it('returns undefined for a number in an inner object', () => {
    for (const text of ['{"a":{"id":42}}', '{"id":[42]}', '{"id":{"id":42}}', '{}'])
      expect(written(text)).to.equal(undefined);
  });
});
