import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type {
  ListedOpportunity,
  Listing,
  ListPage,
  OpportunityCatalogue,
} from '#application/ports/opportunity-catalogue';
import { Opportunity } from '#domain/opportunity/opportunity';
import type { Visibility } from '#domain/opportunity/opportunity-policy';
import { listQuery, type ListRow } from './opportunity-list-query.ts';
import { type OpportunityRow, OpportunityRows } from './opportunity-rows.ts';
import { storageError } from './storage-error.ts';

/** The ORM has the pool leave instants as text. */
const INSTANTS_AS_DATES = { getTypeParser: pg.types.getTypeParser.bind(pg.types) };

export class MikroOrmOpportunityCatalogue implements OpportunityCatalogue {
  private readonly orm: MikroORM;
  private readonly opportunityRows: OpportunityRows;

  constructor(orm: MikroORM) {
    this.orm = orm;
    this.opportunityRows = new OpportunityRows(orm);
  }

  async find(id: string, { statuses, ownerId, ownStatuses }: Visibility): Promise<Opportunity | undefined> {
    try {
      const pool = await this.orm.em.getConnection().getNativeClient();
      const result = await pool.query<OpportunityRow>({
        name: 'find opportunity',
        text: `${this.opportunityRows.select} WHERE id = $1 AND (status = ANY ($2) OR owner_id = $3 AND status = ANY ($4))`,
        values: [id, statuses, ownerId, ownStatuses],
      });
      return result.rows.map((row) => this.opportunityRows.opportunityOf(row))[0];
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Rows as they are wanted, from the driver: an aggregate would have to be built from all columns. */
  async list(visibility: Visibility, listing: Listing): Promise<ListPage> {
    const query = listQuery(visibility, listing);
    if (!query) return { items: [], next: null };
    const rows = await this.rows(query.text, [...query.values]);
    const items = rows.slice(0, listing.limit);
    const last = rows.length > items.length ? items.at(-1) : undefined;
    return { items: items.map((row) => picked(row, listing)), next: last ? position(last, listing) : null };
  }

  private async rows(text: string, values: unknown[]): Promise<(ListedOpportunity & ListRow)[]> {
    try {
      const pool = await this.orm.em.getConnection().getNativeClient();
      const { rows } = await pool.query<ListedOpportunity & ListRow>({ text, values, types: INSTANTS_AS_DATES });
      return rows;
    } catch (error) {
      throw storageError(error);
    }
  }
}

function picked(row: ListedOpportunity, { fields }: Listing): Partial<ListedOpportunity> {
  return Object.fromEntries(fields.map((field) => [field, row[field]]));
}

function position({ at, id, ...row }: ListRow, { order, after }: Listing): ListPage['next'] {
  if (order !== 'relevance') return { at, id };
  const window = after?.ranked ?? {
    newest: { at: row.newestAt, id: row.newestId },
    oldest: { at: row.oldestAt, id: row.oldestId },
  };
  return { at, id, ranked: { rank: row.rank, newest: window.newest, oldest: window.oldest } };
}
