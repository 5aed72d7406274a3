import type { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import type { Opportunity } from '#domain/opportunity/opportunity';
import type { Visibility } from '#domain/opportunity/opportunity-policy';
import type { OpportunityStatus } from '#domain/opportunity/opportunity-status';
import { copyOf, type InMemoryDatabase } from './in-memory-database.ts';

export class InMemoryOpportunityCatalogue implements OpportunityCatalogue {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async find(id: string, { statuses, ownerId, ownStatuses }: Visibility): Promise<Opportunity | undefined> {
    const found = this.all().find((opportunity) => opportunity.id === id);
    const visible = found && (found.ownerId === ownerId ? ownStatuses : statuses).includes(found.status);
    return visible ? copyOf(found) : undefined;
  }

  async ownedBy(
    ownerId: string,
    statuses: readonly OpportunityStatus[],
    { limit, after }: { limit: number; after?: string },
  ): Promise<Opportunity[]> {
    return this.all()
      .filter(
        ({ id, ownerId: owner, status }) => owner === ownerId && statuses.includes(status) && !(after && id >= after),
      )
      .sort((one, other) => (one.id < other.id ? 1 : -1))
      .slice(0, limit)
      .map(copyOf);
  }

  private all(): Opportunity[] {
    this.database.connect();
    return [...this.database.opportunities.values()];
  }
}
