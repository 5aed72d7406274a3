import { createHash } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { CustomTypesConfig } from 'pg';
import type {
  InstantText,
  ListedOpportunity,
  Listing,
  ListPage,
  OpportunityCatalogue,
} from '#application/ports/opportunities/opportunity-catalogue';
import type { Opportunity } from '#domain/opportunities/opportunity';
import type { Visibility } from '#domain/opportunities/opportunity-policy';
import { storageError } from '../connections/storage-error.ts';
import { placeAt, positionOf, type SortKey } from './list-position.ts';
import { listStatement, type ListRow, ORDERS, type PlacedListing, type SqlStatement } from './list-statement.ts';
import { isUuid, type OpportunityRow, OpportunityRows } from './opportunity-rows.ts';

/** An instant as PostgreSQL writes it in UTC: "2026-11-26 10:00:00.12+00", without zeros at the end of the milliseconds. */
const IN_UTC = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,3})?\+00$/;
const parsed = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date | number;

/**
 * Turns an instant of PostgreSQL into the text that responses have. Cutting the text takes a tenth of the time that a Date
 * would take, and a page of a list has sixty instants.
 */
export function instantText(text: string): InstantText {
  if (!IN_UTC.test(text)) {
    // The session has another time zone, or another program wrote microseconds. Infinity stays as it is.
    const instant = parsed(text);
    return typeof instant === 'number' ? text : instant.toISOString();
  }
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`;
}

const TIMESTAMPTZ: number = pg.types.builtins.TIMESTAMPTZ;
const INSTANTS_AS_TEXT: CustomTypesConfig = {
  getTypeParser: (type, format) =>
    (type as number) === TIMESTAMPTZ
      ? instantText
      : (pg.types.getTypeParser(type, format) as (text: string) => unknown),
};

/**
 * Largest number of prepared statements. Each of them takes memory on every connection, and clients may ask for any
 * combination of fields.
 */
const MOST_PREPARED = 50;

export class PostgresOpportunityCatalogue implements OpportunityCatalogue {
  private readonly orm: MikroORM;
  private readonly opportunityRows: OpportunityRows;
  /** Names of prepared statements, by their text. */
  private readonly prepared = new Map<string, string>();

  constructor(orm: MikroORM) {
    this.orm = orm;
    this.opportunityRows = new OpportunityRows(orm);
  }

  async find(id: string, { statuses, ownerId, ownStatuses }: Visibility): Promise<Opportunity | undefined> {
    if (!isUuid(id)) return undefined;
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

  /** Reads rows through the driver with only the columns that are asked for. An aggregate would need all columns. */
  async list(visibility: Visibility, listing: Listing): Promise<ListPage> {
    const after = listing.after === null ? null : placeAt(listing.after, listing.order);
    const statement = listStatement(visibility, { ...listing, after });
    if (!statement) return { items: [], next: null };
    const rows = await this.rows(statement);
    const items = rows.slice(0, listing.limit);
    const last = rows.length > items.length ? items.at(-1) : undefined;
    return {
      items: items.map((row) => picked(row, listing)),
      next: last ? nextPosition(last, { ...listing, after }) : null,
    };
  }

  private async rows({ text, values, filtered }: SqlStatement): Promise<(ListedOpportunity & ListRow)[]> {
    const name = filtered ? undefined : this.nameOf(text);
    try {
      const pool = await this.orm.em.getConnection().getNativeClient();
      const { rows } = await pool.query<ListedOpportunity & ListRow>({
        ...(name && { name }),
        text,
        values: [...values],
        types: INSTANTS_AS_TEXT,
      });
      return rows;
    } catch (error) {
      throw storageError(error);
    }
  }

  /** The name of a prepared statement: PostgreSQL plans it once for each connection, and not for each page. */
  private nameOf(text: string): string | undefined {
    // The name has a digest of the text, because connections outlive this object and know the statements of others.
    if (!this.prepared.has(text) && this.prepared.size < MOST_PREPARED)
      this.prepared.set(text, `list ${createHash('sha256').update(text).digest('base64url')}`);
    return this.prepared.get(text);
  }
}

function picked(row: ListedOpportunity, { fields }: Listing): Partial<ListedOpportunity> {
  const item: Record<string, unknown> = {};
  for (const field of fields) item[field] = row[field];
  return item;
}

function nextPosition({ id, ...row }: ListedOpportunity & ListRow, { order, after }: PlacedListing): ListPage['next'] {
  const { at } = sortKey(row[ORDERS[order].field], id);
  if (order !== 'relevance') return positionOf({ at, id });
  const window = after?.ranked ?? {
    newest: sortKey(row.newestAt, row.newestId),
    oldest: sortKey(row.oldestAt, row.oldestId),
  };
  return positionOf({ at, id, ranked: { rank: row.rank, newest: window.newest, oldest: window.oldest } });
}

function sortKey(at: InstantText | null, id: string): SortKey {
  return { at: at === null ? null : new Date(at), id };
}
