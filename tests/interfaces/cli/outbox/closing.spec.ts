import { expect } from 'chai';
import type { RelayPause } from '#application/ports/operations/relay-pause';
import { type CommandOutput, EXIT } from '#interfaces/cli/exit-codes';
import { outbox } from '#interfaces/cli/outbox/outbox';
import { rejection } from '../../../support/system/rejection.ts';

/** Runs "outbox resume" with a pause that gives `resumed`, and with `close` at the end. */
function resume(
  resumed: () => Promise<undefined>,
  close: () => Promise<void>,
  ...args: string[]
): Promise<CommandOutput> {
  const relayPause = { resume: resumed } as Partial<RelayPause> as RelayPause;
  const unused = () => {
    throw new Error('the test did not prepare this part');
  };
  return outbox(['resume', ...args], {}, () => ({
    relayPause: () => ({ part: relayPause, close }),
    overview: unused,
    parkedMessages: unused,
    replayEvents: unused,
    verifyTopic: unused,
  }));
}

const succeeds = () => Promise.resolve(undefined);

describe('an outbox command', () => {
  it('waits until its connections are closed', async () => {
    let closed = false;
    const { code, error } = await resume(succeeds, async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      closed = true;
    });
    expect([code, error, closed]).to.deep.equal([EXIT.ok, '', true]);
  });

  it('prints its result when its connections do not close, and fails without the text of the error', async () => {
    const fine = await resume(succeeds, () => Promise.resolve());
    const closeFails = () => Promise.reject(new TypeError('postgresql://user:a-secret@host'));
    expect(await resume(succeeds, closeFails)).to.deep.equal({
      code: EXIT.failed,
      output: fine.output,
      error: 'The command has run, but its connections did not close: TypeError.\n',
    });
    const { code, output, error } = await resume(succeeds, closeFails, '--json');
    expect([code, error]).to.deep.equal([EXIT.failed, '']);
    expect(JSON.parse(output)).to.deep.include({
      command: 'resume',
      ok: false,
      problems: ['The command has run, but its connections did not close: TypeError.'],
    });
  });

  it('says that the time was over when its connections did not close in time', async () => {
    const late = Object.assign(new Error('not everything stopped within 1000 ms'), { code: 'ETIMEDOUT' });
    expect((await resume(succeeds, () => Promise.reject(late))).error).to.equal(
      'The command has run, but its connections did not close: there was no response in time.\n',
    );
  });

  it('fails with its own error when its connections do not close, either', async () => {
    const reason = new Error('the command fails');
    let closed = false;
    const failure = rejection(
      resume(
        () => Promise.reject(reason),
        () => {
          closed = true;
          return Promise.reject(new Error('nor does it close'));
        },
      ),
    );
    expect(await failure).to.equal(reason);
    expect(closed).to.equal(true);
  });
});
