import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { secretIn } from '../../../tools/local/development-token.ts';

/** A stand-in for Python and its packages, which do not influence the secret that the two services share. */
const NO_PYTHON = `#!/bin/sh
mkdir -p .venv/bin
printf '#!/bin/sh\\n' > .venv/bin/python
cp .venv/bin/python .venv/bin/pip
chmod +x .venv/bin/*
`;

describe('examples/django/setup.sh', () => {
  let service: string;
  let django: string;

  beforeEach(() => {
    service = mkdtempSync(join(tmpdir(), 'opportunities-setup-'));
    django = join(service, 'examples/django');
    mkdirSync(django, { recursive: true });
    copyFileSync('examples/django/setup.sh', join(django, 'setup.sh'));
    writeFileSync(join(service, 'python3'), NO_PYTHON, { mode: 0o755 });
  });

  afterEach(() => {
    rmSync(service, { recursive: true });
  });

  /** @returns the secret that Django uses afterwards */
  function setUp(environment: Record<string, string> = {}): string | undefined {
    const env = { PATH: `${service}:${process.env['PATH']}`, ...environment };
    // The script works from every folder.
    const { status, stderr } = spawnSync('sh', [join(django, 'setup.sh')], { env, encoding: 'utf8', cwd: '/' });
    expect(status, stderr).to.equal(0);
    return /^JWT_SECRET=(.*)$/m.exec(readFileSync(join(django, '.env'), 'utf8'))?.[1];
  }

  it("takes the secret of the service's .env, of which the last line counts", () => {
    writeFileSync(join(service, '.env'), 'PORT=3000\nJWT_SECRET=before\nJWT_SECRET=0123456789abcdef\n');
    expect(setUp()).to.equal('0123456789abcdef');
  });

  it('takes the secret that npm start has made', () => {
    writeFileSync(join(service, '.env'), 'PORT=3000\n');
    mkdirSync(join(service, '.local'));
    const secret = secretIn(join(service, '.local/jwt-secret'));
    expect(setUp()).to.equal(secret);
  });

  it('makes one that npm start then finds, in LOCAL_DIR, for the owner alone', () => {
    const secret = setUp({ LOCAL_DIR: 'state' });
    expect(secret).to.match(/^[0-9a-f]{64}$/);
    expect(secretIn(join(service, 'state/jwt-secret'))).to.equal(secret);
    for (const file of [join(service, 'state/jwt-secret'), join(django, '.env')])
      expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('leaves a .env alone that is there already', () => {
    writeFileSync(join(django, '.env'), 'JWT_SECRET=mine\n');
    expect(setUp()).to.equal('mine');
  });
});
