import {
  type ChangeFeed,
  type Changes,
  type FeedPosition,
  FeedPositionExpired,
  FeedPositionMalformed,
  type Reader,
} from '#application/ports/opportunities/change-feed';
import type { Opportunity } from '#domain/opportunities/opportunity';
import { copyOf, type InMemoryDatabase } from './in-memory-database.ts';

/** A snapshot: transactions up to `last` are visible unless they were open. */
type Snapshot = { readonly last: number; readonly open: readonly number[] };

type ParsedPosition = {
  readonly origin: string;
  readonly since: Snapshot;
  /** Present only inside of a round. */
  readonly page?: { readonly until: Snapshot; readonly transaction: number; readonly id: string };
};

const BEFORE_EVERYTHING: Snapshot = { last: -1, open: [] };
const SNAPSHOT = /^\{"last":-?\d{1,9},"open":\[(\d{1,9}(,\d{1,9})*)?\]\}$/;
const POSITION =
  /^\{"origin":"\w+","since":(\{[^{}]*\})(?:,"page":\{"until":(\{[^{}]*\}),"transaction":\d{1,9},"id":"[-0-9a-f]{36}"\})?\}$/;

export class InMemoryChangeFeed implements ChangeFeed {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async read(position: FeedPosition | undefined, reader: Reader, limit: number): Promise<Changes> {
    const given = position === undefined ? undefined : parsePosition(position);
    await this.database.connect();
    const { origin, lastTransaction, openTransactions } = this.database;
    if (given && given.origin !== origin)
      throw new FeedPositionExpired('The data was restored or moved since the token was issued.');

    const since = given?.since ?? BEFORE_EVERYTHING;
    const until = given?.page?.until ?? { last: lastTransaction, open: [...openTransactions] };
    const from = given?.page ?? { transaction: 0, id: '' };
    const places = [...this.database.opportunities.values()]
      .map((opportunity) => ({
        opportunity,
        id: opportunity.id,
        transaction: this.database.changedIn.get(opportunity.id) ?? 0,
      }))
      .filter(({ transaction }) => isVisible(transaction, until) && !isVisible(transaction, since))
      .filter(({ opportunity }) => isWanted(opportunity, reader, since.last >= 0))
      .filter((place) => compare(place, from) >= 0)
      .sort(compare);
    const next = places[limit];
    return {
      changed: places.slice(0, limit).map(({ opportunity }) => copyOf(opportunity)),
      position: JSON.stringify({
        origin,
        ...(next ? { since, page: { until, transaction: next.transaction, id: next.id } } : { since: until }),
      } satisfies ParsedPosition),
      hasMore: next !== undefined,
    };
  }
}

function isVisible(transaction: number, { last, open }: Snapshot): boolean {
  return transaction <= last && !open.includes(transaction);
}

function isWanted(
  { ownerId, status, publishedAt }: Opportunity,
  { sees, mayHaveSeen }: Reader,
  again: boolean,
): boolean {
  const own = ownerId === sees.ownerId;
  if ((own ? sees.ownStatuses : sees.statuses).includes(status)) return true;
  return again && (own || mayHaveSeen.everybodys === 'all' || publishedAt !== null);
}

type Place = { readonly transaction: number; readonly id: string };

function compare(one: Place, other: Place): number {
  if (one.transaction !== other.transaction) return one.transaction - other.transaction;
  return one.id === other.id ? 0 : one.id < other.id ? -1 : 1;
}

function parsePosition(text: string): ParsedPosition {
  const [whole, since = '', until] = POSITION.exec(text) ?? [];
  if (whole === undefined || !SNAPSHOT.test(since) || (until !== undefined && !SNAPSHOT.test(until)))
    throw new FeedPositionMalformed();
  return JSON.parse(whole) as ParsedPosition;
}
