import type {
  EventSummary,
  FreedKey,
  ParkedEvent,
  ParkedKey,
  ParkedMessages,
  Whereabouts,
} from '#application/ports/operations/parked-messages';
import type { Clock } from '#application/ports/system/clock';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { pauseIn } from './sqlite-relay-pause.ts';

/** Columns of a message without its payload, for both tables in which messages wait. */
export const SUMMARY = `
  id, key, attributes ->> 'type' AS type, octet_length(payload) AS payloadBytes, created_at AS createdAt`;

export type SummaryRow = Omit<EventSummary, 'createdAt' | 'ageSeconds'> & { readonly createdAt: number };

type ParkedRow = SummaryRow & { readonly refusal: string; readonly parkedAt: number; readonly behind: number };

const FIRST = `
  NOT EXISTS (SELECT 1 FROM outbox_parked AS each WHERE each.key = parked.key AND each.position < parked.position)`;

/** The refused messages, in the order of keys. */
const KEYS = `
  SELECT ${SUMMARY}, refusal, parked_at AS parkedAt,
    (SELECT count(*) - 1 FROM outbox_parked AS each WHERE each.key = parked.key) AS behind
  FROM outbox_parked AS parked WHERE refusal IS NOT NULL AND (?1 IS NULL OR key = ?1) AND ${FIRST}
  ORDER BY key LIMIT ?2`;

const RETRY = `
  UPDATE outbox_parked AS parked SET refusal = NULL WHERE id = ? AND key = ? AND refusal IS NOT NULL AND ${FIRST}`;

const KEEP_DISCARDED = `
  INSERT INTO outbox_discarded
  SELECT position, id, key, attributes, payload, created_at, refusal, ?, ? FROM outbox_parked
  WHERE key = ? AND (id = ? OR ?)`;

const FREED = `
  SELECT key, count(*) AS events, CAST(max(position) AS TEXT) AS last FROM outbox_parked WHERE key = ? GROUP BY key`;

/** Reads the parked keys, all of them or one. */
export function parkedKeys(database: SqliteDatabase, now: Date, key: string | null, most: number): ParkedKey[] {
  return database.all<ParkedRow>(KEYS, key, most).map(({ refusal, parkedAt, behind, ...row }) => ({
    event: summaryOf(row, now),
    refusal,
    parkedAt: new Date(parkedAt),
    behind,
  }));
}

export function summaryOf({ createdAt, ...row }: SummaryRow, now: Date): EventSummary {
  return { ...row, createdAt: new Date(createdAt), ageSeconds: Math.max(0, (now.getTime() - createdAt) / 1000) };
}

export class SqliteParkedMessages implements ParkedMessages {
  private readonly database: SqliteDatabase;
  private readonly clock: Clock;
  private readonly isOwned: () => boolean;

  /** @param isOwned tells whether a relay owns the outbox. */
  constructor(database: SqliteDatabase, clock: Clock, isOwned: () => boolean) {
    this.database = database;
    this.clock = clock;
    this.isOwned = isOwned;
  }

  async keys(key?: string): Promise<ParkedKey[]> {
    return parkedKeys(this.database, this.clock.now(), key ?? null, -1);
  }

  async find(id: string): Promise<ParkedEvent | undefined> {
    const row = this.database.get<
      SummaryRow & { attributes: string; payload: string; refusal: string | null; parkedAt: number }
    >(`SELECT ${SUMMARY}, attributes, payload, refusal, parked_at AS parkedAt FROM outbox_parked WHERE id = ?`, id);
    if (!row) return undefined;
    const { attributes, payload, refusal, parkedAt, ...summary } = row;
    const head = this.database.get<{ id: string; refusal: string | null }>(
      'SELECT id, refusal FROM outbox_parked WHERE key = ? ORDER BY position LIMIT 1',
      row.key,
    );
    return {
      ...summaryOf(summary, this.clock.now()),
      // A webhook has no topic, so the attributes keep their own names.
      headers: JSON.parse(attributes) as Record<string, string>,
      payload,
      refusal,
      parkedAt: new Date(parkedAt),
      head: { id: head?.id ?? id, refusal: head?.refusal ?? null },
    };
  }

  async retry(heads: readonly { readonly id: string; readonly key: string }[]): Promise<FreedKey[]> {
    return this.database.transaction(() =>
      heads
        .filter(({ id, key }) => this.database.run(RETRY, id, key) > 0)
        .flatMap(({ key }) => this.freed(key) ?? [])
        .sort((one, other) => (one.key < other.key ? -1 : 1)),
    );
  }

  async discard(
    { id, key }: { readonly id: string; readonly key: string },
    reason: string,
    withAllBehind: boolean,
  ): Promise<{ discarded: number; freed: FreedKey | undefined }> {
    return this.database.transaction(() => {
      const [head] = parkedKeys(this.database, this.clock.now(), key, 1);
      if (head?.event.id !== id) return { discarded: 0, freed: undefined };
      const all = withAllBehind ? 1 : 0;
      const discarded = this.database.run(KEEP_DISCARDED, this.clock.now().getTime(), reason, key, id, all);
      this.database.run('DELETE FROM outbox_parked WHERE key = ? AND (id = ? OR ?)', key, id, all);
      return { discarded, freed: this.freed(key) };
    });
  }

  async whereabouts(freed: readonly FreedKey[]): Promise<Whereabouts[]> {
    const [isOwned, isPaused] = [this.isOwned(), pauseIn(this.database) !== undefined];
    return freed
      .map(({ key, last }): Whereabouts => {
        const head = this.database.get<{ id: string; refusal: string | null }>(
          'SELECT id, refusal FROM outbox_parked WHERE key = ? AND position <= ? ORDER BY position LIMIT 1',
          key,
          Number(last),
        );
        const waits = head ?? this.database.get('SELECT 1 FROM outbox WHERE position = ?', Number(last));
        const refused = head?.refusal ? { id: head.id, refusal: head.refusal } : null;
        return { key, state: refused ? 'refused' : waits ? 'waiting' : 'published', refused, isOwned, isPaused };
      })
      .sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  private freed(key: string): FreedKey | undefined {
    return this.database.get<FreedKey>(FREED, key);
  }
}
