import type { OpportunityCatalogue } from '#application/ports/opportunity-catalogue';
import type { Opportunity } from '#domain/opportunity/opportunity';
import type { Visibility } from '#domain/opportunity/opportunity-policy';
import { copyOf, type InMemoryDatabase } from './in-memory-database.ts';

export class InMemoryOpportunityCatalogue implements OpportunityCatalogue {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async find(id: string, { statuses, ownedBy }: Visibility): Promise<Opportunity | undefined> {
    const found = this.all().find((opportunity) => opportunity.id === id);
    const visible = found && (statuses.includes(found.status) || found.ownerId === ownedBy);
    return visible ? copyOf(found) : undefined;
  }

  async ownedBy(ownerId: string, { limit, after }: { limit: number; after?: string }): Promise<Opportunity[]> {
    return this.all()
      .filter((opportunity) => opportunity.ownerId === ownerId && (after === undefined || opportunity.id < after))
      .sort((one, other) => (one.id < other.id ? 1 : -1))
      .slice(0, limit)
      .map(copyOf);
  }

  private all(): Opportunity[] {
    this.database.connect();
    return [...this.database.opportunities.values()];
  }
}
