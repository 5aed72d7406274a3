import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { InvalidConfig, readConfig } from '../../src/config/config.ts';
import { temporaryFile } from '../support/system/temporary-file.ts';
import { thrownBy } from '../support/system/thrown-by.ts';

const STRONG = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const OTHER = STRONG.toUpperCase();

type Environment = Record<string, string>;

const withTokens = (tokens: Environment): Environment => ({
  DATABASE_URL: 'postgresql://app:pw@db.example.org:5432/opportunities',
  KAFKA_BROKERS: 'kafka.example.org:9092',
  ...tokens,
});

const settings = (tokens: Environment) => readConfig(withTokens(tokens)).tokens;

function problemsOf(tokens: Environment): readonly string[] {
  const error = thrownBy(() => readConfig(withTokens(tokens))) as InvalidConfig;
  expect(error).to.be.instanceOf(InvalidConfig);
  return error.problems;
}

const pem = (key: KeyObject, type: 'spki' | 'pkcs8' | 'pkcs1' = 'spki') =>
  key.export({ type, format: 'pem' }) as string;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = (namedCurve: string) => pem(generateKeyPairSync('ec', { namedCurve }).publicKey);
const KEYS = {
  rsa: pem(rsa.publicKey),
  'rsa of 1024 bits': pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
  'rsa-pss': pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
  'P-256': curve('prime256v1'),
  'P-384': curve('secp384r1'),
  'P-521': curve('secp521r1'),
  secp256k1: curve('secp256k1'),
  ed25519: pem(generateKeyPairSync('ed25519').publicKey),
  ed448: pem(generateKeyPairSync('ed448').publicKey),
  x25519: pem(generateKeyPairSync('x25519').publicKey),
};

const FITTING: Record<string, (keyof typeof KEYS)[]> = {
  RS256: ['rsa'],
  RS384: ['rsa'],
  RS512: ['rsa'],
  PS256: ['rsa'],
  PS384: ['rsa'],
  PS512: ['rsa'],
  ES256: ['P-256'],
  ES384: ['P-384'],
  ES512: ['P-521'],
  EdDSA: ['ed25519', 'ed448'],
};

describe('the configuration of tokens', () => {
  describe('each algorithm takes one kind of key:', () => {
    for (const [algorithm, fitting] of Object.entries(FITTING))
      it(`${algorithm}: ${fitting.join(' or ')}`, () => {
        for (const [kind, key] of Object.entries(KEYS) as [keyof typeof KEYS, string][]) {
          const given = { JWT_ALGORITHM: algorithm, JWT_PUBLIC_KEY: key };
          if (fitting.includes(kind)) expect(settings(given).keys, kind).to.deep.equal({ publicKey: key });
          else
            expect(problemsOf(given), kind).to.deep.equal([
              `JWT_PUBLIC_KEY is not a key for ${algorithm}, or has fewer than 2048 bits`,
            ]);
        }
      });

    it('RS256 takes a public key in PKCS #1 as well', () => {
      const key = pem(rsa.publicKey, 'pkcs1');
      expect(settings({ JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: key }).keys).to.deep.equal({ publicKey: key });
    });

    it('no algorithm takes a private key, which the service must not have', () => {
      for (const key of [
        pem(rsa.privateKey, 'pkcs8'),
        pem(rsa.privateKey, 'pkcs1'),
        pem(rsa.privateKey, 'pkcs8') + KEYS.rsa,
      ]) {
        const problems = problemsOf({ JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: key });
        expect(problems).to.have.length(1);
        expect(problems[0]).to.contain('JWT_PUBLIC_KEY must be a PEM that begins with -----BEGIN PUBLIC KEY-----');
      }
    });
  });

  describe('variables exclude or need one another:', () => {
    for (const [name, given, problems] of [
      ['nothing', {}, ['JWT_SECRET is required: the SIGNING_KEY of the Django backend']],
      [
        'an algorithm with a public key, and none',
        { JWT_ALGORITHM: 'ES256' },
        ['JWT_PUBLIC_KEY or JWT_JWKS_URL is required: the VERIFYING_KEY or JWK_URL of the Django backend'],
      ],
      [
        'a public key for HS256',
        { JWT_PUBLIC_KEY: KEYS.rsa },
        [
          'JWT_PUBLIC_KEY is for other values of JWT_ALGORITHM: HS256, HS384 and HS512 have a secret',
          'JWT_SECRET is required: the SIGNING_KEY of the Django backend',
        ],
      ],
      [
        'the address of keys for HS256',
        { JWT_SECRET: STRONG, JWT_JWKS_URL: 'https://a.example/' },
        ['JWT_JWKS_URL is for other values of JWT_ALGORITHM: HS256, HS384 and HS512 have a secret'],
      ],
      [
        'a secret for RS256',
        { JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: KEYS.rsa, JWT_SECRET: STRONG, JWT_SECRET_PREVIOUS: OTHER },
        [
          'JWT_SECRET is for HS256, HS384 and HS512: this JWT_ALGORITHM has a public key',
          'JWT_SECRET_PREVIOUS is for HS256, HS384 and HS512: this JWT_ALGORITHM has a public key',
        ],
      ],
      [
        'a file with a secret for RS256',
        { JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: KEYS.rsa, JWT_SECRET_FILE: temporaryFile(STRONG) },
        ['JWT_SECRET_FILE is for HS256, HS384 and HS512: this JWT_ALGORITHM has a public key'],
      ],
      [
        'a misspelt algorithm, of which nobody knows what it needs',
        { JWT_ALGORITHM: 'RSA256', JWT_PUBLIC_KEY: KEYS.rsa },
        [
          'JWT_ALGORITHM must be one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA',
        ],
      ],
      [
        'both a public key and an address',
        { JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: KEYS.rsa, JWT_JWKS_URL: 'https://a.example/' },
        ['JWT_JWKS_URL must not be set beside JWT_PUBLIC_KEY'],
      ],
      [
        'both a secret and a file',
        { JWT_SECRET: STRONG, JWT_SECRET_FILE: temporaryFile(OTHER) },
        ['JWT_SECRET_FILE must not be set beside JWT_SECRET'],
      ],
      [
        'the same secret twice',
        { JWT_SECRET_FILE: temporaryFile(STRONG), JWT_SECRET_PREVIOUS: STRONG },
        ['JWT_SECRET_PREVIOUS must be another secret than the current one'],
      ],
      [
        'an address that anybody may answer, in production',
        { JWT_ALGORITHM: 'RS256', JWT_JWKS_URL: 'HTTP://a.example/' },
        ['JWT_JWKS_URL must begin with https:// in production'],
      ],
    ] as [string, Environment, string[]][])
      it(name, () => {
        expect(problemsOf(given)).to.deep.equal(problems);
      });

    it('keys may be fetched without TLS outside production', () => {
      const given = { NODE_ENV: 'development', JWT_ALGORITHM: 'RS256', JWT_JWKS_URL: 'http://django:8000/jwks.json' };
      expect(settings(given).keys).to.deep.equal({ jwksUrl: 'http://django:8000/jwks.json' });
    });
  });

  describe('a secret', () => {
    for (const [header, key] of [
      ['a public key', KEYS.rsa],
      ['a private key', pem(rsa.privateKey, 'pkcs8')],
      ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
    ] as const)
      it(`is never ${header}, not even in development`, () => {
        for (const NODE_ENV of ['production', 'development'])
          expect(problemsOf({ NODE_ENV, JWT_SECRET: key })).to.deep.equal([
            'JWT_SECRET is a PEM, but HS256, HS384 and HS512 need a shared secret; key pairs are for other values of JWT_ALGORITHM',
          ]);
      });

    it('must have as many bytes as its hash in production', () => {
      for (const [algorithm, least] of Object.entries({ HS256: 32, HS384: 48, HS512: 64 })) {
        const given = { JWT_ALGORITHM: algorithm, JWT_SECRET: STRONG.slice(0, least) };
        expect(settings(given).keys.secret).to.have.length(least);
        expect(problemsOf({ ...given, JWT_SECRET: STRONG.slice(0, least - 1) })).to.deep.equal([
          `JWT_SECRET must have at least ${least} bytes; try: openssl rand -hex 32`,
        ]);
      }
    });

    it('must be as strong when it is the previous one, or in a file', () => {
      const weak = 'change-me-before-it-is-too-late-0123456789';
      const complaint = 'is a placeholder from a guide; try: openssl rand -hex 32';
      expect(problemsOf({ JWT_SECRET: STRONG, JWT_SECRET_PREVIOUS: weak })).to.deep.equal([
        `JWT_SECRET_PREVIOUS ${complaint}`,
      ]);
      expect(problemsOf({ JWT_SECRET_FILE: temporaryFile(weak) })).to.deep.equal([`JWT_SECRET_FILE ${complaint}`]);
    });
  });

  describe('a file with the secret', () => {
    for (const [name, content, secret] of [
      ['as it is', STRONG, STRONG],
      ['without the line break at its end', `${STRONG}\n`, STRONG],
      ['without the two characters of one at its end', `${STRONG}\r\n`, STRONG],
      ['with any further line break', `${STRONG}\n\n`, `${STRONG}\n`],
      ['with a line break inside', `${STRONG}\n${OTHER}\n`, `${STRONG}\n${OTHER}`],
      ['with blanks', ` ${STRONG}`, ` ${STRONG}`],
      ['in UTF-8', 'geheimnis-ß-żółw-🔑\n', 'geheimnis-ß-żółw-🔑'],
    ] as const)
      it(`is read ${name}`, () => {
        const given = { NODE_ENV: 'test', JWT_SECRET_FILE: temporaryFile(content) };
        expect(settings(given).keys.secret).to.equal(secret);
      });

    it('is refused when it cannot be read, or is empty', () => {
      for (const [path, problem] of [
        ['/nowhere/at/all', 'cannot be read: ENOENT'],
        ['/', 'cannot be read: EISDIR'],
        ['\u0000', 'cannot be read: ERR_INVALID_ARG_VALUE'],
        [temporaryFile(''), 'is an empty file'],
        [temporaryFile('\n'), 'is an empty file'],
        [temporaryFile(Buffer.from([0xff, 0xfe, 0x41, 0x00])), 'is a file that is not UTF-8'],
      ] as const)
        expect(problemsOf({ JWT_SECRET_FILE: path })).to.deep.equal([`JWT_SECRET_FILE ${problem}`]);
    });
  });
});
