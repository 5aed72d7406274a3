import { expect } from 'chai';
import fc from 'fast-check';
import type { TokenRejection } from '#application/ports/tokens/token-verifier';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import {
  base64url,
  CLAIMS,
  HEADER,
  NOW,
  signature,
  signedToken as token,
  withClaims,
  without,
  withText,
} from '../../support/tokens/signed-token.ts';
import { TEST_SECRET as SECRET } from '../../support/http/start-app.ts';
import { refusalOf as refusalBy } from '../../support/tokens/token-refusal.ts';
import { tokenSettings } from '../../support/tokens/token-settings.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

const [header, payload, mac] = token().split('.') as [string, string, string];

const verifier = (secret = SECRET) =>
  new SimpleJwtTokenVerifier(tokenSettings({ keys: { secret, previousSecret: undefined } }), new FixedClock(SOME_DAY));

const refusalOf = (text: string, secret?: string): Promise<TokenRejection> => refusalBy(verifier(secret), text);

describe('SimpleJwtTokenVerifier', () => {
  describe('known answers', () => {
    it('accepts a token that Python signed', async () => {
      // hmac.new(SECRET, …, 'sha256') over what PyJWT's encoder writes.
      const python = [
        'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9',
        'eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxNzgwNDAxNjAwLCJpYXQiOjE3ODAzMTUyMDAsImp0aSI6IjAxMjM0NTY3ODlhYmNkZW' +
          'YwMTIzNDU2Nzg5YWJjZGVmIiwidXNlcl9pZCI6IjQyIiwiZW1haWwiOiJhZGFAZXhhbXBsZS5jb20iLCJyb2xlIjoibW9kZXJhdG9yIn0',
        'EyybqFFsCaQXCYvHz-_dtxjlQFAoHFjAxvEbLPQfIPY',
      ].join('.');
      expect(await verifier().verify(python)).to.deep.equal({
        actor: { id: '42', role: 'moderator' },
        issuedAt: 1_780_315_200,
      });
    });

    for (const [order, known] of [
      [
        'typ first',
        'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjk0NjY4NDgwMH0.NHpdD2X8ub4SE_MZLBedWa57FCpntGaN_r6f8kNKdUs',
      ],
      [
        'alg first',
        'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk0NjY4NDgwMH0.jvxQgXCSDToR8uKoRJcMT-LmMJJn2-NM76nfSR2FOgs',
      ],
    ] as const) {
      it(`calls simplejwt’s own test token expired, so its signature is right, ${order}`, async () => {
        expect(await refusalOf(known, 'not_secret')).to.equal('token_expired');
        expect(await refusalOf(known, 'not_secret!')).to.equal('token_invalid');
      });
    }

    it('names its key like the Python line in verification-keys.ts', () => {
      expect(verifier('geheimnis-ß').keyFingerprints()).to.deep.equal(['229d082a']);
    });

    it('uses exactly the UTF-8 bytes of the secret as the key', async () => {
      for (const secret of ['geheimnis-ß-żółw-🔑', 'YWJjZA==', '-----BEGIN PUBLIC KEY-----', 'x'.repeat(200)]) {
        const signed = token(CLAIMS, HEADER, { secret });
        expect((await verifier(secret).verify(signed)).actor.id).to.equal('42');
        expect(await refusalOf(signed, `${secret} `)).to.equal('token_invalid');
      }
    });
  });

  describe('accepts', () => {
    for (const [name, accepted] of [
      ['a token without a role, as simplejwt issues it', without('role')],
      ['a token without iat, as before simplejwt 5.0', without('iat')],
      ['unknown claims', withClaims({ hash_password: 'ABCDEF', email: 'a@b.org', nested: { a: [1] } })],
      ['an audience and an issuer where the settings require none', withClaims({ aud: 'x', iss: 'y' })],
      [
        'a key id and a key address, which it ignores',
        token(CLAIMS, { ...HEADER, kid: '../../dev/null', jku: 'https://evil' }),
      ],
      ['a header without a type', token(CLAIMS, { alg: 'HS256' })],
      ['the type in another case', token(CLAIMS, { ...HEADER, typ: 'jwt' })],
      ['8192 characters', ofLength(8192)],
      ['the last second of a token', withClaims({ exp: NOW + 1 })],
    ] as const) {
      it(name, async () => {
        expect((await verifier().verify(accepted)).actor.id).to.equal('42');
      });
    }

    for (const [name, accepted, id] of [
      ['an integer', withClaims({ user_id: 42 }), '42'],
      ['the same integer as a string', withClaims({ user_id: '42' }), '42'],
      ['an integer that was written as a float', withText('user_id', '42.0'), '42'],
      ['the largest safe integer', withClaims({ user_id: Number.MAX_SAFE_INTEGER }), '9007199254740991'],
      [
        'a UUID',
        withClaims({ user_id: '018f3c5e-7b1a-7c3d-9e2f-0123456789ab' }),
        '018f3c5e-7b1a-7c3d-9e2f-0123456789ab',
      ],
      ['a user name', withClaims({ user_id: 'żółw@example.org' }), 'żółw@example.org'],
      ['128 characters', withClaims({ user_id: 'x'.repeat(128) }), 'x'.repeat(128)],
    ] as const) {
      it(`a user id that is ${name}`, async () => {
        expect((await verifier().verify(accepted)).actor.id).to.equal(id);
      });
    }

    for (const [name, role] of [
      ['null', null],
      ['a number', 1],
      ['a boolean', true],
      ['an array', ['admin']],
      ['an object', { admin: true }],
      ['capitals', 'ADMIN'],
    ] as const) {
      it(`a role that is ${name}, as a plain user`, async () => {
        expect((await verifier().verify(withClaims({ role }))).actor).to.deep.equal({ id: '42', role: 'user' });
      });
    }
  });

  const REFUSED: Record<string, [name: string, token: string, code?: TokenRejection][]> = {
    'algorithms other than the one in the settings': [
      ...['none', 'None', 'NONE', 'nOnE', 'none ', '', 'hs256', 'HS256 ', 'HS25', 'HMAC', 'dir'].flatMap(
        (alg): [string, string][] => [
          [`alg ${JSON.stringify(alg)}, unsigned`, `${base64url({ ...HEADER, alg })}.${payload}.`],
          [`alg ${JSON.stringify(alg)}, signed`, token(CLAIMS, { ...HEADER, alg })],
        ],
      ),
      ...(['HS384', 'HS512'] as const).map((alg): [string, string] => [
        `a genuine ${alg}`,
        token(CLAIMS, { ...HEADER, alg }, { hash: alg.replace('HS', 'sha') }),
      ]),
      ...['HS384', 'RS256', 'RS512', 'ES256', 'PS256', 'EdDSA', 'ML-DSA-44'].map((alg): [string, string] => [
        `${alg} over an HS256 signature`,
        token(CLAIMS, { ...HEADER, alg }),
      ]),
      ...[null, true, 256, ['HS256'], { name: 'HS256' }, undefined].map((alg): [string, string] => [
        `alg ${JSON.stringify(alg) as string | undefined}`,
        token(CLAIMS, { ...HEADER, alg }),
      ]),
      ['HS512 bits under the name of HS256', token(CLAIMS, HEADER, { hash: 'sha512' })],
    ],
    signatures: [
      ['none', `${header}.${payload}.`],
      ['left out with its dot', `${header}.${payload}`],
      ['of another secret', token(CLAIMS, HEADER, { secret: `${SECRET}x` })],
      ['of an empty secret', token(CLAIMS, HEADER, { secret: '' })],
      ['of the secret in another encoding', token(CLAIMS, HEADER, { secret: Buffer.from(SECRET).toString('base64') })],
      ['of another token', `${header}.${base64url({ ...CLAIMS, role: 'admin' })}.${mac}`],
      ['of another header', `${base64url({ typ: 'JWT', alg: 'HS256' })}.${payload}.${mac}`],
      ['of the payload alone', `${header}.${payload}.${signature(payload)}`],
      ['truncated', `${header}.${payload}.${mac.slice(0, -1)}`],
      ['one byte long', `${header}.${payload}.${mac.slice(0, 2)}`],
      ['prolonged', `${header}.${payload}.${mac}AA`],
      ['in hexadecimal', `${header}.${payload}.${Buffer.from(mac, 'base64url').toString('hex')}`],
      ['all zero', `${header}.${payload}.${base64url(Buffer.alloc(32))}`],
      ['with another last bit, which lenient decoders ignore', `${header}.${payload}.${nextLetter(mac)}`],
    ],
    'other spellings of a valid token': [
      ['padding at the end', `${token()}=`],
      ['padding in each part', `${header}=.${payload}==.${mac}=`],
      ['a blank in front', ` ${token()}`],
      ['a blank at the end', `${token()} `],
      ['a line feed at the end', `${token()}\n`],
      ['a blank inside', `${header}. ${payload}.${mac}`],
      ['a tab inside the signature', `${header}.${payload}.${mac.slice(0, 9)}\t${mac.slice(9)}`],
      ['plus and slash for minus and underscore', plainBase64()],
      ['four parts', `${token()}.${mac}`],
      ['five parts, as of an encrypted one', `${header}..${payload}.${mac}.${mac}`],
      ['a dot too many', `${token()}.`],
      ['an empty header', `.${payload}.${mac}`],
      ['an empty payload', `${header}..${signature(`${header}.`)}`],
      ['quotes around it', `"${token()}"`],
      ['the scheme in front of it', `Bearer ${token()}`],
      ['twice', `${token()},${token()}`],
      ['JSON serialisation', JSON.stringify({ protected: header, payload, signature: mac })],
      ['other digits', token().replaceAll('e', '\u0435')],
      ['NUL at the end', `${token()}\u0000`],
    ],
    'text that is not a token': [
      ...['', ' ', '.', '..', '...', 'null', 'undefined', 'true', '{}', 'a.b.c', '0', '\ud800', 'é.é.é'].map(
        (text): [string, string] => [JSON.stringify(text), text],
      ),
      ['a very long one', `${'A'.repeat(100_000)}.${'A'.repeat(100_000)}.A`],
      ['a million dots', '.'.repeat(1_000_000)],
    ],
    headers: [
      ['no JSON', token(CLAIMS, 'HS256')],
      ['null', token(CLAIMS, 'null')],
      ['a string', token(CLAIMS, '"HS256"')],
      ['a number', token(CLAIMS, '1')],
      ['an array', token(CLAIMS, [HEADER])],
      ['empty', token(CLAIMS, {})],
      ['invalid UTF-8', token(CLAIMS, Buffer.from([0x7b, 0xff, 0x7d]))],
    ],
    payloads: [
      ['null', token('null')],
      ['a string', token('"access"')],
      ['a number', token('1')],
      ['true', token('true')],
      ['an array', token([CLAIMS])],
      ['an empty array', token([])],
      ['an empty object', token({})],
      ['no JSON', token('not json at all')],
      ['no JSON, without a type in the header', token('not json at all', { alg: 'HS256' })],
      ['truncated JSON', token(JSON.stringify(CLAIMS).slice(0, -1))],
      ['JSON and more', token(`${JSON.stringify(CLAIMS)}{}`)],
      ['invalid UTF-8', token(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
      ['deeply nested', token(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
      ['claims one level down', token({ payload: CLAIMS })],
      ['claims of the prototype only', token(`{"__proto__":${JSON.stringify(CLAIMS)}}`)],
    ],
    'the type claim': [
      ['missing', without('token_type')],
      ...[null, 1, true, ['access'], { access: true }].map((type): [string, string] => [
        JSON.stringify(type),
        withClaims({ token_type: type }),
      ]),
      ...['refresh', 'sliding', 'Access', 'ACCESS', 'access ', ''].map((type): [string, string, TokenRejection] => [
        JSON.stringify(type),
        withClaims({ token_type: type }),
        'token_wrong_type',
      ]),
      ['a refresh token that has expired too', withClaims({ token_type: 'refresh', exp: NOW - 1 }), 'token_expired'],
    ],
    'the expiry claim': [
      ['missing', without('exp')],
      ...[null, true, '', String(CLAIMS.exp), '2099-01-01', [CLAIMS.exp], {}].map((exp): [string, string] => [
        JSON.stringify(exp),
        withClaims({ exp }),
      ]),
      ['never: 1e400', withText('exp', '1e400')],
      ['always: -1e400', withText('exp', '-1e400')],
      ['zero', withClaims({ exp: 0 }), 'token_expired'],
      ['negative', withClaims({ exp: -NOW }), 'token_expired'],
      ['a second ago', withClaims({ exp: NOW - 1 }), 'token_expired'],
      ['now', withClaims({ exp: NOW }), 'token_expired'],
      ['refresh_exp in its place', withClaims({ exp: undefined, refresh_exp: CLAIMS.exp })],
    ],
    'the token id claim': [
      ['missing', without('jti')],
      ...[null, '', 1, true, ['x'], {}].map((jti): [string, string] => [JSON.stringify(jti), withClaims({ jti })]),
    ],
    'the user id claim': [
      ['missing', without('user_id')],
      ['sub in its place', withClaims({ user_id: undefined, sub: '42' })],
      ...[null, '', true, 1.5, ['42'], { id: 42 }, 'a\u0000b', 'a\nb', '\u200b', '\ud800', 'x'.repeat(129)].map(
        (user_id): [string, string] => [JSON.stringify(user_id).slice(0, 40), withClaims({ user_id })],
      ),
      ['2^53, which JavaScript rounds', withClaims({ user_id: 2 ** 53 })],
      ['2^53 + 1, written out', withText('user_id', '9007199254740993')],
      ['a very large number', withText('user_id', '1e308')],
      ['infinite', withText('user_id', '1e400')],
    ],
    'the other times': [
      ['not before a second from now', withClaims({ nbf: NOW + 1 }), 'token_not_yet_valid'],
      ['not before text', withClaims({ nbf: 'tomorrow' })],
    ],
  };

  for (const [family, cases] of Object.entries(REFUSED)) {
    describe(`refuses ${family}`, () => {
      for (const [name, refused, code = 'token_invalid'] of cases) {
        it(`${name}: ${code}`, async () => {
          expect(await refusalOf(refused)).to.equal(code);
        });
      }
    });
  }

  it('uses only its own clock, even in another century', async () => {
    const then = new Date('2126-06-01T12:00:00Z');
    const seconds = then.getTime() / 1000;
    const later = new SimpleJwtTokenVerifier(tokenSettings(), new FixedClock(then));
    const claims = { iat: seconds - 9, nbf: seconds - 9, exp: seconds + 9 };
    expect((await later.verify(withClaims(claims))).actor.id).to.equal('42');
  });

  it('leaves the stack of other errors as long as it was', async () => {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 7;
    await refusalOf(token(CLAIMS, HEADER, { secret: 'another' }));
    await verifier().verify(token());
    const after = Error.stackTraceLimit;
    Error.stackTraceLimit = before;
    expect(after).to.equal(7);
  });

  it('refuses a valid token in which any single bit was changed', async () => {
    const parts = token()
      .split('.')
      .map((part) => Buffer.from(part, 'base64url'));
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (which, place, bit) => {
        const altered = parts.map((part) => Buffer.from(part));
        const part = altered[which]!;
        part[place % part.length]! ^= 1 << bit;
        await refusalOf(altered.map(base64url).join('.'));
      }),
    );
  });

  it('refuses a valid token in which any single character was changed', async () => {
    const good = token();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.constantFrom(...Array.from('AZaz09-_.=+ \u0000é')),
        async (place, letter) => {
          fc.pre(good[place] !== letter);
          await refusalOf(good.slice(0, place) + letter + good.slice(place + 1));
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });

  it('refuses any unsigned text, and throws nothing but TokenRejected', async () => {
    const part = fc.oneof(fc.string(), fc.json().map(base64url), fc.constantFrom(header, payload, mac, ''));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        fc.pre(parts.join('.') !== token());
        await refusalOf(parts.join('.'));
      }),
    );
  });

  it('refuses any signed text that is not an access token, and throws nothing but TokenRejected', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (claims, alg) => {
        await refusalOf(token(JSON.stringify(claims)));
        fc.pre(alg !== 'HS256');
        await refusalOf(token(CLAIMS, JSON.stringify({ alg })));
      }),
    );
  });
});

/** Returns a valid token of so many characters, for a number that base64url can produce. */
function ofLength(length: number): string {
  for (let more = length - 1000; ; more -= 1) {
    const text = withClaims({ more: 'x'.repeat(Math.max(0, more)) });
    if (text.length <= length) return text;
  }
}

/** Returns another spelling of the same 32 bytes, for a decoder that ignores the two surplus bits. */
function nextLetter(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const changed = text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) + 1]!;
  expect(Buffer.from(changed, 'base64url').equals(Buffer.from(text, 'base64url'))).to.equal(true);
  return changed;
}

/** Returns a valid token in the alphabet of plain base64. */
function plainBase64(): string {
  for (let attempt = 0; ; attempt += 1) {
    const good = withClaims({ attempt });
    const plain = good.replaceAll('-', '+').replaceAll('_', '/');
    if (plain !== good) return plain;
  }
}
