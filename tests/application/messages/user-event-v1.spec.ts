import { expect } from 'chai';
import { userEventV1 } from '#application/messages/user-event-v1';

describe('the value of a user event', () => {
  const read = (changes: Record<string, unknown>) =>
    userEventV1.safeParse({ userId: '42', validAfter: '2026-06-01T12:00:00Z', reason: 'logged_out', ...changes });

  it('may have any instant since 1970, in any offset', () => {
    for (const [validAfter, milliseconds] of [
      ['1970-01-01T00:00:00Z', 0],
      ['1970-01-01T01:00:00+01:00', 0],
      ['2026-06-01T12:00:00.5Z', Date.UTC(2026, 5, 1, 12, 0, 0, 500)],
    ] as const)
      expect(read({ validAfter }).data?.validAfter.getTime()).to.equal(milliseconds);
    for (const validAfter of ['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01', 'yesterday', 0, null])
      expect(read({ validAfter }).success, String(validAfter)).to.equal(false);
  });

  it('may name the user by a text or an integer, and give any reason of one line', () => {
    expect(read({ userId: 42 }).data?.userId).to.equal('42');
    expect(read({ userId: 4.2 }).success).to.equal(false);
    expect(read({ reason: 'e\u0301' }).data?.reason).to.equal('é');
    for (const reason of ['', ' ', 'two\nlines', 'x'.repeat(201)]) expect(read({ reason }).success).to.equal(false);
  });
});
