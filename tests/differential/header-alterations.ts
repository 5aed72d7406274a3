import { type Alteration, nested, text, withValue } from './token-alteration.ts';
import { type Draft, withMembers } from './token-draft.ts';

const ALGORITHMS = [
  ...['none', 'None', 'NONE', 'nOnE', '', ' ', 'HS256', 'HS384', 'HS512', 'hs256', 'HS256 ', ' HS256', 'HS-256', 'HS1'],
  ...[
    'RS256',
    'RS384',
    'RS512',
    'ES256',
    'ES384',
    'ES512',
    'ES256K',
    'PS256',
    'PS512',
    'EdDSA',
    'Ed25519',
    'dir',
    'A128KW',
  ],
].map(text);
const TYPES = ['JWT', 'jwt', 'Jwt', 'JOSE', 'at+jwt', 'JWT ', 'application/jwt', 'JWS', ''].map(text);
/** Header parameters, and values that may mislead a careless verifier. */
const HEADER_MEMBERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  [
    'kid',
    [
      '"current"',
      '"next"',
      '"1"',
      '""',
      '"../../dev/null"',
      '"x\' OR 1=1 --"',
      '"/dev/null"',
      '1',
      'null',
      '["1"]',
      '{}',
      'true',
    ],
  ],
  ['crit', ['[]', '["exp"]', '["b64"]', '"exp"', 'null', '{}', '[1]']],
  ['b64', ['true', 'false', 'null', '0', '"false"']],
  ['jwk', ['{"kty":"oct","k":"AA"}', 'null', '1']],
  ['jku', ['"https://attacker.example/jwks.json"', '1']],
  ['x5u', ['"https://attacker.example/cert.pem"']],
  ['x5c', ['["MIIB"]', '[]']],
  ['x5t', ['"AA"']],
  ['cty', ['"JWT"', '1']],
  ['zip', ['"DEF"']],
  ['enc', ['"A128GCM"']],
  ['iss', ['"x"']],
  ['nonce', ['"x"', nested(33), '{"a":1,"a":2}']],
];

export function ofHeaders(): Alteration[] {
  const odd = ['null', 'true', '0', '1', '[]', '["HS256"]', '{}', '""', 'NaN', '1e400', '"\\u0000"', nested(40)];
  return [
    ...['alg', 'typ'].map((name) => withValue('header', name, undefined)),
    ...[...ALGORITHMS, ...odd].map((value) => withValue('header', 'alg', value)),
    ...[...TYPES, ...odd].map((value) => withValue('header', 'typ', value)),
    ...HEADER_MEMBERS.flatMap(([name, values]) => values.map((value) => withValue('header', name, value))),
    ...['alg', 'typ', 'kid', '\\u0061lg'].flatMap((name) =>
      ['"none"', '"HS256"', '"JWT"'].flatMap((value) =>
        ['first', 'last'].map((place) => ({
          what: `header "${name}" twice, ${place} ${value}`,
          alter: (draft: Draft) =>
            withMembers(draft, 'header', (members) => {
              const more = [`"${name}"`, value] as const;
              return place === 'first' ? [more, ...members] : [...members, more];
            }),
        })),
      ),
    ),
  ];
}
