import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pythonEnvironment, pythonPackages } from '../../support/tokens/python-environment.ts';
import { rejection } from '../../support/system/rejection.ts';

describe('a Python environment for a test', () => {
  const { PATH: path, LOCAL_DIR: localDir } = process.env;
  let folder: string;
  let requirements: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'opportunities-python-'));
    requirements = join(folder, 'requirements.txt');
    writeFileSync(requirements, 'nothing==1.0\n');
    mkdirSync(join(folder, 'bin'));
    process.env['LOCAL_DIR'] = folder;
  });

  afterEach(() => {
    process.env['PATH'] = path;
    if (localDir === undefined) delete process.env['LOCAL_DIR'];
    else process.env['LOCAL_DIR'] = localDir;
    rmSync(folder, { recursive: true });
  });

  /** A stand-in for Python: it runs the first script when a test asks for an environment, and the second as its `pip`. */
  function pretend(venv: string, pip: string): void {
    const inside = `mkdir -p "$4/bin"; printf '#!/bin/sh\\n${pip}\\n' > "$4/bin/python"; chmod +x "$4/bin/python"`;
    const script = `#!/bin/sh\n[ "$2" = venv ] || exit 0\n${venv}\n${inside}\n`;
    writeFileSync(join(folder, 'bin/python3'), script, { mode: 0o755 });
    process.env['PATH'] = `${join(folder, 'bin')}:${path}`;
  }

  const message = async () => ((await rejection(pythonEnvironment('test', requirements))) as Error).message;

  it('fails without Python, without venv and without packages, each time and not only the first time', async () => {
    process.env['PATH'] = join(folder, 'bin');
    expect(await message()).to.match(/needs Python 3.10 or newer with venv and pip.*ENOENT/);
    pretend('echo no module named venv; exit 1', 'exit 0');
    expect(await message()).to.include('no module named venv');
    pretend('true', 'echo no such package; exit 1');
    for (const time of ['first', 'second']) expect(await message(), time).to.include('no such package');
  });

  it('is made once, and anew for other requirements', async () => {
    pretend('true', 'exit 0');
    const first = await pythonEnvironment('test', requirements);
    pretend('exit 1', 'exit 1');
    expect(await pythonEnvironment('test', requirements)).to.equal(first);
    writeFileSync(requirements, 'nothing==1.1\n');
    expect(await message()).to.include('needs Python');
  });

  it('has packages beside it, made once; and fails, too, while they are missing', async () => {
    const programs = join(folder, 'programs');
    const python = (script: string) => {
      mkdirSync(programs, { recursive: true });
      writeFileSync(join(programs, 'python'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    const missing = async () =>
      ((await rejection(pythonPackages(programs, 'packages', requirements))) as Error).message;
    python('echo no such package; exit 1');
    for (const time of ['first', 'second']) expect(await missing(), time).to.include('no such package');
    // pip creates the folder that follows --target.
    python('while [ "$1" != --target ]; do shift; done; mkdir -p "$2"');
    const first = await pythonPackages(programs, 'packages', requirements);
    python('exit 1');
    expect(await pythonPackages(programs, 'packages', requirements)).to.equal(first);
  });
});
