import {
  ConcurrentChange,
  OpportunityExists,
  type OpportunityRepository,
} from '#application/ports/opportunities/opportunity-repository';
import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityState } from '#domain/opportunities/opportunity-state';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { readState, writeState } from './opportunity-rows.ts';

/** Reads committed states, and collects the writes of a block until the block ends. */
export class SqliteOpportunityRepository implements OpportunityRepository {
  private readonly database: SqliteDatabase;
  /** The version that each object had when it was read, added or saved last. */
  private readonly versions = new WeakMap<Opportunity, number>();
  /** The writes of this block, each with the version that the row must still have when the block ends. */
  private readonly writes = new Map<
    string,
    { readonly state: OpportunityState; readonly before: number | undefined }
  >();

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  async add(opportunity: Opportunity): Promise<void> {
    if (this.writes.has(opportunity.id) || readState(this.database, opportunity.id)) throw new OpportunityExists();
    this.write(opportunity, undefined);
  }

  async get(given: string): Promise<Opportunity | undefined> {
    const id = given.toLowerCase();
    const state = this.writes.get(id)?.state ?? readState(this.database, id);
    if (!state) return undefined;
    const opportunity = Opportunity.fromState(structuredClone(state));
    this.versions.set(opportunity, state.version);
    return opportunity;
  }

  async save(opportunity: Opportunity): Promise<void> {
    const { id } = opportunity;
    const own = this.writes.get(id);
    const known = this.versions.get(opportunity);
    // Another object of this block may have been saved, or another block may have committed.
    const present = own?.state.version ?? readState(this.database, id)?.version;
    if (known === undefined || known !== present) throw new ConcurrentChange();
    this.write(opportunity, own ? own.before : known);
  }

  /**
   * Writes everything, inside of the transaction in which the block ends.
   * @throws ConcurrentChange, OpportunityExists
   */
  apply(): void {
    for (const { state, before } of this.writes.values())
      if (!writeState(this.database, state, before))
        throw before === undefined ? new OpportunityExists() : new ConcurrentChange();
  }

  private write(opportunity: Opportunity, before: number | undefined): void {
    this.writes.set(opportunity.id, { state: structuredClone(opportunity.state), before });
    this.versions.set(opportunity, opportunity.version);
  }
}
