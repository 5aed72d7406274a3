import { expect } from 'chai';
import { IdempotencyKeyReused } from '#application/ports/opportunities/idempotency-keys';
import { StorageUnavailable } from '#application/ports/application-error';
import { IllegalTransition, InvalidOpportunity } from '#domain/opportunities/opportunity-errors';
import type { Actor } from '#domain/actor';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { fullDetails, someDetails } from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';
import { ADMIN, MODERATOR, OWNER } from '../../support/opportunities/some-actors.ts';
import { rejection } from '../../support/system/rejection.ts';

const retry = { key: 'a key', fingerprint: 'a request' };

describe('a request that is sent again with its idempotency key', () => {
  let app: ReturnType<typeof inMemoryApplication>;

  beforeEach(() => {
    app = inMemoryApplication();
  });

  const create = (actor: Actor = OWNER, given = retry) =>
    app.create.execute(actor, { details: fullDetails(), status: 'published', retry: given });

  it('creates once, and gets the first response again although the opportunity has changed meanwhile', async () => {
    const first = await create();
    expect(first).to.not.have.property('replayed');
    app.clock.advance(1000);
    await app.change.execute(OWNER, 'close', { id: first.id, reason: 'filled' });
    for (let repeat = 0; repeat < 2; repeat += 1) expect(await create()).to.deep.equal({ ...first, replayed: true });
    expect(app.database.opportunities.size).to.equal(1);
    expect(app.events().map(({ sequence }) => sequence)).to.deep.equal(['1', '2']);
  });

  it('changes once, where a second change would be refused', async () => {
    const id = app.given(loadedOpportunity('published'));
    const close = () => app.change.execute(OWNER, 'close', { id, reason: 'filled', retry });
    const first = await close();
    expect(first).to.not.have.property('replayed');
    expect(await close()).to.deep.equal({ ...first, replayed: true });
    expect(app.events()).to.have.length(1);
    const refused = app.change.execute(OWNER, 'close', { id, reason: 'filled' });
    expect(await rejection(refused)).to.be.instanceOf(IllegalTransition);
  });

  it('is another request when another user sends it', async () => {
    const ids = [await create(OWNER), await create(ADMIN), await create(MODERATOR)].map(({ id }) => id);
    expect(new Set(ids).size).to.equal(3);
    expect(app.events()).to.have.length(3);
  });

  it('is refused when it asks for something else', async () => {
    const { id } = await create();
    const other = { ...retry, fingerprint: 'another request' };
    expect(await rejection(create(OWNER, other))).to.be.instanceOf(IdempotencyKeyReused);
    const change = app.change.execute(OWNER, 'close', { id, reason: 'filled', retry: other });
    expect(await rejection(change)).to.be.instanceOf(IdempotencyKeyReused);
    expect(app.stored(id)?.status).to.equal('published');
    expect(app.events()).to.have.length(1);
  });

  it('does the work when the first attempt was refused or failed', async () => {
    const invalid = app.create.execute(OWNER, { details: someDetails({ title: '' }), status: 'draft', retry });
    expect(await rejection(invalid)).to.be.instanceOf(InvalidOpportunity);
    app.database.away = true;
    expect(await rejection(create())).to.be.instanceOf(StorageUnavailable);
    app.database.away = false;
    const view = await create(OWNER, { ...retry, fingerprint: 'another request' });
    expect(view).to.not.have.property('replayed');
    expect(app.stored(view.id)?.details).to.deep.equal(fullDetails());
    expect(app.events()).to.have.length(1);
  });
});
