import { expect } from 'chai';
import { messageOf } from '#application/messages/opportunity-events-v1';
import type { ChangeFeed } from '#application/ports/opportunities/change-feed';
import type { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import type { UnitOfWork } from '#application/ports/opportunities/unit-of-work';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { CLOSE_REASONS, OPPORTUNITY_STATUSES } from '#domain/opportunities/opportunity-status';
import { aListing } from '../../support/opportunities/a-listing.ts';
import { anOpportunity, someId } from '../../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../../support/opportunities/loaded-opportunity.ts';

export type OpportunityStatusesHarness = {
  readonly unitOfWork: UnitOfWork;
  readonly catalogue: OpportunityCatalogue;
  readonly feed: ChangeFeed;
};

const EVERYTHING = { statuses: OPPORTUNITY_STATUSES, ownerId: 'nobody', ownStatuses: [] };
const READER = { sees: EVERYTHING, mayHaveSeen: { everybodys: 'all', ownerId: 'nobody' } } as const;

/**
 * The part of the contracts of UnitOfWork, OpportunityCatalogue and ChangeFeed that a new status or a new reason puts to the
 * test: storage can hold every value of the domain's lists, and every way of reading finds it.
 */
export function opportunityStatusesContract(start: () => Promise<OpportunityStatusesHarness>): void {
  let harness: OpportunityStatusesHarness;

  beforeEach(async () => {
    harness = await start();
  });

  async function store(opportunity: Opportunity, value: string): Promise<void> {
    const { created } = anOpportunity({ id: opportunity.id });
    const stored = harness.unitOfWork.run(async ({ opportunities, outbox }) => {
      await opportunities.add(opportunity);
      await outbox.append(messageOf(created, someId()));
    });
    await stored.catch((cause: unknown) => {
      const todo = 'Add a migration that widens the CHECK constraint; see docs/architects/add-a-status.md.';
      throw new Error(`The storage refuses an opportunity with the value "${value}". ${todo}`, { cause });
    });
  }

  for (const status of OPPORTUNITY_STATUSES)
    it(`stores an opportunity that is ${status}, and finds it by id, in lists and in the change feed`, async () => {
      const opportunity = loadedOpportunity(status);
      await store(opportunity, status);

      expect((await harness.catalogue.find(opportunity.id, EVERYTHING))?.state).to.deep.equal(opportunity.state);
      const inTransaction = await harness.unitOfWork.run(({ opportunities }) => opportunities.get(opportunity.id));
      expect(inTransaction?.state).to.deep.equal(opportunity.state);
      const listing = aListing({ fields: ['id', 'status'], filter: { statuses: [status] } });
      expect((await harness.catalogue.list(EVERYTHING, listing)).items).to.deep.equal([{ id: opportunity.id, status }]);
      const { changed } = await harness.feed.read(undefined, READER, 10);
      expect(changed.map(({ state }) => state)).to.deep.equal([opportunity.state]);
    });

  for (const reason of CLOSE_REASONS)
    it(`stores an opportunity that was closed because it is ${reason}`, async () => {
      const { opportunity } = anOpportunity();
      const closed = opportunity.close(reason, { actorId: 'owner', at: opportunity.createdAt });
      await store(opportunity, closed.reason);
      expect((await harness.catalogue.find(opportunity.id, EVERYTHING))?.closeReason).to.equal(reason);
    });
}
