import { expect } from 'chai';
import { TokenKeysUnavailable, TokenRejected } from '#application/ports/tokens/token-verifier';
import { IntrospectionTokenVerifier } from '../../../examples/adapters/introspection/introspection-token-verifier.ts';
import { introspection } from '../../../examples/adapters/introspection/introspection.module.ts';
import { OPPORTUNITIES, startInMemoryService } from '../../support/in-memory/in-memory-service.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { rejection } from '../../support/system/rejection.ts';
import { IntrospectionServer } from '../../support/tokens/introspection-server.ts';

describe('the introspection example', () => {
  const clock = new FixedClock(SOME_DAY);
  let issuer: IntrospectionServer;
  let verifier: IntrospectionTokenVerifier;

  beforeEach(async () => {
    issuer = new IntrospectionServer(clock);
    await issuer.server.heal();
    verifier = new IntrospectionTokenVerifier({ ...issuer.settings, timeoutMs: 200 }, clock);
  });

  afterEach(() => issuer.server.break());

  it('does not blame the token while the issuer cannot be reached, and accepts it afterwards', async () => {
    const token = issuer.issue({ userId: 'ada' });
    await issuer.server.break();
    expect(await rejection(verifier.verify(token))).to.be.instanceOf(TokenKeysUnavailable);
    await issuer.server.heal();
    expect((await verifier.verify(token)).actor.id).to.equal('ada');
  });

  it('does not blame the token for a wrong password of the service, or for a response that is no introspection', async () => {
    const token = issuer.issue({ userId: 'ada' });
    const stranger = new IntrospectionTokenVerifier({ ...issuer.settings, clientSecret: 'wrong' }, clock);
    expect(await rejection(stranger.verify(token))).to.be.instanceOf(TokenKeysUnavailable);
    for (const instead of [
      { status: 500, body: '{"active":true}' },
      { status: 200, body: '<html>' },
      { status: 200, body: 'null' },
      { status: 200, body: '"active"' },
    ]) {
      issuer.instead = instead;
      expect(await rejection(verifier.verify(token)), instead.body).to.be.instanceOf(TokenKeysUnavailable);
    }
  });

  it('refuses a token of which the issuer says too little, or something of a wrong type', async () => {
    for (const wrong of [{ sub: undefined }, { sub: 42 }, { sub: '' }, { sub: 'a\nb' }, { token_use: undefined }])
      expect(await rejection(verifier.verify(issuer.issue({ userId: 'ada', ...wrong })))).to.be.instanceOf(
        TokenRejected,
      );
    issuer.instead = { status: 200, body: '{"active":"true","sub":"ada","token_use":"access_token"}' };
    expect(await rejection(verifier.verify('x'))).to.be.instanceOf(TokenRejected);
  });

  it('returns no instant of issue when the issuer names none', async () => {
    const { issuedAt } = await verifier.verify(issuer.issue({ userId: 'ada', isDated: false }));
    expect(issuedAt).to.equal(undefined);
  });

  it('takes the place of the verifier of Django tokens in the whole service', async () => {
    const service = await startInMemoryService({}, introspection(issuer.settings));
    try {
      const call = (token: string) =>
        service.anonymous('GET', OPPORTUNITIES, { headers: { Authorization: `Bearer ${token}` } });
      const token = issuer.issue({ userId: 'ada' });
      expect((await call(token)).status).to.equal(200);
      expect((await call('unknown')).body.code).to.equal('token_invalid');
      await issuer.server.break();
      const { status, body } = await call(token);
      expect([status, body.code]).to.deep.equal([503, 'token_keys_unavailable']);
    } finally {
      await service.app.stop();
    }
  });
});
