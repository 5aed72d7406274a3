import { expect } from 'chai';
import { secretFingerprint } from '#infrastructure/security/verification-keys';
import type { EnvFile } from '#interfaces/cli/env-file';
import { readAsNode } from '#interfaces/cli/env-file';
import type { Check } from '#interfaces/cli/doctor/report';
import {
  DJANGO_COMMAND,
  type EnvFiles,
  secretChecks,
  type SecretSettings,
} from '#interfaces/cli/doctor/checks/secret-checks';
import { ENV_LINES } from '../../../support/system/env-lines.ts';

const SECRET = 'Kq7Zp2Vw9Xr4Tn6Bm1Cs8Df3Gh5Jl0Ay';
const ENVIRONMENT = { kind: 'environment', name: 'the environment' } as const;
const NO_FILES: EnvFiles = { ourFile: undefined, djangoFile: undefined, readableByAll: [], hasSettingsIni: false };
const SETTINGS: SecretSettings = {
  secret: SECRET,
  previous: undefined,
  hasPublicKey: false,
  origin: { kind: 'env file', name: '.env' },
  isHidden: false,
  weaknesses: [],
  production: true,
};
const envFile = (text: string, path = '.env'): EnvFile => ({ path, text, isUtf8: true });

function checks(settings: Partial<SecretSettings> = {}, files: Partial<EnvFiles> = {}): Map<string, Check> {
  const all = secretChecks({ ...SETTINGS, ...settings }, { ...NO_FILES, ...files }, secretFingerprint);
  return new Map(all.map((check) => [check.id.replace('secret.', ''), check]));
}

/** The check secret.same for the texts of our file and of Django’s. */
function same(ours: string, djangos: string, files: Partial<EnvFiles> = {}): Check {
  const secret = readAsNode(ours)['JWT_SECRET'];
  return checks({ secret }, { ourFile: envFile(ours), djangoFile: envFile(djangos, 'django/.env'), ...files }).get(
    'same',
  )!;
}
const codes = ({ reasons = [] }: Check) => reasons.map(({ code }) => code);

describe('the checks of the secret', () => {
  describe('secret.same', () => {
    for (const { name, text, decouple, node, reasons } of ENV_LINES) {
      const isSame = node === decouple && node !== undefined && node !== '';

      it(`${name}, in both files: ${isSame ? 'the same' : 'not the same'}`, () => {
        const check = same(text, text);
        expect(check.status).to.equal(isSame ? 'ok' : 'failure');
        expect(codes(check)).to.deep.equal([...reasons, ...reasons]);
      });

      it(`${name}, in Django's file, while our file has the intended secret`, () => {
        // Both services see the same secret exactly when Django reads the line as intended.
        const check = same("JWT_SECRET='abc'", text);
        expect(check.status).to.equal(decouple === 'abc' ? 'ok' : 'failure');
        if (check.status === 'failure' && !isSame) expect(codes(check)).to.include.members([...reasons]);
      });
    }

    for (const [what, ours, djangos, ...expected] of [
      ['two secrets', 'JWT_SECRET=abc', 'JWT_SECRET=xyz', 'different'],
      ['capitals', 'JWT_SECRET=abc', 'JWT_SECRET=Abc', 'capitals'],
      ['one that is cut off', 'JWT_SECRET=abc', 'JWT_SECRET=abcdef', 'cut_off'],
      ['a comment in one of two secrets', 'JWT_SECRET=abc # c', 'JWT_SECRET=xyz', 'inline_comment', 'different'],
      ['letters of two forms', 'JWT_SECRET=\u00e9', 'JWT_SECRET=e\u0301', 'unicode_form'],
      ['a line break of the quotes', 'JWT_SECRET="abc\n"', 'JWT_SECRET=abc', 'open_quote', 'trailing_line_break'],
      ['\\n on one side', String.raw`JWT_SECRET='a\nb'`, 'JWT_SECRET="a\nb"', 'open_quote', 'different'],
      ['blanks in quotes', 'JWT_SECRET=" abc"', 'JWT_SECRET=abc', 'blanks'],
      ['quotes in quotes', `JWT_SECRET='"abc"'`, 'JWT_SECRET=abc', 'quotes_kept'],
      [
        '\\n against a line break',
        String.raw`JWT_SECRET="a\nb"`,
        String.raw`JWT_SECRET='a\\nb'`,
        'line_break_written_out',
        'different',
      ],
      ['none here', 'PORT=1', 'JWT_SECRET=abc', 'missing'],
      ['none there', 'JWT_SECRET=abc', 'PORT=1', 'missing'],
    ] as const) {
      it(`explains ${what}`, () => {
        const check = same(ours, djangos);
        expect(check.status).to.equal('failure');
        expect(codes(check)).to.deep.equal(expected);
      });
    }

    it('names both by fingerprint and length', () => {
      const { says } = same('JWT_SECRET=one-secret', 'JWT_SECRET=another-secret');
      expect(says).to.contain(`${secretFingerprint('one-secret')}, 10 bytes`);
      expect(says).to.contain(`${secretFingerprint('another-secret')}, 14 bytes`);
      expect(says).not.to.match(/one-secret|another-secret/);
    });

    it('says that the environment wins over the file', () => {
      const files = { ourFile: envFile('JWT_SECRET=abc'), djangoFile: envFile('JWT_SECRET=abc') };
      const check = checks({ secret: 'other', origin: ENVIRONMENT, isHidden: true }, files).get('same')!;
      expect(codes(check)).to.include('environment_wins');
      expect(check.says).to.contain('from the environment');
    });

    it('recognises a line break at the end of a secret from the environment', () => {
      const check = checks({ secret: 'abc\n', origin: ENVIRONMENT }, { djangoFile: envFile('JWT_SECRET=abc') });
      expect(codes(check.get('same')!)).to.deep.equal(['trailing_line_break']);
    });

    it('says that our secret is missing when no file sets it', () => {
      const check = checks({ secret: undefined }, { djangoFile: envFile('JWT_SECRET=abc') });
      expect(codes(check.get('same')!)).to.deep.equal(['missing']);
    });

    it('is a warning when Django has the previous secret', () => {
      const check = checks({ previous: 'old' }, { djangoFile: envFile('JWT_SECRET=old') }).get('same');
      expect(check).to.include({ status: 'warning' });
      expect(check?.says).to.contain('JWT_SECRET_PREVIOUS');
    });

    it('does not explain lines of our .env when the secret comes from JWT_SECRET_FILE', () => {
      const files = { ourFile: envFile('PORT=1'), djangoFile: envFile('JWT_SECRET=xyz') };
      const origin = { kind: 'secret file', name: 'JWT_SECRET_FILE' } as const;
      const check = checks({ secret: 'abc', origin }, files).get('same')!;
      expect(codes(check)).to.deep.equal(['different']);
      expect(check.says).to.contain('from JWT_SECRET_FILE');
    });

    it('is skipped when a public key is used', () => {
      const found = checks({ secret: undefined, hasPublicKey: true });
      expect([...found.values()].map(({ status }) => status)).to.deep.equal([
        'ok',
        'ok',
        'skipped',
        'skipped',
        'skipped',
      ]);
    });

    it('warns of a settings.ini, which python-decouple prefers', () => {
      expect(same('JWT_SECRET=abc', 'JWT_SECRET=abc', { hasSettingsIni: true })).to.include({ status: 'warning' });
    });

    it('sees no secret in a file that is not UTF-8', () => {
      const djangoFile = { path: 'd', text: `JWT_SECRET=${SECRET}`, isUtf8: false };
      const check = checks({}, { djangoFile }).get('same')!;
      expect(check.status).to.equal('failure');
      expect(codes(check)).to.deep.equal(['not_utf8']);
    });

    it("gives the command that prints Django's fingerprint when Django's file was not given", () => {
      const check = checks().get('same')!;
      expect(check.status).to.equal('skipped');
      expect(check.fix).to.contain(DJANGO_COMMAND);
      expect(checks().get('fingerprint')?.says).to.contain(`${secretFingerprint(SECRET)}, 32 bytes`);
    });
  });

  it('secret.strong fails only in production', () => {
    const weaknesses = ['must have at least 32 bytes', 'is a placeholder'];
    expect(checks().get('strong')?.status).to.equal('ok');
    expect(checks({ weaknesses }).get('strong')).to.include({
      status: 'failure',
      says: 'JWT_SECRET must have at least 32 bytes; it is a placeholder.',
    });
    expect(checks({ weaknesses, production: false }).get('strong')?.status).to.equal('warning');
    expect(checks({ secret: undefined }).get('strong')?.status).to.equal('failure');
  });

  it('secret.place warns of files that every user may read', () => {
    expect(checks().get('place')?.status).to.equal('ok');
    expect(checks({}, { readableByAll: ['a', 'b'] }).get('place')).to.deep.include({ status: 'warning' });
    expect(checks({ secret: undefined }).get('place')?.status).to.equal('skipped');
  });

  it('secret.portable warns of what Docker would read differently', () => {
    expect(checks().get('portable')?.status).to.equal('skipped');
    expect(checks({}, { ourFile: envFile('JWT_SECRET=abc') }).get('portable')?.status).to.equal('ok');
    const check = checks({}, { ourFile: envFile('JWT_SECRET="abc"'), djangoFile: envFile('JWT_SECRET=a$b', 'd') });
    expect(check.get('portable')).to.include({ status: 'warning' });
    expect(check.get('portable')?.says).to.match(/\.env has quotes.*; d has "\$"/);
  });
});
