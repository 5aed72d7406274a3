import { AUDIENCE, type Agreement, ISSUER } from './agreements.ts';
import { type Alteration, nested, text, withValue } from './token-alteration.ts';
import { type Draft, withMembers } from './token-draft.ts';

/** Values as JSON texts: values that no claim has, and texts that JSON parsers read differently. */
const VALUES = [
  ...['null', 'true', 'false', '""', '" "', '"x"', '"42"', '" 42"', '"42 "', '"4\\u0032"', '"\\/"', '"1e3"'],
  ...['0', '-0', '-0.0', '1', '-1', '42', '42.0', '42.5', '4.2e1', '42e0', '420e-1', '1e400', '-1e400', '1e-400'],
  ...['9007199254740991', '9007199254740993', '-9007199254740993', '9007199254740991.4', `1${'0'.repeat(30)}`],
  ...[`1${'0'.repeat(400)}`, `-1${'0'.repeat(400)}`, `1${'0'.repeat(4400)}`, 'NaN', 'Infinity', '-Infinity'],
  ...['[]', '["x"]', '[1,"x"]', '[null]', '{}', '{"a":1}', '{"a":1,"a":1}', '{"a":[{"b":{}}]}', '{"a:b":":{["}'],
  ...[
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"é"',
    '"e\\u0301"',
    '"\\u200b"',
  ],
  ...[
    '"\\u202e42"',
    '"\\ufeff42"',
    '"42\\n"',
    '"\\u007f"',
    '"😀"',
    '"\\\\"',
    '"\\""',
    '"a\\"b:c"',
    '"\\x"',
    '"tab\tin it"',
  ],
  ...[text('x'.repeat(128)), text('x'.repeat(129)), text('😀'.repeat(128)), text('x'.repeat(300))],
  ...[
    nested(20),
    nested(31),
    nested(32),
    nested(33),
    nested(500),
    nested(1200),
    '{"a":'.repeat(40) + '1' + '}'.repeat(40),
  ],
  ...[
    '01',
    '.5',
    '1.',
    '+1',
    '0x10',
    '1_000',
    "'x'",
    'undefined',
    'None',
    'True',
    'nan',
    '',
    '"open',
    '1 2',
    '"a" "b"',
  ],
];

const CLAIMS = ['exp', 'nbf', 'iat', 'jti', 'token_type', 'role', 'iss', 'aud', 'sub', 'refresh_exp', 'hash_password'];
const OTHER_NAMES = [
  'more',
  '__proto__',
  'constructor',
  'toString',
  'alg',
  'kid',
  '',
  'é',
  'user-id',
  'User_id',
  'EXP',
];

/** @param now the present time in whole seconds since 1970. */
export function ofClaims({ ours }: Agreement, now: number): Alteration[] {
  const names = [...new Set([...CLAIMS, 'user_id', ours.userIdClaim])];
  const { leewaySeconds: leeway, maxLifetimeSeconds: longest } = ours;
  const moments = [-longest, -leeway - 1, -leeway, -leeway + 1, -1, 0, 1, leeway - 1, leeway, leeway + 1];
  const ends = [longest - 1, longest, longest + 1, longest + leeway, longest + leeway + 1, 2 * longest];
  const writtenTimes = [...moments, ...ends].map((from) => now + from);
  const forms = (at: number) => [
    `${at}`,
    `${at}.0`,
    `${at}.5`,
    `${at}.999999`,
    `${at - 1}.999999`,
    `"${at}"`,
    `${at}e0`,
  ];
  return [
    ...[...names, ...OTHER_NAMES].map((name) => withValue('payload', name, undefined)),
    ...names.flatMap((name) => VALUES.map((value) => withValue('payload', name, value))),
    ...OTHER_NAMES.flatMap((name) =>
      ['1', '"x"', 'null', '{"exp":1}'].map((value) => withValue('payload', name, value)),
    ),
    ...VALUES.map((value) => withValue('payload', 'more', value)),
    ...['exp', 'nbf', 'iat', 'refresh_exp'].flatMap((name) =>
      writtenTimes.flatMap(forms).map((value) => withValue('payload', name, value)),
    ),
    ...['exp', 'nbf', 'iat'].flatMap((name) =>
      ['253402300799', '253402300800', '-62135596801', '1e15', '1e18', String(now * 1000), ` ${now}`].map((value) =>
        withValue('payload', name, value),
      ),
    ),
    ...['access', 'refresh', 'sliding', 'untyped', 'ACCESS', 'Access', ' access', 'access ', 'access\u0000', 'аccess']
      .map(text)
      .concat('"\\u0061ccess"', '["access"]', '{"access":true}')
      .map((value) => withValue('payload', 'token_type', value)),
    ...['user', 'moderator', 'admin', 'Admin', 'admin ', 'root', 'ADMIN']
      .map(text)
      .concat('["admin"]', '{"admin":true}', '"\\u0061dmin"')
      .map((value) => withValue('payload', 'role', value)),
    ...around('iss', ISSUER),
    ...around('aud', AUDIENCE),
    ...duplicates(names),
  ];
}

function around(claim: string, right: string): Alteration[] {
  const others = [
    right,
    right.toUpperCase(),
    `${right} `,
    ` ${right}`,
    `${right}/`,
    right.slice(0, -1),
    `${right}\u0000`,
  ];
  const lists = [
    [right],
    ['other', right],
    [right, 'other'],
    ['other'],
    [right, 1],
    [1, right],
    [[right]],
    [null, right],
  ];
  return [...others, ...lists, { [right]: true }].map((value) => withValue('payload', claim, text(value)));
}

function duplicates(names: readonly string[]): Alteration[] {
  const escaped = (name: string) => `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`;
  return names.flatMap((name) =>
    ['first', 'last'].flatMap((place) =>
      [text(name), escaped(name)].flatMap((key) =>
        ['"x"', '1', undefined].map((value) => ({
          what: `payload ${key} twice, ${place} ${value ?? 'the same'}`,
          alter: (draft: Draft) =>
            withMembers(draft, 'payload', (members) => {
              const same = members.find(([each]) => each === text(name))?.[1] ?? '"x"';
              const more = [key, value ?? same] as const;
              return place === 'first' ? [more, ...members] : [...members, more];
            }),
        })),
      ),
    ),
  );
}
