import { createHmac } from 'node:crypto';
import type { Agreement } from './agreements.ts';
import { TEST_SECRET } from '../support/http/start-app.ts';
import { type Alteration, text } from './token-alteration.ts';
import { type Draft, type Part, withMember, withSignature, withSpelling, withWhole } from './token-draft.ts';

/** Other encodings of the same bytes, and encodings that only look like one. */
const SPELLINGS: readonly (readonly [what: string, change: (spelled: string) => string])[] = [
  ['one =', (spelled) => `${spelled}=`],
  ['two =', (spelled) => `${spelled}==`],
  ['the right padding', (spelled) => spelled.padEnd(Math.ceil(spelled.length / 4) * 4, '=')],
  ['= in the middle', (spelled) => `${spelled.slice(0, 8)}=${spelled.slice(8)}`],
  ['padding in the middle', (spelled) => `${spelled.slice(0, 10)}==${spelled.slice(10)}`],
  ...['\n', '\r', ' ', '\t', '!', '*', '%', '~', '\u00a0', '\u0085', '\u00ff', '"', ','].flatMap((more) => [
    [`${text(more)} after`, (spelled: string) => spelled + more] as const,
    [`${text(more)} before`, (spelled: string) => more + spelled] as const,
    [`${text(more)} within`, (spelled: string) => `${spelled.slice(0, 4)}${more}${spelled.slice(4)}`] as const,
  ]),
  ['the other alphabet', (spelled) => spelled.replaceAll('-', '+').replaceAll('_', '/')],
  ['a plus', (spelled) => `${spelled.slice(0, -4)}++++`],
  ['percent-encoding', (spelled) => spelled.replace('e', '%65')],
  ['hexadecimal', (spelled) => Buffer.from(spelled, 'base64url').toString('hex')],
  ['once more in base64url', (spelled) => Buffer.from(spelled).toString('base64url')],
  ['bits too many', nextLetter],
  ['a letter too many', (spelled) => `${spelled}A`],
  ['four letters too many', (spelled) => `${spelled}AAAA`],
  ['a letter too few', (spelled) => spelled.slice(0, -1)],
  ['nothing', () => ''],
];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Changes bits of the last letter that a decoder drops, so that the bytes stay the same. */
function nextLetter(spelled: string): string {
  return spelled.slice(0, -1) + (ALPHABET[(ALPHABET.indexOf(spelled.at(-1) ?? '') + 1) % 64] ?? '');
}

export function ofSpelling(part: Part): Alteration[] {
  return SPELLINGS.map(([what, change]) => ({
    what: `${part} spelled with ${what}`,
    alter: (draft) => withSpelling(draft, part, change),
  }));
}

export function ofSignatures({ ours }: Agreement): Alteration[] {
  const publicKey = 'publicKey' in ours.keys ? ours.keys.publicKey : undefined;
  const hmac = (hash: string, secret: string) => (_: string, signed: string) =>
    createHmac(hash, secret).update(signed, 'latin1').digest('base64url');
  const change = (what: string, sign: (right: string, signed: string) => string): Alteration => ({
    what: `signature: ${what}`,
    alter: (draft) => withSignature(draft, sign),
  });
  const bytes = (alter: (right: Buffer) => Buffer) => (right: string) =>
    alter(Buffer.from(right, 'base64url')).toString('base64url');
  return [
    ...SPELLINGS.map(([what, spell]) => change(`spelled with ${what}`, spell)),
    change('of another secret', hmac('sha256', 'another secret')),
    change('of an empty secret', hmac('sha256', '')),
    change('of the secret and a line break', hmac('sha256', `${TEST_SECRET}\n`)),
    change('of the secret in base64', hmac('sha256', Buffer.from(TEST_SECRET).toString('base64'))),
    ...['sha1', 'sha256', 'sha384', 'sha512'].map((hash) => change(`HMAC with ${hash}`, hmac(hash, TEST_SECRET))),
    ...(publicKey === undefined ? [] : [change('HMAC with the public key', hmac('sha256', publicKey))]),
    change(
      'one bit',
      bytes((right) => Buffer.from([(right[0] ?? 0) ^ 1, ...right.subarray(1)])),
    ),
    change(
      'cut in half',
      bytes((right) => right.subarray(0, right.length / 2)),
    ),
    change(
      'a byte too few',
      bytes((right) => right.subarray(0, -1)),
    ),
    change(
      'a byte too many',
      bytes((right) => Buffer.from([...right, 0])),
    ),
    change(
      'zeros',
      bytes((right) => Buffer.alloc(right.length)),
    ),
    change(
      'backwards',
      bytes((right) => Buffer.from(right).reverse()),
    ),
    change('of the payload alone', (_, signed) => hmac('sha256', TEST_SECRET)('', signed.split('.')[1] ?? '')),
    {
      what: 'signed before: another role',
      alter: (draft) => withWhole(draft, (token) => resaid(token, { role: 'admin' })),
    },
    {
      what: 'signed before: later end',
      alter: (draft) => withWhole(draft, (token) => resaid(token, { exp: 4_000_000_000 })),
    },
    {
      what: 'alg none without signature',
      alter: (draft) => withSignature(withMember(draft, 'header', 'alg', '"none"'), () => ''),
    },
    ...['HS256', 'HS384', 'HS512'].map((alg) => ({
      what: `${alg} in name and in fact`,
      alter: (draft: Draft) =>
        withSignature(
          withMember(draft, 'header', 'alg', text(alg)),
          hmac(`sha${alg.slice(2)}`, publicKey ?? TEST_SECRET),
        ),
    })),
  ];
}

/** Changes the payload and keeps the signature. */
function resaid(token: string, claims: object): string {
  const [header, payload = '', ...rest] = token.split('.');
  try {
    const said = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), ...claims };
    return [header, Buffer.from(JSON.stringify(said)).toString('base64url'), ...rest].join('.');
  } catch {
    return token;
  }
}

export function ofWholes(): Alteration[] {
  const change = (what: string, whole: (token: string) => string): Alteration => ({
    what: `whole: ${what}`,
    alter: (draft) => withWhole(draft, whole),
  });
  const parts = (token: string) => token.split('.') as [string, string, string];
  return [
    ...[
      '',
      '.',
      '..',
      '...',
      'null',
      'undefined',
      'None',
      '[object Object]',
      '{}',
      'x',
      'x'.repeat(9000),
      '.'.repeat(9000),
    ].map((other) => change(`${text(other.slice(0, 20))} instead`, () => other)),
    change('without a signature', (token) => parts(token).slice(0, 2).join('.')),
    change('without a payload', (token) => [parts(token)[0], parts(token)[2]].join('.')),
    change('with an empty payload', (token) => [parts(token)[0], '', parts(token)[2]].join('.')),
    change('five parts', (token) => `${token}.${token.split('.').slice(0, 2).join('.')}`),
    change('four parts', (token) => `${token}.x`),
    change('a dot before', (token) => `.${token}`),
    change('a dot after', (token) => `${token}.`),
    change('two dots in a row', (token) => token.replace('.', '..')),
    change('twice', (token) => token + token),
    change('parts in another order', (token) => [parts(token)[1], parts(token)[0], parts(token)[2]].join('.')),
    change('in upper case', (token) => token.toUpperCase()),
    ...['"', "'", '<>', '()', '[]', '{}'].map((quote) =>
      change(`in ${quote}`, (token) => `${quote[0] ?? ''}${token}${quote.at(-1) ?? ''}`),
    ),
    change("in b''", (token) => `b'${token}'`),
    change('as JSON', (token) => {
      const [header, payload, signature] = parts(token);
      return JSON.stringify({ protected: header, payload, signature });
    }),
    ...['\u00a0', '\u0085', '\u0000', ' ', '\n', '=', '\u00ff'].flatMap((more) => [
      change(`${text(more)} after`, (token) => token + more),
      change(`${text(more)} before`, (token) => more + token),
    ]),
  ];
}
