import { expect } from 'chai';
import type { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import type { Opportunity } from '#domain/opportunity/opportunity';
import { visibleTo } from '#domain/opportunity/opportunity-policy';
import { anOpportunity, someId } from '../support/an-opportunity.ts';

export type OpportunityCatalogueHarness = {
  readonly catalogue: OpportunityCatalogue;
  store(opportunity: Opportunity): Promise<void>;
};

/** What every OpportunityCatalogue must do. */
export function opportunityCatalogueContract(start: () => Promise<OpportunityCatalogueHarness>): void {
  const stranger = visibleTo({ id: 'stranger', role: 'user' });
  const nobody = visibleTo(undefined);
  const owner = visibleTo({ id: 'owner', role: 'user' });
  const moderator = visibleTo({ id: 'moderator', role: 'moderator' });
  let harness: OpportunityCatalogueHarness;

  beforeEach(async () => {
    harness = await start();
  });

  async function stored(given: Parameters<typeof anOpportunity>[0]): Promise<Opportunity> {
    const { opportunity } = anOpportunity(given);
    await harness.store(opportunity);
    return opportunity;
  }

  it('finds what is published for everyone', async () => {
    const { id, state } = await stored({});
    for (const visibility of [nobody, stranger, owner, moderator])
      expect((await harness.catalogue.find(id, visibility))?.state).to.deep.equal(state);
  });

  it('finds a draft for its owner and the staff, and for nobody else', async () => {
    const { id } = await stored({ status: 'draft' });
    expect((await harness.catalogue.find(id, owner))?.id).to.equal(id);
    expect((await harness.catalogue.find(id, moderator))?.id).to.equal(id);
    for (const visibility of [nobody, stranger])
      expect(await harness.catalogue.find(id, visibility)).to.equal(undefined);
  });

  it('finds nothing under an unknown id', async () => {
    expect(await harness.catalogue.find(someId(), moderator)).to.equal(undefined);
  });

  it('finds a deleted one for nobody', async () => {
    const { opportunity } = anOpportunity({});
    opportunity.delete({ actorId: 'owner', at: new Date() });
    await harness.store(opportunity);
    for (const visibility of [nobody, stranger, owner, moderator])
      expect(await harness.catalogue.find(opportunity.id, visibility)).to.equal(undefined);
  });

  it('lists what one owner has in the given statuses, newest first', async () => {
    const first = await stored({ ownerId: 'lister' });
    await stored({ ownerId: 'somebody else' });
    const second = await stored({ ownerId: 'lister', status: 'draft' });
    const found = await harness.catalogue.ownedBy('lister', ['draft', 'published'], { limit: 10 });
    expect(found.map(({ id }) => id)).to.deep.equal([second.id, first.id]);
    const drafts = await harness.catalogue.ownedBy('lister', ['draft'], { limit: 10 });
    expect(drafts.map(({ id }) => id)).to.deep.equal([second.id]);
  });

  it('goes on after an id, even one that is nobody’s', async () => {
    const oldest = await stored({ ownerId: 'lister' });
    const middle = await stored({ ownerId: 'lister' });
    const unknown = someId();
    const newest = await stored({ ownerId: 'lister' });

    const idsAfter = async (after: string, limit = 10) =>
      (await harness.catalogue.ownedBy('lister', ['published'], { limit, after })).map(({ id }) => id);
    expect(await idsAfter(newest.id)).to.deep.equal([middle.id, oldest.id]);
    expect(await idsAfter(newest.id, 1)).to.deep.equal([middle.id]);
    expect(await idsAfter(unknown)).to.deep.equal([middle.id, oldest.id]);
    expect(await idsAfter(oldest.id)).to.deep.equal([]);
  });
}
