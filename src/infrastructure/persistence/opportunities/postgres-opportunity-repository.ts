import pg, { type PoolClient } from 'pg';
import {
  ConcurrentChange,
  OpportunityExists,
  type OpportunityRepository,
} from '#application/ports/opportunities/opportunity-repository';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { isUuid, type OpportunityRow, type OpportunityRows } from './opportunity-rows.ts';
import { runStatement } from '../connections/node-postgres.ts';

/**
 * Sends each write at once as its own statement, so that an error can be traced to its write and the outbox row comes
 * last.
 */
export class PostgresOpportunityRepository implements OpportunityRepository {
  private readonly client: PoolClient;
  private readonly rows: OpportunityRows;
  /** The version that each opportunity has in the database, as far as this transaction knows. */
  private readonly storedVersions = new Map<Opportunity, number>();

  constructor(client: PoolClient, rows: OpportunityRows) {
    this.client = client;
    this.rows = rows;
  }

  async add(opportunity: Opportunity): Promise<void> {
    const values = this.rows.valuesOf(opportunity);
    try {
      await runStatement(this.client, { name: 'add opportunity', text: this.rows.insert, values });
    } catch (error) {
      throw isTaken(error) ? new OpportunityExists({ cause: error }) : error;
    }
    this.storedVersions.set(opportunity, opportunity.version);
  }

  async get(id: string): Promise<Opportunity | undefined> {
    if (!isUuid(id)) return undefined;
    const text = `${this.rows.select} WHERE id = $1`;
    const result = await runStatement<OpportunityRow>(this.client, { name: 'get opportunity', text, values: [id] });
    const [row] = result.rows;
    if (!row) return undefined;
    const opportunity = this.rows.opportunityOf(row);
    this.storedVersions.set(opportunity, opportunity.version);
    return opportunity;
  }

  /** The UPDATE finds the row only while it has the version that was read. */
  async save(opportunity: Opportunity): Promise<void> {
    const values = [...this.rows.valuesOf(opportunity), this.storedVersions.get(opportunity)];
    const { rowCount } = await runStatement(this.client, { name: 'save opportunity', text: this.rows.update, values });
    if (rowCount === 0) throw new ConcurrentChange();
    this.storedVersions.set(opportunity, opportunity.version);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.constraint === 'opportunity_pkey';
}
