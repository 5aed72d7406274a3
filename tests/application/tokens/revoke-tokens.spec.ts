import { expect } from 'chai';
import type { UserEvent } from '#application/ports/tokens/user-events';
import { userEventV1 } from '#application/messages/user-event-v1';
import { NotPermitted } from '#domain/permission';
import { RevocationNotFound } from '#domain/token-revocation';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, STRANGER } from '../../support/opportunities/some-actors.ts';

const ago = (milliseconds: number) => new Date(SOME_DAY.getTime() - milliseconds);

describe('revoking tokens', () => {
  let app: ReturnType<typeof inMemoryApplication>;

  beforeEach(() => {
    app = inMemoryApplication();
  });

  describe('an admin', () => {
    it('revokes all tokens issued until now, and this process knows it at once', async () => {
      const revoked = await app.revokeTokens.execute(ADMIN, { userId: 'ada' });
      expect(revoked).to.deep.equal({ userId: 'ada', validAfter: SOME_DAY, reason: null });
      expect(await app.getTokenRevocation.execute(ADMIN, { userId: 'ada' })).to.deep.equal(revoked);
      expect(app.revocations.validAfter('ada')).to.deep.equal(SOME_DAY);
      expect(app.revocations.validAfter('grace')).to.equal(undefined);
    });

    it('revokes all tokens issued until an instant, which never moves back', async () => {
      const revoke = (milliseconds: number, reason: string) =>
        app.revokeTokens.execute(ADMIN, { userId: 'ada', validAfter: ago(milliseconds), reason });
      await revoke(1000, 'cafe\u0301');
      expect(await revoke(2000, 'earlier')).to.deep.equal({ userId: 'ada', validAfter: ago(1000), reason: 'café' });
      expect(app.revocations.validAfter('ada')).to.deep.equal(ago(1000));
    });

    it('learns that a user has no revocation', async () => {
      expect(await rejection(app.getTokenRevocation.execute(ADMIN, { userId: 'ada' }))).to.be.instanceOf(
        RevocationNotFound,
      );
    });
  });

  it('is forbidden for everybody else, who learn nothing about revocations', async () => {
    await app.revokeTokens.execute(ADMIN, { userId: STRANGER.id, validAfter: ago(5) });
    for (const actor of [STRANGER, MODERATOR]) {
      expect(await rejection(app.revokeTokens.execute(actor, { userId: STRANGER.id }))).to.be.instanceOf(NotPermitted);
      for (const userId of [STRANGER.id, 'nobody'])
        expect(await rejection(app.getTokenRevocation.execute(actor, { userId }))).to.be.instanceOf(NotPermitted);
    }
    expect(app.revocations.validAfter(STRANGER.id)).to.deep.equal(ago(5));
  });

  describe('an event of the token issuer', () => {
    const take = async (...events: UserEvent[]) => {
      for (const event of events) app.userTopic.send(event);
      let taken = 0;
      await app.takeUserEvents.execute(() => {
        taken += 1;
        if (taken === events.length) void app.takeUserEvents.stop();
      });
    };
    const told = async () => app.getTokenRevocation.execute(ADMIN, { userId: '42' });

    it('is recorded, so that all processes learn it', async () => {
      const event = { userId: '42', validAfter: ago(1), reason: 'deactivated' };
      await take(event, event);
      expect(await told()).to.deep.equal(event);
      await app.revocations.refresh();
      expect(app.revocations.validAfter('42')).to.deep.equal(ago(1));
    });

    it('revokes until now when a wrong clock has put its instant into the future', async () => {
      await take(
        { userId: '42', validAfter: ago(-60_000), reason: 'a little ahead' },
        { userId: '43', validAfter: ago(-3_600_000), reason: 'far ahead' },
      );
      expect((await told()).validAfter).to.deep.equal(ago(-60_000));
      await app.revocations.refresh();
      expect(app.revocations.validAfter('43')).to.deep.equal(SOME_DAY);
    });
  });

  describe('the format of a user event', () => {
    const EVENT = { userId: '42', validAfter: '2026-11-26T10:00:00Z', reason: 'deactivated' };
    const read = (changes: Record<string, unknown>) => userEventV1.safeParse({ ...EVENT, ...changes });

    it('accepts the spellings of Django and simplejwt', () => {
      const expected = { userId: '42', validAfter: new Date('2026-11-26T10:00:00Z'), reason: 'deactivated' };
      for (const changes of [{}, { userId: 42 }, { validAfter: '2026-11-26T11:00:00.000000+01:00' }, { more: 1 }])
        expect(read(changes).data, JSON.stringify(changes)).to.deep.equal(expected);
      for (const reason of ['role_changed', 'password_changed', 'logged_out', 'another one'])
        expect(read({ reason }).data?.reason).to.equal(reason);
    });

    it('refuses events with a missing or malformed field', () => {
      for (const changes of [
        { userId: undefined },
        { userId: '' },
        { userId: null },
        { userId: 1.5 },
        { userId: 2 ** 53 },
        { userId: 'a\u0000' },
        { validAfter: undefined },
        { validAfter: 'yesterday' },
        { validAfter: '2026-11-26T10:00:00' },
        { validAfter: '1969-12-31T23:59:59Z' },
        { validAfter: 1_790_000_000 },
        { reason: undefined },
        { reason: 'x'.repeat(201) },
        { reason: '\u0000' },
      ])
        expect(read(changes).success, JSON.stringify(changes)).to.equal(false);
    });
  });
});
