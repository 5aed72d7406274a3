import { expect } from 'chai';
import { StorageUnavailable } from '#application/ports/application-error';
import { InvalidOpportunity } from '#domain/opportunities/opportunity-errors';
import { fullDetails, SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';
import { inMemoryApplication } from '../../support/in-memory/in-memory-application.ts';
import { rejection } from '../../support/system/rejection.ts';
import { ADMIN, MODERATOR, OWNER } from '../../support/opportunities/some-actors.ts';

describe('CreateOpportunity', () => {
  let app: ReturnType<typeof inMemoryApplication>;

  beforeEach(() => {
    app = inMemoryApplication();
  });

  for (const [status, isOpen] of [
    ['published', true],
    ['draft', false],
  ] as const) {
    it(`stores a ${status} opportunity with its event, and returns its state`, async () => {
      const view = await app.create.execute(OWNER, { details: fullDetails(), status });

      expect(view).to.deep.include({
        ownerId: 'owner',
        status,
        version: 1,
        createdAt: SOME_DAY,
        details: fullDetails(),
      });
      const { isOpen: open, ...state } = view;
      expect(open).to.equal(isOpen);
      expect(app.stored(view.id)).to.deep.equal(state);
      const [event, ...others] = app.events();
      expect(others).to.deep.equal([]);
      expect(event).to.include({ key: view.id, type: 'opportunities.OpportunityCreated.v1', sequence: '1' });
      expect(event?.id).to.not.equal(view.id);
      expect(event?.data.actorId).to.equal('owner');
      expect(event?.data.opportunity).to.include({ id: view.id, status, title: fullDetails().title });
    });
  }

  it('makes the actor the owner, also when the actor is staff', async () => {
    for (const actor of [OWNER, MODERATOR, ADMIN]) {
      const { ownerId } = await app.create.execute(actor, { details: someDetails(), status: 'published' });
      expect(ownerId).to.equal(actor.id);
    }
  });

  it('decides by the clock whether applications are accepted already', async () => {
    const opensAt = new Date(SOME_DAY.getTime() + 1);
    const open = async () =>
      (await app.create.execute(OWNER, { details: someDetails({ opensAt }), status: 'published' })).isOpen;
    expect(await open()).to.equal(false);
    app.clock.advance(1);
    expect(await open()).to.equal(true);
  });

  it('appends the event last, because its outbox position is drawn then', async () => {
    await app.create.execute(OWNER, { details: someDetails(), status: 'published' });
    expect(app.steps).to.deep.equal(['add', 'append']);
  });

  it('writes nothing when the details are invalid', async () => {
    const error = await rejection(app.create.execute(OWNER, { details: someDetails({ title: '' }), status: 'draft' }));
    expect(error).to.be.instanceOf(InvalidOpportunity);
    expect(app.steps).to.deep.equal([]);
    expect(app.database.opportunities.size).to.equal(0);
    expect(app.events()).to.deep.equal([]);
  });

  it('stores nothing when the storage cannot be reached', async () => {
    app.database.away = true;
    const error = await rejection(app.create.execute(OWNER, { details: someDetails(), status: 'published' }));
    expect(error).to.be.instanceOf(StorageUnavailable);
    expect(app.database.opportunities.size).to.equal(0);
    expect(app.events()).to.deep.equal([]);
  });
});
