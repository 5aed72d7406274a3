import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { readArguments, UsageError } from '#interfaces/cli/doctor/doctor-arguments';
import type { CommandOutput } from '#interfaces/cli/exit-codes';
import { runDoctor } from '../../../../src/commands.ts';
import { signDjangoToken } from '../../../../tools/local/django-token.ts';
import { thrownBy } from '../../../support/system/thrown-by.ts';
import { propertyRuns } from '../../../support/system/property-runs.ts';

const STRONG = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
/** The URL of a port on which nothing listens. */
const DATABASE_URL = 'postgresql://ada:pw@127.0.0.1:1/opportunities';

type Json = {
  readonly version: number;
  readonly failed: boolean;
  readonly counts: Record<string, number>;
  readonly checks: { id: string; status: string; says: string; fix: string | null; reasons: { code: string }[] }[];
  readonly checklist: { item: string; status: string; checks: string[] }[];
};

describe('the doctor', () => {
  let folder: string;
  let home: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'opportunities-doctor-'));
    home = process.cwd();
  });

  after(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  function written(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  const run = (args: string[], environment: Record<string, string> = {}, input = ''): Promise<CommandOutput> =>
    runDoctor(args, environment, Readable.from([Buffer.from(input)]));

  async function json(args: string[], environment: Record<string, string> = {}, input = ''): Promise<Json> {
    const { output, error } = await run([...args, '--json'], environment, input);
    expect(error).to.equal('');
    return JSON.parse(output) as Json;
  }
  const statusOf = ({ checks }: Json, id: string) => checks.find((check) => check.id === id)?.status;

  it('prints its help', async () => {
    const { code, output } = await run(['--help']);
    expect(code).to.equal(0);
    expect(output).to.contain('--django-env FILE').and.to.contain('history');
  });

  describe('ends with 2 for a command line that is not valid:', () => {
    const secret = 'eyJhbGciOiJIUzI1NiJ9.secret.token';
    for (const args of [
      [secret],
      [`--${secret}`],
      ['--token'],
      ['--json=yes'],
      ['--url', 'opportunities.example.org'],
      ['--url', 'ftp://opportunities.example.org'],
      ['--url', 'https://ada:pw@opportunities.example.org'],
      ['--django-url', `https://django.example.org?token=${secret}`],
      ['--token', '@/nowhere/at/all'],
    ])
      it(args.join(' '), async () => {
        const { code, output, error } = await run(args);
        expect(code).to.equal(2);
        expect(output).to.equal('');
        expect(error).to.contain('--help').and.not.to.contain(secret);
      });

    it('a standard input that does not end', async () => {
      const { code, error } = await run(['--token', '-'], {}, 'x'.repeat(1_000_001));
      expect(code).to.equal(2);
      expect(error).to.contain('too long');
    });
  });

  it('accepts addresses with and without a slash at the end', () => {
    expect(readArguments(['--url', 'https://a.example/x/', '--django-url', 'HTTP://B.example'])).to.include({
      url: 'https://a.example/x',
      djangoUrl: 'http://b.example',
    });
    expect(thrownBy(() => readArguments(['--url', 'x']))).to.be.instanceOf(UsageError);
  });

  it('ends with 78 for a .env file that cannot be read, and names it', async () => {
    for (const option of ['--env', '--django-env']) {
      const { code, output, error } = await run([option, join(folder, 'nowhere')]);
      expect([code, output]).to.deep.equal([78, '']);
      expect(error).to.contain('nowhere cannot be read: ENOENT');
    }
  });

  it('ends with 1 when a check has failed', async () => {
    const { code, output } = await run([], { JWT_SECRET: STRONG });
    expect(code).to.equal(1);
    expect(output).to.contain('FAILURE config.valid').and.to.contain('* DATABASE_URL is required');
  });

  it('reads .env of the working folder, and the environment wins over it', async () => {
    const secret = `JWT_SECRET=${STRONG}\nNODE_ENV=development\n`;
    written('.env', secret);
    process.chdir(folder);
    const django = written('django.env', secret);
    expect(statusOf(await json(['--django-env', django]), 'secret.same')).to.equal('ok');
    const { checks } = await json(['--django-env', django], { JWT_SECRET: 'another' });
    expect(checks.find(({ id }) => id === 'secret.same')?.reasons[0]?.code).to.equal('environment_wins');
    rmSync(join(folder, '.env'));
    expect(statusOf(await json(['--django-env', django]), 'secret.same')).to.equal('failure');
    process.chdir(home);
  });

  it('warns of a file that every user may read, and of a settings.ini', async () => {
    const path = join(folder, 'open.env');
    writeFileSync(path, `JWT_SECRET=${STRONG}`, { mode: 0o644 });
    written('settings.ini', '');
    const report = await json(['--env', path, '--django-env', path]);
    expect(statusOf(report, 'secret.place')).to.equal('warning');
    expect(statusOf(report, 'secret.same')).to.equal('warning');
    rmSync(join(folder, 'settings.ini'));
  });

  describe('reads a token', () => {
    const token = signDjangoToken({ secret: STRONG, userId: '42' });
    const environment = { JWT_SECRET: STRONG };
    for (const [how, args, input] of [
      ['from the command line', () => ['--token', token], ''],
      ['from standard input', () => ['--token', '-'], `${token}\n`],
      ['from a file', () => ['--token', `@${written('token', token)}`], ''],
    ] as const)
      it(how, async () => {
        expect(statusOf(await json(args(), environment, input), 'token.accepted')).to.equal('ok');
      });
  });

  it('reads the secret from JWT_SECRET_FILE, without the line break at its end', async () => {
    const JWT_SECRET_FILE = written('secret', `${STRONG}\n`);
    const django = written('django.env', `JWT_SECRET=${STRONG}`);
    const { checks } = await json(['--django-env', django], { JWT_SECRET_FILE });
    expect(checks.find(({ id }) => id === 'secret.same')?.status).to.equal('ok');
    expect(checks.find(({ id }) => id === 'secret.place')?.says).to.contain('from JWT_SECRET_FILE');
  });

  it('requires no secret when a public key is set', async () => {
    const JWT_PUBLIC_KEY = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const report = await json([], { JWT_ALGORITHM: 'EdDSA', JWT_PUBLIC_KEY });
    expect(statusOf(report, 'secret.strong')).to.equal('ok');
    expect(statusOf(report, 'secret.same')).to.equal('skipped');
  });

  it('warns when Django still signs with the previous secret', async () => {
    const django = written('django.env', 'JWT_SECRET=the-old-one');
    const report = await json(['--django-env', django], {
      JWT_SECRET: STRONG,
      JWT_SECRET_PREVIOUS: 'the-old-one',
      NODE_ENV: 'test',
    });
    expect(statusOf(report, 'secret.same')).to.equal('warning');
  });

  it('checks the valid parts of a configuration whose other parts are not valid', async () => {
    const report = await json([], { DATABASE_URL, JWT_SECRET: 'weak', PORT: 'x', KAFKA_BROKERS: '127.0.0.1:1' });
    expect(report.checks.find(({ id }) => id === 'config.valid')?.reasons.map(({ code }) => code)).to.include.members([
      'PORT',
      'JWT_SECRET',
    ]);
    for (const [id, status] of [
      ['config.limits', 'skipped'],
      ['secret.strong', 'failure'],
      ['secret.fingerprint', 'ok'],
      ['database.reachable', 'failure'],
      ['broker.reachable', 'failure'],
    ] as const)
      expect(statusOf(report, id), id).to.equal(status);
  });

  it('has the documented shape, with every check and the nine items of the guide', async () => {
    const report = await json([], { NODE_ENV: 'development', JWT_SECRET: STRONG, DATABASE_URL });
    expect(Object.keys(report)).to.deep.equal(['version', 'failed', 'counts', 'checks', 'checklist']);
    expect(report.version).to.equal(1);
    expect(Object.values(report.counts).reduce((sum, count) => sum + count)).to.equal(report.checks.length);
    const ids = report.checks.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const check of report.checks)
      expect(Object.keys(check)).to.deep.equal(['id', 'status', 'says', 'fix', 'reasons']);
    expect(report.checklist).to.have.length(9);
    for (const { checks } of report.checklist) expect(ids).to.include.members(checks);
    expect(report.checklist.filter(({ checks }) => checks.length === 0)).to.deep.equal([]);
  });

  it('has the checks that docs/operators/doctor.md lists, in the same order', async () => {
    const documented = readFileSync('docs/operators/doctor.md', 'utf8').matchAll(/^\| `([a-z]+\.[a-z_]+)` /gm);
    const { checks } = await json([]);
    expect([...documented].map(([, id]) => id)).to.deep.equal(checks.map(({ id }) => id));
  });

  it('never prints a secret, a password or a token', async () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/);
    const odd = fc.constantFrom('', ' # comment', '#x', '"', "'", '`', '\\n', '\r', ' ');
    await fc.assert(
      fc.asyncProperty(
        secret,
        secret,
        secret,
        odd,
        odd,
        fc.boolean(),
        async (ours, djangos, password, before, behind, asJson) => {
          const env = written('a.env', `JWT_SECRET=${before}${ours}${behind}\nJWT_SECRET_PREVIOUS=${password}x\n`);
          const django = written(
            'b.env',
            `JWT_SECRET=${djangos}${behind}\nSECRET_KEY=${djangos}y\nDATABASE_URL=postgres://u:${djangos}z@h/d\n`,
          );
          const token = signDjangoToken({ secret: djangos, userId: '42', email: `${password}@example.org` });
          const environment = {
            DATABASE_URL: `postgresql://ada:${password}@127.0.0.1:1/opportunities`,
            KAFKA_BROKERS: '127.0.0.1:1',
            KAFKA_SASL_MECHANISM: 'plain',
            KAFKA_SASL_USERNAME: 'ada',
            KAFKA_SASL_PASSWORD: password,
          };
          const args = ['--env', env, '--django-env', django, '--token', '-', ...(asJson ? ['--json'] : [])];
          const { output, error } = await run(args, environment, `Bearer ${token}`);
          expect(error).to.equal('');
          for (const hidden of [ours, djangos, password, ...token.split('.')])
            expect(output.includes(hidden), output).to.equal(false);
        },
      ),
      { numRuns: propertyRuns(20) },
    );
  }).timeout(60_000);
});
