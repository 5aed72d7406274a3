import { ConcurrentChange, type OpportunityRepository } from '#application/ports/opportunities/opportunity-repository';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { opportunityOf, readState, writeState } from './opportunity-rows.ts';

/** Reads committed states, and collects the writes of a block until the block ends. */
export class SqliteOpportunityRepository implements OpportunityRepository {
  private readonly database: SqliteDatabase;
  /** The version that each opportunity had in the database when this block first saw it; undefined for a new one. */
  private readonly storedVersions = new Map<string, number | undefined>();
  private readonly writes = new Map<string, OpportunityState>();

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  async add(opportunity: Opportunity): Promise<void> {
    this.writes.set(opportunity.id, opportunity.state);
  }

  async get(id: string): Promise<Opportunity | undefined> {
    const state = this.writes.get(id) ?? readState(this.database, id);
    if (state && !this.writes.has(id) && !this.storedVersions.has(id)) this.storedVersions.set(id, state.version);
    return state && opportunityOf(structuredClone(state));
  }

  async save(opportunity: Opportunity): Promise<void> {
    const stored = readState(this.database, opportunity.id);
    if (stored?.version !== this.storedVersions.get(opportunity.id)) throw new ConcurrentChange();
    this.writes.set(opportunity.id, opportunity.state);
  }

  /**
   * Writes everything, inside of the transaction in which the block ends.
   * @throws ConcurrentChange
   */
  apply(): void {
    for (const [id, state] of this.writes)
      if (!writeState(this.database, state, this.storedVersions.get(id))) throw new ConcurrentChange();
  }
}
