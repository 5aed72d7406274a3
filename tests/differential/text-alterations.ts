import { type Alteration, text } from './token-alteration.ts';
import { type Part, withEncoding } from './token-draft.ts';

/** Alterations of a part's JSON text and of its bytes. */
export function ofText(part: Part): Alteration[] {
  const change = (what: string, encode: (json: string) => Buffer | string): Alteration => ({
    what: `${part} text: ${what}`,
    alter: (draft) => withEncoding(draft, part, encode),
  });
  const bigEndian = (json: string) => Buffer.from(json, 'utf16le').swap16();
  const utf32 = (json: string) =>
    Buffer.concat(Array.from(json, (letter) => Buffer.from([letter.charCodeAt(0), 0, 0, 0])));
  const inString = (bytes: string) => (json: string) =>
    Buffer.from(json.replace(/}$/, `,"bytes":"${bytes}"}`), 'latin1');
  return [
    ...['null', 'true', '1', '"text"', '[]', '[[]]', '{}', '', ' ', '{', '}', '{}{}', 'undefined', '\u0000'].map(
      (other) => change(`${text(other)} instead`, () => other),
    ),
    change('in an array', (json) => `[${json}]`),
    change('in a string', (json) => text(json)),
    change('members of an array', (json) => `[${json.slice(1, -1)}]`),
    ...[' ', '\n', '\r\n', '\t', '\f', '\v', '\u00a0', '\u2028', '\ufeff', '\u0000', '\u0085'].flatMap((blank) => [
      change(`${text(blank)} before`, (json) => `${blank}${json}`),
      change(`${text(blank)} after`, (json) => `${json}${blank}`),
      change(`${text(blank)} within`, (json) => json.replace(/^{/, `{${blank}`).replaceAll('":', `"${blank}:${blank}`)),
    ]),
    ...[',', '}', 'x', '//', '/* */', '# x', '{"a":1}', ';'].map((tail) =>
      change(`followed by ${tail}`, (json) => json + tail),
    ),
    change('trailing comma', (json) => json.replace(/}$/, ',}')),
    change('comment', (json) => json.replace('{', '{/* */')),
    change('single quotes', (json) => json.replaceAll('"', "'")),
    change('names without quotes', (json) => json.replaceAll(/"(\w+)":/g, '$1:')),
    change('cut', (json) => json.slice(0, -1)),
    change('UTF-16LE', (json) => Buffer.from(json, 'utf16le')),
    change('UTF-16BE', bigEndian),
    change('UTF-16LE with a mark', (json) => Buffer.from(`\ufeff${json}`, 'utf16le')),
    change('UTF-16BE with a mark', (json) => bigEndian(`\ufeff${json}`)),
    change('UTF-32LE', utf32),
    change('Latin-1', inString('\xe9')),
    change('invalid UTF-8', inString('\xff\xfe')),
    change('cut UTF-8', inString('\xe2\x82')),
    change('overlong UTF-8', inString('\xc0\xaf')),
    change('a surrogate as bytes', inString('\xed\xa0\x80')),
    change('a pair of surrogates as bytes', inString('\xed\xa0\xbd\xed\xb8\x80')),
    change('beyond Unicode', inString('\xf4\x90\x80\x80')),
    change('a control character in a string', inString('\u0001')),
    change('everything escaped', (json) =>
      json.replaceAll(/"([\w-]+)"/g, (_, word: string) =>
        text(word).replaceAll(/\w/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
      ),
    ),
    ...[6000, 8500, 20_000].map((length) =>
      change(`${length} longer`, (json) => json.replace(/}$/, `,"long":"${'x'.repeat(length)}"}`)),
    ),
    ...[8192, 8193].map((length) =>
      change(`${length} in base64url`, (json) => {
        // The other two parts have at most 400 characters, so these lengths lie just below and just above the limit.
        return json.replace(
          /}$/,
          `,"long":"${'x'.repeat(Math.max(0, Math.floor(((length - 150) * 3) / 4) - json.length))}"}`,
        );
      }),
    ),
  ];
}
