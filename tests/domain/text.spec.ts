import { expect } from 'chai';
import fc from 'fast-check';
import { normaliseText, textPattern, type TextLimit, textViolation } from '#domain/text';

const line: TextLimit = { min: 1, max: 10, multiline: false };
const lines: TextLimit = { ...line, multiline: true };
const codeOf = (text: string, limit: TextLimit) => textViolation(text, limit)?.code ?? 'fine';

/** Any JavaScript string, also with halves of surrogate pairs, control characters and marks. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((units) => String.fromCharCode(...units)),
);

describe('text', () => {
  for (const [name, text, inLine, inLines] of [
    ['plain', 'abc', 'fine', 'fine'],
    ['letters of any script', 'Ж中ع', 'fine', 'fine'],
    ['an emoji of several code points', '👩‍💻', 'fine', 'fine'],
    ['a combining mark that has no composed form', 'x\u0323', 'fine', 'fine'],
    ['punctuation only', '!?', 'fine', 'fine'],
    ['ten code points in twenty units', '🚀'.repeat(10), 'fine', 'fine'],
    ['eleven code points', '🚀'.repeat(11), 'too_long', 'too_long'],
    ['nothing', '', 'too_short', 'too_short'],
    ['NUL', 'a\u0000b', 'invalid_characters', 'invalid_characters'],
    ['a bell (C0)', 'a\u0007b', 'invalid_characters', 'invalid_characters'],
    ['an escape (C0)', 'a\u001bb', 'invalid_characters', 'invalid_characters'],
    ['delete', 'a\u007fb', 'invalid_characters', 'invalid_characters'],
    ['next line (C1)', 'a\u0085b', 'invalid_characters', 'invalid_characters'],
    ['the last C1', 'a\u009fb', 'invalid_characters', 'invalid_characters'],
    ['a carriage return', 'a\r\nb', 'invalid_characters', 'invalid_characters'],
    ['a line feed', 'a\nb', 'invalid_characters', 'fine'],
    ['a tab', 'a\tb', 'invalid_characters', 'fine'],
    ['a line separator', 'a\u2028b', 'invalid_characters', 'fine'],
    ['a paragraph separator', 'a\u2029b', 'invalid_characters', 'fine'],
    ['the first half of a pair', 'a\ud83d', 'invalid_characters', 'invalid_characters'],
    ['the second half of a pair', '\ude80a', 'invalid_characters', 'invalid_characters'],
    ['halves in the wrong order', '\ude80\ud83d', 'invalid_characters', 'invalid_characters'],
    ['a bidirectional override', 'a\u202eb', 'invalid_characters', 'fine'],
    ['a bidirectional isolate', 'a\u2066b', 'invalid_characters', 'fine'],
    ['a right-to-left mark, which right-to-left text needs', 'ע\u200f!', 'fine', 'fine'],
    ['blanks only', '   ', 'blank', 'blank'],
    ['no-break spaces only', '\u00a0\u2003', 'blank', 'blank'],
    ['line feeds and tabs only', '\n\t', 'invalid_characters', 'blank'],
    ['zero-width characters only', '\u200b\u200c\u200d\ufeff\u2060', 'blank', 'blank'],
    ['Hangul fillers only, which Unicode calls letters', '\u3164\u115f\u1160\uffa0', 'blank', 'blank'],
    ['Braille blanks only, which Unicode calls symbols', '\u2800', 'blank', 'blank'],
    ['combining marks only', '\u0301\u0302', 'blank', 'blank'],
    ['invisible characters above U+FFFF only', '\u{e0001}\u{1d173}', 'blank', 'blank'],
    ['invisible and visible together', '\u200bx', 'fine', 'fine'],
  ] as const) {
    it(`${name}: ${inLine} in one line, ${inLines} in several`, () => {
      expect(codeOf(text, line)).to.equal(inLine);
      expect(codeOf(text, lines)).to.equal(inLines);
    });
  }

  it('is refused with any control character', () => {
    const controls = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index)];
    for (const code of controls) {
      const text = `a${String.fromCharCode(code)}`;
      expect(codeOf(text, line), code.toString(16)).to.equal('invalid_characters');
      const allowed = text === 'a\n' || text === 'a\t';
      expect(codeOf(text, lines), code.toString(16)).to.equal(allowed ? 'fine' : 'invalid_characters');
    }
  });

  it('may be blank where an empty text is allowed', () => {
    for (const text of ['', ' ', '\u200b']) expect(codeOf(text, { ...line, min: 0 })).to.equal('fine');
  });

  it('is refused with the limit in the message', () => {
    expect(textViolation('ab', { min: 3, max: 4, multiline: false })?.message).to.contain('at least 3');
    expect(textViolation('abcde', { min: 3, max: 4, multiline: false })?.message).to.contain('at most 4');
  });

  it('can be stored and sent without a change when it has no violation', () => {
    let passed = 0;
    fc.assert(
      fc.property(anyText, fc.constantFrom(line, lines), (text, limit) => {
        if (textViolation(text, limit)) return;
        passed += 1;
        expect(text.isWellFormed()).to.equal(true);
        expect(text).to.not.contain('\u0000');
        expect(JSON.parse(JSON.stringify(text))).to.equal(text);
        expect(Buffer.from(text, 'utf8').toString('utf8')).to.equal(text);
        expect(Array.from(text).length).to.be.within(limit.min, limit.max);
      }),
      { numRuns: 500 },
    );
    expect(passed).to.be.greaterThan(50);
  });

  it('is normalised to a form that normalising again does not change, and equal texts become equal', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const normalised = normaliseText(text);
        expect(normaliseText(normalised)).to.equal(normalised);
        expect(normaliseText(text.normalize('NFD'))).to.equal(normalised);
        expect(normalised.isWellFormed()).to.equal(text.isWellFormed());
      }),
      { numRuns: 500 },
    );
    expect(normaliseText('e\u0301')).to.equal('\u00e9');
  });

  it('matches the pattern in the API’s description if and only if its characters are allowed', () => {
    const limits = [
      line,
      lines,
      { ...line, lowerCase: true },
      { ...lines, min: 0 },
      { ...line, min: 0, lowerCase: true },
    ];
    const samples = [
      '',
      ' ',
      'a',
      'A',
      'É',
      '\t',
      'a\nb',
      '\u2028x',
      '\u200b',
      '\u0301',
      'ab cd',
      ' a ',
      'a ',
      ' A',
      '\u0007a',
    ];
    for (const limit of limits)
      for (const text of samples) {
        const code = textViolation(text, { ...limit, min: Math.min(limit.min, text.length) })?.code;
        const matches = new RegExp(textPattern(limit), 'u').test(text);
        const isAllowed = code === undefined && (text !== '' || limit.min === 0);
        expect(matches, JSON.stringify([text, limit])).to.equal(isAllowed);
      }
  });
});
