import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { AsyncLocalRequestScope } from '#infrastructure/system/async-local-request-scope';
import { type LogLevel, PinoLogger } from '#infrastructure/system/pino-logger';

type Line = Record<string, unknown> & { err?: Record<string, unknown> };

function logger(level: LogLevel = 'debug') {
  const written: string[] = [];
  const requests = new AsyncLocalRequestScope();
  const log = new PinoLogger(level, requests, { write: (line) => void written.push(line) });
  return { log, requests, written, lines: () => written.map((line) => JSON.parse(line) as Line) };
}

const SECRET = 'hunter2-hunter2';

describe('PinoLogger', () => {
  it('writes one line of JSON for each message, with its level by name and an instant', () => {
    const { log, written, lines } = logger();
    for (const level of ['debug', 'info', 'warn', 'error'] as const)
      log[level]({ answer: 42 }, `a ${level} with a\nbreak`);
    for (const line of written) expect(line).to.match(/^[^\n]+\n$/);
    expect(lines().map(({ level, msg, answer }) => ({ level, msg, answer }))).to.deep.equal(
      ['debug', 'info', 'warn', 'error'].map((level) => ({ level, msg: `a ${level} with a\nbreak`, answer: 42 })),
    );
    for (const { time } of lines()) expect(new Date(String(time)).toISOString()).to.equal(time);
  });

  for (const [level, count] of [
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const) {
    it(`writes ${count} of the four levels at ${level}`, () => {
      const { log, written } = logger(level);
      for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each]({}, each);
      expect(written).to.have.length(count);
    });
  }

  it('adds the identity of the current request, and none outside of a request', async () => {
    const { log, requests, lines } = logger();
    log.info({}, 'before');
    await Promise.all(
      ['one', 'two'].map((requestId) =>
        requests.run({ requestId, traceparent: `00-${requestId}` }, async () => {
          await Promise.resolve();
          log.info({}, requestId);
        }),
      ),
    );
    log.info({}, 'after');
    expect(lines().map(({ msg, requestId, traceparent }) => ({ msg, requestId, traceparent }))).to.deep.equal([
      { msg: 'before', requestId: undefined, traceparent: undefined },
      { msg: 'one', requestId: 'one', traceparent: '00-one' },
      { msg: 'two', requestId: 'two', traceparent: '00-two' },
      { msg: 'after', requestId: undefined, traceparent: undefined },
    ]);
  });

  for (const name of [
    'authorization',
    'cookie',
    'set-cookie',
    'email',
    'applyEmail',
    'token',
    'password',
    'secret',
    'claims',
  ]) {
    it(`does not print ${name}, neither at the top nor one level down`, () => {
      const { log, written, lines } = logger();
      const fields = { [name]: SECRET, request: { [name]: SECRET, kept: 1 }, list: [1], nothing: null };
      log.error(fields, 'failed');
      expect(written.join('')).to.not.contain(SECRET);
      expect(lines()[0]).to.deep.include({ [name]: '[redacted]', request: { [name]: '[redacted]', kept: 1 } });
      expect(fields.request, 'the logged object is not changed').to.deep.equal({ [name]: SECRET, kept: 1 });
    });
  }

  it('does not print a secret that an error carries', () => {
    const { log, written } = logger();
    log.error({ err: Object.assign(new Error('failed'), { password: SECRET, token: { raw: SECRET } }) }, 'failed');
    expect(written.join('')).to.not.contain(SECRET);
  });

  it('prints errors with their type, message, stack and causes', () => {
    const { log, lines } = logger();
    const cause = Object.assign(new TypeError('the root of it'), { code: 'E_ROOT' });
    log.error({ err: new Error('the outside', { cause }) }, 'failed');
    const err = lines()[0]?.err;
    expect(err).to.include({ type: 'Error' });
    expect(err?.['message']).to.contain('the outside').and.contain('the root of it');
    expect(err?.['stack'])
      .to.contain('pino-logger.spec.ts')
      .and.contain('the outside')
      .and.contain('TypeError: the root of it');
  });

  it('does not fail on unusual values', () => {
    const { log, written } = logger();
    const circular: Record<string, unknown> = { big: 1n, undefined, invalid: new Date(NaN), half: '\ud800' };
    circular['self'] = circular;
    log.info(circular, 'odd');
    log.info({ err: 'no error at all' }, 'odd');
    expect(written).to.have.length(2);
  });

  describe('on standard output', () => {
    const run = (rest: string) =>
      spawn(process.execPath, [
        ...['--conditions=source', '--input-type=module', '--eval'],
        `import { PinoLogger } from '#infrastructure/system/pino-logger';
         new PinoLogger('info', { current: () => undefined }).info({}, 'the only line'); ${rest}`,
      ]);

    it('writes a line soon, even if no other line follows', async () => {
      const process = run('setInterval(() => undefined, 1000)');
      const [chunk] = (await once(process.stdout, 'data')) as [Buffer];
      process.kill();
      expect(chunk.toString()).to.contain('the only line');
    });

    it('writes the remaining lines when the process exits at once', async () => {
      const process = run('process.exit(1)');
      expect(await text(process.stdout)).to.contain('the only line');
    });
  });
});
