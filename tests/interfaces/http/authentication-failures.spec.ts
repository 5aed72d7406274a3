import { mock } from 'node:test';
import { expect } from 'chai';
import { AuthenticationFailureLog } from '#interfaces/http/authentication/authentication-failures';
import { RecordingLogger } from '../../support/system/recording-logger.ts';

const FAILED = 'authentication failed';

describe('AuthenticationFailureLog', () => {
  let logger: RecordingLogger;
  let log: AuthenticationFailureLog;
  let keys: string[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    logger = new RecordingLogger();
    keys = ['0a1b2c3d'];
    log = new AuthenticationFailureLog(logger, () => keys);
  });

  afterEach(() => {
    mock.timers.reset();
  });

  const fail = (times: number, client = '192.0.2.1') => {
    for (let n = 0; n < times; n += 1) log.failed('token_invalid', client);
  };
  const linesOf = (client: string) => logger.lines.filter(({ fields }) => fields['client'] === client).length;
  const others = () => logger.lines.filter(({ message }) => message !== FAILED);

  it('writes the reason, the network and the keys in use', () => {
    fail(1);
    keys = ['4e5f6071', '0a1b2c3d'];
    log.failed('token_expired', '2001:db8:1:2::/64');
    expect(logger.lines).to.deep.equal([
      {
        level: 'info',
        message: FAILED,
        fields: { reason: 'token_invalid', client: '192.0.2.1', keyFingerprints: ['0a1b2c3d'] },
      },
      {
        level: 'info',
        message: FAILED,
        fields: { reason: 'token_expired', client: '2001:db8:1:2::/64', keyFingerprints: ['4e5f6071', '0a1b2c3d'] },
      },
    ]);
  });

  it('writes ten lines about one network in a minute, and one more with the number of suppressed lines', () => {
    fail(25);
    fail(1, '192.0.2.2');
    expect([linesOf('192.0.2.1'), linesOf('192.0.2.2')]).to.deep.equal([10, 1]);
    mock.timers.tick(59_999);
    expect(others()).to.deep.equal([]);
    mock.timers.tick(1);
    expect(others()).to.deep.equal([
      {
        level: 'warn',
        message: 'too many failed authentications to log each',
        fields: { written: 11, suppressed: 15 },
      },
    ]);
    fail(25);
    expect(linesOf('192.0.2.1')).to.equal(20);
    mock.timers.tick(60_000);
    expect(others().map(({ fields }) => fields)).to.deep.equal([
      { written: 11, suppressed: 15 },
      { written: 10, suppressed: 15 },
    ]);
  });

  it('writes three hundred lines about all networks together', () => {
    for (let n = 0; n < 1000; n += 1) fail(1, `client ${n}`);
    expect(logger.lines).to.have.length(300);
    mock.timers.tick(60_000);
    expect(others().map(({ fields }) => fields)).to.deep.equal([{ written: 300, suppressed: 700 }]);
  });

  it('writes no further line when it has suppressed none', () => {
    fail(10);
    mock.timers.tick(600_000);
    expect(logger.lines).to.have.length(10);
  });
});
