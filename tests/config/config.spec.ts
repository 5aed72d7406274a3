import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Config, InvalidConfig, readConfig, VARIABLE_NAMES } from '../../src/config/config.ts';
import { temporaryFile } from '../support/system/temporary-file.ts';
import { thrownBy } from '../support/system/thrown-by.ts';

type Environment = Record<string, string>;

const STRONG = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
/** The fewest settings that production accepts. */
const LEAST: Environment = {
  DATABASE_URL: 'postgresql://app:pw@db.example.org:5432/opportunities',
  JWT_SECRET: STRONG,
  KAFKA_BROKERS: 'kafka.example.org:9092',
};
const SECRET_FILE = temporaryFile(`${STRONG}\n`);
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
  type: 'spki',
  format: 'pem',
}) as string;
const CERTIFICATE = rootCertificates[0]!;
const CERTIFICATE_FILE = temporaryFile(CERTIFICATE);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const KEY_FILE = temporaryFile(KEY);
const LOCKED_KEY_FILE = temporaryFile(
  privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }),
);
const SASL = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'user', KAFKA_SASL_PASSWORD: 'pw' };
const DATABASE = 'must look like postgresql://user:password@host:5432/database';
const BROKERS = 'must be a comma-separated list of host:port, without a protocol';
const whole = (min: number, max: number) => `must be a whole number from ${min} to ${max}`;
const NO_NUMBERS = ['-1', '1.5', '0x10', '1e3', ' 10', '10 ', '+10', 'ten', '99999999999', '１０'];
const NO_FLAGS = ['TRUE', 'yes', '1', 'on', ' true'];

type Row = {
  /** Reads the value from the configuration. */
  read: (config: Config) => unknown;
  /** The default value; left out when the variable has none. */
  byDefault?: unknown;
  right: Record<string, unknown>;
  wrong?: readonly string[];
  /** The error text for each wrong value, after the variable's name. */
  says?: string;
  with?: Environment;
};

const ROWS: Record<string, Row> = {
  NODE_ENV: {
    read: ({ environment }) => environment,
    byDefault: 'production',
    right: { development: 'development', test: 'test', production: 'production' },
    wrong: ['prod', 'Production', ' '],
    says: 'must be development, test or production',
  },
  ROLE: {
    read: ({ role, http: { api } }) => [role, api],
    byDefault: ['all', true],
    right: { all: ['all', true], api: ['api', true], relay: ['relay', false] },
    wrong: ['worker', 'API'],
    says: 'must be all, api or relay',
  },
  HOST: { read: ({ http }) => http.host, byDefault: '0.0.0.0', right: { '::1': '::1' } },
  PORT: {
    read: ({ http }) => http.port,
    byDefault: 3000,
    right: { 0: 0, 8080: 8080, 65535: 65535 },
    wrong: ['65536', ...NO_NUMBERS],
    says: whole(0, 65_535),
  },
  CORS_ALLOWED_ORIGINS: {
    read: ({ http }) => http.allowedOrigins,
    right: {
      'https://app.example.org': ['https://app.example.org'],
      'http://localhost:5173, capacitor://localhost': ['http://localhost:5173', 'capacitor://localhost'],
      'https://xn--bcher-kva.example,http://[::1]:8080': ['https://xn--bcher-kva.example', 'http://[::1]:8080'],
    },
    wrong: [
      ...['*', 'https://*', 'https://*.example.org', 'null', 'true', 'app.example.org', '//app.example.org'],
      ...['https://app.example.org/', 'https://app.example.org/path', 'https://app.example.org?x', 'https://app#x'],
      ...['https://app.example.org:443', 'http://app.example.org:80', 'https://app.example.org:99999', 'https://'],
      ...['https://App.example.org', 'HTTPS://app.example.org', 'https://bücher.example', 'file://', 'mailto:a@b'],
      ...['https://user@app.example.org', 'https://a.example https://b.example', 'https://a.example,', ',', ' '],
      'https://good.example,http://bad.example/',
    ],
    says: 'must be a comma-separated list of origins, scheme://host[:port] as browsers send them: no path, no default port, no *',
  },
  PUBLIC_READ: {
    read: ({ http }) => http.publicRead,
    byDefault: false,
    right: { true: true, false: false },
    wrong: NO_FLAGS,
    says: 'must be true or false',
  },
  RATE_LIMIT_ENABLED: {
    read: ({ http }) => http.rateLimits !== undefined,
    byDefault: true,
    right: { true: true, false: false },
    wrong: NO_FLAGS,
    says: 'must be true or false',
  },
  RATE_LIMIT_READS_PER_MINUTE: {
    read: ({ http }) => http.rateLimits?.readsPerMinute,
    byDefault: 600,
    right: { 1: 1, 1000000: 1_000_000 },
    wrong: ['0', '1000001', ...NO_NUMBERS],
    says: whole(1, 1_000_000),
  },
  RATE_LIMIT_WRITES_PER_MINUTE: {
    read: ({ http }) => http.rateLimits?.writesPerMinute,
    byDefault: 60,
    right: { 1: 1, 1000000: 1_000_000 },
    wrong: ['0', '1000001', ...NO_NUMBERS],
    says: whole(1, 1_000_000),
  },
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: {
    read: ({ http }) => http.rateLimits?.anonymousPerMinute,
    byDefault: 60,
    right: { 1: 1, 1000000: 1_000_000 },
    wrong: ['0', '1000001', ...NO_NUMBERS],
    says: whole(1, 1_000_000),
  },
  RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: {
    read: ({ http }) => http.rateLimits?.authFailuresPerMinute,
    byDefault: 30,
    right: { 1: 1, 1000000: 1_000_000 },
    wrong: ['0', '1000001', ...NO_NUMBERS],
    says: whole(1, 1_000_000),
  },
  TRUST_PROXY: {
    read: ({ http }) => http.trustedProxies,
    byDefault: 0,
    right: { 0: 0, 1: 1, 10: 10 },
    wrong: ['true', '11', '10.0.0.0/8', ...NO_NUMBERS.filter((text) => text !== '10')],
    says: whole(0, 10),
  },
  LOG_LEVEL: {
    read: ({ logLevel }) => logLevel,
    byDefault: 'info',
    right: { debug: 'debug', warn: 'warn', error: 'error', silent: 'silent' },
    wrong: ['verbose', 'INFO'],
    says: 'must be debug, info, warn, error or silent',
  },
  SHUTDOWN_TIMEOUT_SECONDS: {
    read: ({ shutdownTimeoutMs }) => shutdownTimeoutMs,
    byDefault: 20_000,
    right: { 1: 1000, 600: 600_000 },
    wrong: ['0', '601', ...NO_NUMBERS],
    says: whole(1, 600),
  },
  DATABASE_URL: {
    read: ({ database }) => database.url,
    right: Object.fromEntries(
      ['postgresql://u:p@h:5432/d', 'postgres://h/d', 'postgresql://u:p%40%23@h/d?sslmode=require'].map((url) => [
        url,
        url,
      ]),
    ),
    wrong: [
      'mysql://h/d',
      'postgresql://h',
      'postgresql://h/',
      'postgres:d',
      'h:5432/d',
      'postgresql://u:p#@h/d',
      'postgresql://h:99999/d',
    ],
    says: DATABASE,
  },
  DATABASE_DIRECT_URL: {
    read: ({ database }) => database.directUrl,
    right: { 'postgresql://u:p@h:5432/d': 'postgresql://u:p@h:5432/d' },
    wrong: ['mysql://h/d', 'postgresql://h'],
    says: DATABASE,
  },
  DATABASE_POOL_MAX: {
    read: ({ database }) => database.poolMax,
    byDefault: 10,
    right: { 2: 2, 1000: 1000 },
    wrong: ['1', '1001', ...NO_NUMBERS],
    says: whole(2, 1000),
  },
  OUTBOX_RETENTION_HOURS: {
    read: ({ outbox }) => outbox.retentionHours,
    byDefault: 0,
    right: { 24: 24, 8760: 8760 },
    wrong: ['8761', '1.5', '-1', 'x'],
    says: whole(0, 8760),
  },
  DATABASE_STATEMENT_TIMEOUT_MS: {
    read: ({ database }) => database.statementTimeoutMs,
    byDefault: 3000,
    right: { 100: 100, 600000: 600_000 },
    wrong: ['99', '600001', ...NO_NUMBERS],
    says: whole(100, 600_000),
  },
  MIGRATE: {
    read: ({ migrate }) => migrate,
    byDefault: true,
    right: { true: true, false: false },
    wrong: NO_FLAGS,
    says: 'must be true or false',
  },
  JWT_ALGORITHM: {
    read: ({ tokens }) => tokens.algorithm,
    byDefault: 'HS256',
    right: { HS256: 'HS256', HS384: 'HS384', HS512: 'HS512' },
    wrong: ['none', 'hs256', 'HS1', 'HS256,RS256', 'ES256K', 'EdDSA '],
    says: 'must be one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA',
  },
  JWT_SECRET: {
    read: ({ tokens }) => tokens.keys.secret,
    right: { [STRONG]: STRONG },
  },
  JWT_SECRET_FILE: {
    read: ({ tokens }) => tokens.keys.secret,
    right: { [SECRET_FILE]: STRONG },
    wrong: [`${SECRET_FILE}.txt`],
    says: 'cannot be read: ENOENT',
    with: { JWT_SECRET: '' },
  },
  JWT_SECRET_PREVIOUS: {
    read: ({ tokens }) => tokens.keys.previousSecret,
    right: { [STRONG.toUpperCase()]: STRONG.toUpperCase() },
  },
  JWT_PUBLIC_KEY: {
    read: ({ tokens }) => tokens.keys.publicKey,
    right: { [PEM]: PEM, [`\n${PEM}`]: `\n${PEM}`, [PEM.replaceAll('\n', String.raw`\n`)]: PEM },
    wrong: ['MIIB', '-----BEGIN PUBLIC KEY-----', PEM.slice(10), PEM.replace('BEGIN PUBLIC', 'BEGIN PRIVATE'), ' '],
    says: String.raw`must be a PEM that begins with -----BEGIN PUBLIC KEY-----; \n may stand for its line breaks`,
    with: { JWT_SECRET: '', JWT_ALGORITHM: 'RS256' },
  },
  JWT_JWKS_URL: {
    read: ({ tokens }) => tokens.keys.jwksUrl,
    right: Object.fromEntries(['https://django.example.org/jwks.json', 'https://[::1]:8443/'].map((url) => [url, url])),
    wrong: [
      'django.example.org',
      'ftp://a/',
      'file:///etc/passwd',
      'https://',
      'https://user:pw@a/',
      '//a/b',
      'xhttps://a/',
      ' ',
    ],
    says: 'must look like https://django.example.org/jwks.json',
    with: { JWT_SECRET: '', JWT_ALGORITHM: 'RS256' },
  },
  JWT_ISSUER: { read: ({ tokens }) => tokens.issuer, right: { 'https://a.example': 'https://a.example' } },
  JWT_AUDIENCE: { read: ({ tokens }) => tokens.audience, right: { 'the app': 'the app' } },
  JWT_LEEWAY_SECONDS: {
    read: ({ tokens }) => tokens.leewaySeconds,
    byDefault: 0,
    right: { 0: 0, 100: 100, 600: 600 },
    wrong: ['601', ...NO_NUMBERS],
    says: whole(0, 600),
  },
  JWT_USER_ID_CLAIM: {
    read: ({ tokens }) => tokens.userIdClaim,
    byDefault: 'user_id',
    right: { sub: 'sub', 'https://a.example/user-id': 'https://a.example/user-id', ['x'.repeat(100)]: 'x'.repeat(100) },
    wrong: ['user id', 'é', 'x'.repeat(101), 'a,b'],
    says: 'must be the name of a claim: letters, digits, and _ . : / -',
  },
  JWT_HEADER_TYPES: {
    read: ({ http }) => http.authorizationSchemes,
    byDefault: ['Bearer'],
    right: { JWT: ['JWT'], 'JWT, Bearer': ['JWT', 'Bearer'] },
    wrong: ['Bearer,', ',', ' ', 'Bearer:', '"Bearer"', 'Be arer', '1st', `x${'x'.repeat(40)}`],
    says: 'must be a comma-separated list of schemes: Bearer, or JWT,Bearer',
  },
  JWT_TOKEN_TYPES: {
    read: ({ tokens }) => tokens.tokenTypes,
    byDefault: ['access'],
    right: { access: ['access'], 'access,sliding': ['access', 'sliding'], sliding: ['sliding'] },
    wrong: ['refresh', 'access,refresh', 'Access', 'access,', ' '],
    says: 'must be access, sliding or both',
  },
  JWT_MAX_LIFETIME_SECONDS: {
    read: ({ tokens }) => tokens.maxLifetimeSeconds,
    byDefault: 86_400,
    right: { 1: 1, 31536000: 31_536_000 },
    wrong: ['0', '31536001', ...NO_NUMBERS],
    says: whole(1, 31_536_000),
  },
  JWT_REVOCATION_FAILURE: {
    read: ({ revocations }) => revocations.whenStale,
    byDefault: 'open',
    right: { open: 'open', closed: 'closed' },
    wrong: ['OPEN', 'true', 'fail'],
    says: 'must be open or closed',
  },
  KAFKA_BROKERS: {
    read: ({ kafka }) => kafka?.brokers,
    right: { 'a:1': ['a:1'], 'a.example:9092, 10.0.0.1:65535': ['a.example:9092', '10.0.0.1:65535'] },
    wrong: ['a', 'a:', ':1', 'a:1,', 'a:1;b:2', 'kafka://a:1', 'a:0', 'a:65536', 'a:b', 'a b:1', 'a:1/'],
    says: BROKERS,
  },
  KAFKA_CLIENT: {
    read: ({ kafka }) => kafka?.client,
    byDefault: 'kafkajs',
    right: { kafkajs: 'kafkajs', platformatic: 'platformatic' },
    wrong: ['KafkaJS', '@platformatic/kafka'],
    says: 'must be kafkajs or platformatic',
  },
  KAFKA_TOPIC: {
    read: ({ kafka }) => kafka?.topic,
    byDefault: 'opportunities.events.v1',
    right: { 'A-z_0.9': 'A-z_0.9', ['x'.repeat(249)]: 'x'.repeat(249) },
    wrong: ['a b', 'a/b', 'é', 'x'.repeat(250), '.', '..'],
    says: 'must be a topic name: letters, digits, dots, dashes and underscores',
  },
  KAFKA_USER_EVENTS_TOPIC: {
    read: ({ kafka }) => kafka?.userEventsTopic,
    right: { 'users.events.v1': 'users.events.v1', ['x'.repeat(249)]: 'x'.repeat(249) },
    wrong: ['a b', 'a/b', 'é', 'x'.repeat(250), '.', '..'],
    says: 'must be a topic name: letters, digits, dots, dashes and underscores',
  },
  KAFKA_SSL: {
    read: ({ kafka }) => kafka?.ssl,
    byDefault: false,
    right: { true: true, false: false },
    wrong: NO_FLAGS,
    says: 'must be true or false',
  },
  KAFKA_SSL_CA_FILE: {
    read: ({ kafka }) => kafka?.tls.ca,
    right: { [CERTIFICATE_FILE]: CERTIFICATE },
    wrong: [`${CERTIFICATE_FILE}.txt`],
    says: 'cannot be read: ENOENT',
    with: { KAFKA_SSL: 'true' },
  },
  KAFKA_SSL_CERT_FILE: {
    read: ({ kafka }) => kafka?.tls.cert,
    right: { [CERTIFICATE_FILE]: CERTIFICATE },
    wrong: [KEY_FILE, SECRET_FILE],
    says: 'is not a PEM file with certificates',
    with: { KAFKA_SSL: 'true', KAFKA_SSL_KEY_FILE: KEY_FILE },
  },
  KAFKA_SSL_KEY_FILE: {
    read: ({ kafka }) => kafka?.tls.key,
    right: { [KEY_FILE]: KEY },
    wrong: [CERTIFICATE_FILE, LOCKED_KEY_FILE],
    says: 'is not a PEM file with a private key, without a passphrase',
    with: { KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: CERTIFICATE_FILE },
  },
  KAFKA_SASL_MECHANISM: {
    read: ({ kafka }) => kafka?.sasl?.mechanism,
    right: { plain: 'plain', 'scram-sha-256': 'scram-sha-256', 'scram-sha-512': 'scram-sha-512' },
    wrong: ['PLAIN', 'oauthbearer'],
    says: 'must be plain, scram-sha-256 or scram-sha-512',
    with: SASL,
  },
  KAFKA_SASL_USERNAME: { read: ({ kafka }) => kafka?.sasl?.username, right: { ada: 'ada' }, with: SASL },
  KAFKA_SASL_PASSWORD: { read: ({ kafka }) => kafka?.sasl?.password, right: { 'p w': 'p w' }, with: SASL },
};

function problemsOf(environment: Environment): readonly string[] {
  const error = thrownBy(() => readConfig(environment)) as InvalidConfig;
  expect(error).to.be.instanceOf(InvalidConfig);
  return error.problems;
}

const without = (name: string): Environment =>
  Object.fromEntries(Object.entries(LEAST).filter(([other]) => other !== name));

describe('configuration', () => {
  it('has no variable that this file does not test', () => {
    expect(VARIABLE_NAMES).to.have.members(Object.keys(ROWS));
  });

  for (const [name, { read, byDefault, right, wrong = [], says = '', with: others = {} }] of Object.entries(ROWS)) {
    describe(name, () => {
      if (byDefault !== undefined)
        it(`is ${JSON.stringify(byDefault)} when it is not set, or empty`, () => {
          expect(read(readConfig(LEAST))).to.deep.equal(byDefault);
          expect(read(readConfig({ ...LEAST, [name]: '' }))).to.deep.equal(byDefault);
        });

      it('gives the value that was set', () => {
        for (const [value, meaning] of Object.entries(right))
          expect(read(readConfig({ ...LEAST, ...others, [name]: value })), value).to.deep.equal(meaning);
      });

      if (wrong.length > 0)
        it(`is refused with: ${says}`, () => {
          for (const value of wrong)
            expect(problemsOf({ ...LEAST, ...others, [name]: value }), value).to.deep.equal([`${name} ${says}`]);
        });
    });
  }

  it('requires only the database, the secret and, in production, the brokers', () => {
    for (const environment of [{}, { DATABASE_URL: '', JWT_SECRET: '', KAFKA_BROKERS: '' }])
      expect(problemsOf(environment)).to.have.members([
        'DATABASE_URL is required: postgresql://user:password@host:5432/database',
        'JWT_SECRET is required: the SIGNING_KEY of the Django backend',
        'KAFKA_BROKERS is required in production, unless ROLE is api',
      ]);
  });

  describe('a part whose adapters the program replaces', () => {
    const others = { NODE_ENV: 'production', JWT_HEADER_TYPES: 'JWT', JWT_MAX_LIFETIME_SECONDS: '60' };

    for (const part of ['database', 'kafka', 'tokens'] as const)
      it(`needs no variable and reads none: ${part}`, () => {
        const prefix = { database: 'DATABASE_', kafka: 'KAFKA_', tokens: 'JWT_' }[part];
        const rest = Object.fromEntries(Object.entries(LEAST).filter(([name]) => !name.startsWith(prefix)));
        expect(readConfig(rest, [part])[part]).to.equal(undefined);
        const wrong = {
          DATABASE_URL: 'sqlite:x',
          KAFKA_BROKERS: 'nowhere',
          JWT_SECRET: 'short',
          JWT_ALGORITHM: 'none',
        };
        const unread = Object.entries(wrong).filter(([name]) => name.startsWith(prefix));
        expect(readConfig({ ...LEAST, ...Object.fromEntries(unread) }, [part])[part]).to.equal(undefined);
        expect(thrownBy(() => readConfig(rest))).to.be.instanceOf(InvalidConfig);
      });

    it('leaves the other parts as they are', () => {
      const config = readConfig({ ...others, ...LEAST }, ['tokens']);
      expect(config.http.authorizationSchemes).to.deep.equal(['JWT']);
      expect(config.revocations.lifetimeSeconds).to.equal(60);
      expect(config.database?.url).to.equal(LEAST['DATABASE_URL']);
      expect(config.kafka?.brokers).to.deep.equal([LEAST['KAFKA_BROKERS']]);
    });

    it('may be each of them at once: then nothing is required', () => {
      expect(readConfig({}, ['database', 'kafka', 'tokens']).environment).to.equal('production');
    });
  });

  it('allows no browser app by default', () => {
    for (const environment of [LEAST, { ...LEAST, CORS_ALLOWED_ORIGINS: '' }])
      expect(readConfig(environment).http.allowedOrigins).to.deep.equal([]);
  });

  it('promises TLS only in production', () => {
    const promised = (NODE_ENV: string) => readConfig({ ...LEAST, NODE_ENV }).http.strictTransport;
    expect(['production', 'test', 'development'].map(promised)).to.deep.equal([true, false, false]);
  });

  it('reports all problems at once', () => {
    const broken = Object.entries(ROWS).flatMap(([name, { wrong }]) =>
      wrong && name !== 'NODE_ENV' && name !== 'KAFKA_BROKERS' ? [[name, wrong[0]!] as const] : [],
    );
    const problems = problemsOf({ ...Object.fromEntries(broken), JWT_SECRET: 'change-me' });
    expect(problems.map((problem) => problem.split(' ')[0])).to.include.members([
      ...broken.map(([name]) => name),
      'JWT_SECRET',
      'KAFKA_BROKERS',
      'KAFKA_SASL_USERNAME',
      'KAFKA_SASL_PASSWORD',
    ]);
    const { message } = new InvalidConfig(problems);
    for (const problem of problems) expect(message).to.contain(`\n  ${problem}`);
  });

  describe('the brokers', () => {
    for (const [name, environment, needed] of [
      ['production', {}, true],
      ['a relay in production', { ROLE: 'relay' }, true],
      ['an API in production', { ROLE: 'api' }, false],
      ['development', { NODE_ENV: 'development' }, false],
      ['tests', { NODE_ENV: 'test' }, false],
    ] as const) {
      it(`${needed ? 'are required in' : 'may be left out in'} ${name}`, () => {
        const given = { ...without('KAFKA_BROKERS'), ...environment };
        if (needed)
          expect(problemsOf(given)).to.deep.equal(['KAFKA_BROKERS is required in production, unless ROLE is api']);
        else expect(readConfig(given).kafka).to.equal(undefined);
      });
    }
  });

  describe('the certificates for Kafka', () => {
    const files = { KAFKA_SSL_CERT_FILE: CERTIFICATE_FILE, KAFKA_SSL_KEY_FILE: KEY_FILE };

    it('need TLS', () => {
      expect(problemsOf({ ...LEAST, KAFKA_SSL_CA_FILE: CERTIFICATE_FILE, ...files })).to.deep.equal([
        'KAFKA_SSL_CA_FILE needs KAFKA_SSL=true',
        'KAFKA_SSL_CERT_FILE needs KAFKA_SSL=true',
        'KAFKA_SSL_KEY_FILE needs KAFKA_SSL=true',
      ]);
    });

    it('need their private key', () => {
      for (const [name, value] of Object.entries(files))
        expect(problemsOf({ ...LEAST, KAFKA_SSL: 'true', [name]: value })).to.deep.equal([
          'KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE belong together: set both, or none',
        ]);
    });
  });

  describe('the topic of user events', () => {
    const given = { ...LEAST, KAFKA_USER_EVENTS_TOPIC: 'users' };
    const development = { ...without('KAFKA_BROKERS'), KAFKA_USER_EVENTS_TOPIC: 'users', NODE_ENV: 'development' };

    it('needs brokers in every role that reads it', () => {
      const needed = 'KAFKA_BROKERS is required when KAFKA_USER_EVENTS_TOPIC is set, unless ROLE is api';
      expect(problemsOf(development)).to.deep.equal([needed]);
      expect(problemsOf({ ...development, ROLE: 'relay' })).to.deep.equal([needed]);
      expect(problemsOf({ ...development, NODE_ENV: 'production' })).to.have.length(1);
      expect(readConfig({ ...development, ROLE: 'api' }).kafka).to.equal(undefined);
    });

    it('must not be the topic of the service’s own events', () => {
      const refused = ['KAFKA_USER_EVENTS_TOPIC must not be KAFKA_TOPIC'];
      expect(problemsOf({ ...given, KAFKA_TOPIC: 'users' })).to.deep.equal(refused);
      expect(problemsOf({ ...given, KAFKA_USER_EVENTS_TOPIC: 'opportunities.events.v1' })).to.deep.equal(refused);
    });
  });

  describe('SASL', () => {
    it('is off when none of the three is set, and on when all are', () => {
      expect(readConfig(LEAST).kafka?.sasl).to.equal(undefined);
      expect(readConfig({ ...LEAST, ...SASL }).kafka?.sasl).to.deep.equal({
        mechanism: 'plain',
        username: 'user',
        password: 'pw',
      });
    });

    const names = Object.keys(SASL);
    for (let bits = 1; bits < 7; bits += 1) {
      const missing = names.filter((_, index) => ((bits >> index) & 1) === 0);
      it(`is refused without ${missing.join(' and ')}`, () => {
        const given = Object.fromEntries(Object.entries(SASL).filter(([name]) => !missing.includes(name)));
        expect(problemsOf({ ...LEAST, ...given })).to.deep.equal(
          missing.map((name) => `${name} is required when another KAFKA_SASL_ variable is set`),
        );
      });
    }
  });

  describe('the secret in production', () => {
    const good = 'Kq7Zp2Vw9Xr4Tn6Bm1Cs8Df3Gh5Jl0Ay';
    for (const [name, secret, complaint] of [
      ['the guide’s default', 'your-super-secret-key-change-this', 'is a placeholder'],
      ['the guide’s placeholder', 'your-super-secret-key-change-this-in-production', 'is a placeholder'],
      ['Django’s own default', `django-insecure-${good}`, 'is a placeholder'],
      ['a placeholder in capitals', `CHANGE-ME-${good}`, 'is a placeholder'],
      ['a placeholder without its dash', `changeme${good}`, 'is a placeholder'],
      ['the beginning of one, without its dash', `yoursuper${good}`, 'is a placeholder'],
      ['the end of one, without its dash', `supersecret${good}`, 'is a placeholder'],
      ['31 bytes', good.slice(1), 'at least 32 bytes'],
      ['one character', 'x'.repeat(64), 'repeats too few characters'],
      ['seven characters over and over', 'abcdefg'.repeat(9), 'repeats too few characters'],
      ['a single quote', `'${good}'`, 'contains a quote'],
      ['a double quote', `${good}"`, 'contains a quote'],
      ['a backtick', `\`${good}`, 'contains a quote'],
      ['a hash sign', `${good.slice(1)}#x`, 'contains "#"'],
      ['a blank in front', ` ${good}`, 'starts or ends with a blank'],
      ['a line feed at the end', `${good}\n`, 'starts or ends with a blank'],
    ] as const) {
      it(`is refused: ${name}`, () => {
        const problems = problemsOf({ ...LEAST, JWT_SECRET: secret });
        expect(problems).to.have.length(1);
        expect(problems[0])
          .to.match(/^JWT_SECRET /)
          .and.contain(complaint);
      });

      it(`is accepted in development and in tests: ${name}`, () => {
        for (const NODE_ENV of ['development', 'test'])
          expect(readConfig({ ...LEAST, NODE_ENV, JWT_SECRET: secret }).tokens.keys.secret).to.equal(secret);
      });
    }

    it('is refused with all its weaknesses at once', () => {
      expect(problemsOf({ ...LEAST, JWT_SECRET: ` 'change-me#` })).to.have.length(5);
    });

    it('may have 32 bytes in fewer characters', () => {
      for (const secret of [good, `${good.slice(4)}🚀`, `${good} ${good}`, 'abcdefgh'.repeat(4)])
        expect(readConfig({ ...LEAST, JWT_SECRET: secret }).tokens.keys.secret).to.equal(secret);
    });

    it('may be any output of openssl rand, in hexadecimal or base64', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
          // openssl practically never prints so few different characters.
          fc.pre(new Set(bytes).size > 16);
          for (const encoding of ['hex', 'base64'] as const) {
            const secret = Buffer.from(bytes).toString(encoding);
            expect(readConfig({ ...LEAST, JWT_SECRET: secret }).tokens.keys.secret).to.equal(secret);
          }
        }),
      );
    });
  });

  it('never prints a value, whatever is wrong', () => {
    const secret = fc.stringMatching(/^[A-Za-z'"#~!]{10,30}$/);
    fc.assert(
      fc.property(secret, fc.subarray(VARIABLE_NAMES), (value, names) => {
        const environment: Environment = {
          ...LEAST,
          ...Object.fromEntries(names.map((name) => [name, value])),
          // This makes every configuration invalid, and contains the value as a password.
          DATABASE_URL: `postgresql://app:${value}@/`,
        };
        const error = thrownBy(() => readConfig(environment)) as InvalidConfig;
        expect(error).to.be.instanceOf(InvalidConfig);
        expect(`${error.message}${error.stack ?? ''}${JSON.stringify(error)}`).to.not.contain(value);
        expect(error.cause).to.equal(undefined);
      }),
    );
  });

  describe('.env.example', () => {
    const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n');
    const entries = lines.flatMap((line) => {
      const [, hash, name, value] = /^(# ?)?([A-Z][A-Z_]*)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ set: hash === undefined, name, value: value ?? '' }];
    });

    it('lists every variable once, and no other', () => {
      expect(entries.map(({ name }) => name)).to.have.members(VARIABLE_NAMES);
      expect(entries).to.have.length(VARIABLE_NAMES.length);
    });

    it('shows the defaults, and sets no variable without a default', () => {
      const withDefault = Object.keys(ROWS).filter((name) => ROWS[name]?.byDefault !== undefined);
      const set = entries.filter((entry) => entry.set);
      expect(set.map(({ name }) => name)).to.have.members(withDefault);
      for (const { name, value } of set)
        expect(ROWS[name]?.read(readConfig({ ...LEAST, [name]: value })), name).to.deep.equal(ROWS[name]?.byDefault);
    });

    it('has no values in comments, and no comments behind values', () => {
      for (const { set, value } of entries) {
        if (set) expect(value).to.match(/^[^\s#'"]+$/);
        else expect(value).to.equal('');
      }
    });
  });
});
