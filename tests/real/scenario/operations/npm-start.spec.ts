import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { freePort } from '../../../../tools/local/processes/ports.ts';
import { kafkaLibs } from '../../../../tools/local/settings.ts';
import { eventually } from '../../../support/system/eventually.ts';

/** Processes whose environment names the folder: all that an npm start in this folder has started. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder);
    } catch {
      return false;
    }
  });
}

describe('npm start', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'opportunities-start-'));
    // The folder is removed even when mocha is interrupted.
    process.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
    // Kafka's jars are shared, to fetch them only once. Everything else is new, as on a machine without this service.
    symlinkSync(resolve(kafkaLibs(process.env['LOCAL_DIR'] ?? '.local')), kafkaLibs(folder));
  });

  after(() => {
    // Processes are left over only when a test has failed.
    for (const pid of processesOf(folder)) process.kill(Number(pid), 'SIGKILL');
  });

  async function start() {
    const port = String(await freePort());
    const child = spawn('npm', ['start'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOCAL_DIR: folder, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = once(child, 'close');
    try {
      await eventually(() => (/^curl [\s\S]*}'$/m.test(output) ? true : undefined), 60_000);
    } catch (error) {
      throw new Error(output, { cause: error });
    }
    return {
      url: `http://127.0.0.1:${port}`,
      output: () => output,
      curl: /^curl [\s\S]*?}'$/m.exec(output)?.[0] ?? '',
      /** Sends Ctrl-C to the whole process group, as a terminal does. */
      ctrlC: async () => {
        process.kill(-child.pid!, 'SIGINT');
        await exited;
      },
    };
  }

  it('prints a request to paste and its event, keeps its data for the next start, and leaves no process running', async () => {
    const first = await start();
    const { stdout } = await promisify(execFile)('bash', ['-c', first.curl]);
    expect(stdout).to.match(/^HTTP\/1.1 201 Created/);
    const [, id] = /^Location: \/api\/v1\/opportunities\/(.+?)\r?$/m.exec(stdout) ?? [];
    await eventually(() => (first.output().includes(`OpportunityCreated.v1  key ${id}`) ? true : undefined));
    await first.ctrlC();
    expect(processesOf(folder)).to.deep.equal([]);

    const second = await start();
    const [authorization] = /Bearer [^']+/.exec(second.curl) ?? [];
    const found = await fetch(`${second.url}/api/v1/opportunities/${id}`, {
      headers: { authorization: authorization! },
    });
    expect(found.status).to.equal(200);
    expect(found.headers.get('ratelimit-policy'), 'nobody is stopped here').to.equal('"reads";q=1000000;w=60');
    await second.ctrlC();
    expect(processesOf(folder)).to.deep.equal([]);
  }).timeout(150_000);
});
