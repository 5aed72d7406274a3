import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { secretFingerprint } from '#infrastructure/security/verification-keys';
import { readAsDecouple, readAsNode } from '#interfaces/cli/env-file';
import { DJANGO_COMMAND } from '#interfaces/cli/doctor/checks/secret-checks';
import { ENV_LINES } from '../../../support/system/env-lines.ts';
import { pythonEnvironment, run } from '../../../support/tokens/python-environment.ts';

/** Reads files as settings.py does, but without the environment, and prints JSON. */
const READ_ALL = `
import json, sys
from decouple import RepositoryEnv
print(json.dumps([RepositoryEnv(path).data for path in json.load(open(sys.argv[1]))]))`;

/** Characters with a special meaning for one of the readers. */
const ODD = [
  ...Array.from('abAB=#"\'`\\$ {}\t\v\f\u001c\u0085\u00A0\u2028\u3000\uFEFF\r\n'),
  ...['\r\n', '\\n', 'export ', 'A=', 'JWT_SECRET='],
];
const GENERATED = fc.sample(
  fc
    .array(fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 25 })
    .map((parts) => parts.join('')),
  { numRuns: 1500, seed: 20_261_126 },
);

describe('.env files read by the real readers', () => {
  let folder: string;
  let python: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opportunities-env-'));
    const files = ['examples/django/requirements.txt', 'examples/django/requirements-kafka.txt'];
    python = join(await pythonEnvironment('django', ...files), 'python');
  }).timeout(300_000);

  after(() => {
    rmSync(folder, { recursive: true });
  });

  function written(texts: readonly string[]): string[] {
    return texts.map((text, index) => {
      const path = join(folder, `${index}.env`);
      writeFileSync(path, text);
      return path;
    });
  }

  it('python-decouple reads known and generated files as the doctor does', async () => {
    // A lone surrogate cannot be written as UTF-8, and Python refuses it.
    const texts = [...ENV_LINES.map(({ text }) => text), ...GENERATED.map((text) => text.toWellFormed())];
    const list = join(folder, 'list.json');
    writeFileSync(list, JSON.stringify(written(texts)));
    const { code, output } = await run(python, ['-c', READ_ALL, list]);
    expect(code, output).to.equal(0);
    const read = JSON.parse(output) as Record<string, string>[];
    expect(read).to.have.length(texts.length);
    for (const [index, text] of texts.entries())
      expect(readAsDecouple(text), JSON.stringify(text)).to.deep.equal(read[index]);
  }).timeout(60_000);

  it('node --env-file reads JWT_SECRET of the known lines as the doctor does', async () => {
    const paths = written(ENV_LINES.map(({ text }) => text));
    const print = 'process.stdout.write(JSON.stringify(process.env.JWT_SECRET ?? null))';
    for (const [index, { name, text }] of ENV_LINES.entries()) {
      const args = [`--env-file=${paths[index]}`, '-e', print];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
      expect(readAsNode(text)['JWT_SECRET'] ?? null, name).to.equal(JSON.parse(stdout));
    }
  }).timeout(60_000);

  it('the fingerprint of simplejwt’s signing key in Django is the one that the doctor prints', async () => {
    const secret = 'gehëim-0123456789abcdef0123456789abcdef';
    const { code, output } = await run('bash', ['-c', DJANGO_COMMAND.replace(/^python /, `${python} `)], {
      cwd: 'examples/django',
      env: { JWT_SECRET: secret, DJANGO_SECRET_KEY: 'only-for-this-test', PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(code, output).to.equal(0);
    expect(output.trim()).to.equal(`${secretFingerprint(secret)} ${Buffer.byteLength(secret)}`);
  }).timeout(60_000);
});
