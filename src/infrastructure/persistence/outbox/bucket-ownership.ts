import type { Logger } from '#application/ports/operations/logger';
import { BUCKETS } from './outbox-tables.ts';
import type { RelayConnection } from './relay-connection.ts';

/** First key of the advisory locks on buckets, which no other user of the database takes. The bucket is the second key. */
export const BUCKET_LOCKS = 0x0b0c; // "outbox"

/** First key of the lock that every connected relay shares. Counting its holders counts the relays. */
export const MEMBER_LOCKS = 0x0b0d;

/**
 * Number of owners that must end in a row, without publishing anything of a bucket, before its messages are published
 * one by one.
 */
const MANY_CRASHES = 3;

const JOIN = `SELECT pg_advisory_lock_shared(${MEMBER_LOCKS}, 0)`;

/** Counts the relays. objsubid 2 stands for advisory locks with two keys. pg_locks also lists locks of other databases. */
export const MEMBERS = `
  SELECT count(*)::int FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 2 AND classid = ${MEMBER_LOCKS} AND objid = 0 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

// LIMIT stops before the next lock is tried, and CASE does not try the lock of an owned bucket. Two conditions would
// not be enough, because the planner chooses their order, and a lock that is taken twice is still held after one
// unlock. When the row of a bucket still names an owner, that owner ended without a hand-over, and the message that it
// published alone may be the cause.
const CLAIM = `
  WITH claimed AS MATERIALIZED (
    SELECT bucket FROM generate_series(0, ${BUCKETS - 1}) AS bucket
    WHERE CASE WHEN bucket = ANY($1::int[]) THEN false ELSE pg_try_advisory_lock(${BUCKET_LOCKS}, bucket) END
    LIMIT $2
  ), noted AS (
    UPDATE outbox_bucket AS each
    SET owner = $3,
      crashes = crashes + coalesce(owner <> $3, false)::int,
      suspect_crashes = suspect_crashes + coalesce(owner <> $3 AND suspect IS NOT NULL, false)::int
    FROM claimed WHERE each.bucket = claimed.bucket
    RETURNING each.bucket, crashes, suspect, suspect_crashes
  )
  SELECT bucket, coalesce(crashes, 0) AS crashes, suspect, coalesce(suspect_crashes, 0) AS "suspectCrashes"
  FROM claimed LEFT JOIN noted USING (bucket)`;

const GIVEN = `
  UPDATE outbox_bucket SET owner = NULL, suspect = NULL, suspect_crashes = 0 WHERE bucket = ANY($1::int[])`;

const UNLOCK = `SELECT pg_advisory_unlock(${BUCKET_LOCKS}, bucket) FROM unnest($1::int[]) AS bucket`;

const SUSPECT = 'UPDATE outbox_bucket SET suspect = $2 WHERE bucket = $1';

const ACQUIT = 'UPDATE outbox_bucket SET suspect = NULL, suspect_crashes = 0 WHERE bucket = ANY($1::int[])';

const RECOVERED = `
  UPDATE outbox_bucket SET crashes = 0, suspect = NULL, suspect_crashes = 0 WHERE bucket = ANY($1::int[])`;

type Claimed = {
  readonly bucket: number;
  readonly crashes: number;
  readonly suspect: string | null;
  readonly suspectCrashes: number;
};

/** The outbox position of a message during whose publication several relays have ended. */
export type Culprit = { readonly bucket: number; readonly position: string };

/** The buckets that one connection owns. */
export class BucketOwnership {
  private readonly connection: RelayConnection;
  private readonly owner: string;
  private readonly logger: Logger;
  private owned: number[] = [];
  /** Buckets that will be handed over as soon as none of their messages is in flight. */
  private readonly leaving = new Set<number>();
  /** Buckets whose owners ended several times in a row. */
  private readonly crashing = new Set<number>();

  /** @param owner a name of this process that no earlier process had. */
  constructor(connection: RelayConnection, owner: string, logger: Logger) {
    this.connection = connection;
    this.owner = owner;
    this.logger = logger;
  }

  /** Buckets whose messages may be fetched together. */
  get sound(): number[] {
    return this.owned.filter((bucket) => !this.crashing.has(bucket));
  }

  /** Buckets whose messages are published one by one. */
  get suspicious(): number[] {
    return this.owned.filter((bucket) => this.crashing.has(bucket));
  }

  get count(): number {
    return this.owned.length + this.leaving.size;
  }

  /** Makes this process count as a relay from now on. */
  async join(): Promise<void> {
    await this.connection.query('join relays', JOIN);
  }

  /**
   * Takes free buckets, and hands over buckets above the fair share.
   * @returns how many buckets were taken, and the messages during whose publication several relays have ended.
   */
  async share(members: number, inFlight: ReadonlySet<number>): Promise<{ taken: number; culprits: Culprit[] }> {
    const share = Math.ceil(BUCKETS / Math.max(members, 1));
    if (this.owned.length > share) {
      const given = this.owned.slice(share);
      this.owned = this.owned.slice(0, share);
      for (const bucket of given) this.leaving.add(bucket);
      await this.giveAway(inFlight);
      this.logger.info({ given: given.length, owned: share }, 'the relay gave outbox buckets to others');
    }
    const missing = share - this.owned.length;
    return missing > 0 ? this.claim(missing) : { taken: 0, culprits: [] };
  }

  /** Hands over the leaving buckets that have no message in flight. */
  async giveAway(inFlight: ReadonlySet<number>): Promise<void> {
    const given = [...this.leaving].filter((bucket) => !inFlight.has(bucket));
    if (given.length === 0) return;
    // The buckets are forgotten first: whatever fails after this line, this relay no longer owns them.
    for (const bucket of given) this.forget(bucket);
    await this.unlock(given);
  }

  get isLeaving(): boolean {
    return this.leaving.size > 0;
  }

  /** Hands all buckets over. No message is in flight, or this process will never acknowledge it. */
  async release(): Promise<void> {
    const given = [...this.owned, ...this.leaving];
    if (given.length > 0) await this.unlock(given);
  }

  /** Notes that a message of a suspicious bucket is published alone. If this process ends now, the message is the suspect. */
  async suspect(bucket: number, position: string): Promise<void> {
    await this.connection.query('suspect', SUSPECT, [bucket, position]);
  }

  /** Clears the suspicion, because this process has survived. */
  async acquit(buckets: Iterable<number>): Promise<void> {
    const crashing = this.crashingAmong(buckets);
    if (crashing.length > 0) await this.connection.query('acquit', ACQUIT, [crashing]);
  }

  /** Resets the count of crashes for buckets from which a message has left the outbox. */
  async movedOn(buckets: Iterable<number>): Promise<void> {
    const crashing = this.crashingAmong(buckets);
    if (crashing.length === 0) return;
    for (const bucket of crashing) this.crashing.delete(bucket);
    await this.connection.query('recovered', RECOVERED, [crashing]);
  }

  private async claim(count: number): Promise<{ taken: number; culprits: Culprit[] }> {
    const known = [...this.owned, ...this.leaving];
    const taken = await this.connection.query<Claimed>('claim buckets', CLAIM, [known, count, this.owner]);
    if (taken.length > 0) {
      this.owned = [...this.owned, ...taken.map(({ bucket }) => bucket)];
      const crashing = taken.filter(({ crashes }) => crashes >= MANY_CRASHES);
      for (const { bucket } of crashing) this.crashing.add(bucket);
      this.logger.info({ taken: taken.length, owned: this.owned.length }, 'the relay owns outbox buckets');
      if (crashing.length > 0)
        this.logger.warn(
          { buckets: crashing.map(({ bucket }) => bucket) },
          'relays ended again and again before they published anything of these buckets: their events go out one by one',
        );
    }
    return {
      taken: taken.length,
      culprits: taken.flatMap(({ bucket, suspect, suspectCrashes }) =>
        suspect !== null && suspectCrashes >= MANY_CRASHES ? [{ bucket, position: suspect }] : [],
      ),
    };
  }

  /**
   * Needs two statements, because the note must be committed before another relay can take the bucket: a relay that
   * still finds the name of this owner counts a crash. When the note fails, the connection is lost, and the locks with
   * it.
   */
  private async unlock(buckets: readonly number[]): Promise<void> {
    await Promise.all([
      this.connection.query('note buckets as given', GIVEN, [buckets]),
      this.connection.query('give buckets away', UNLOCK, [buckets]),
    ]);
  }

  private crashingAmong(buckets: Iterable<number>): number[] {
    if (this.crashing.size === 0) return [];
    return [...new Set(buckets)].filter((bucket) => this.crashing.has(bucket));
  }

  private forget(bucket: number): void {
    this.leaving.delete(bucket);
    this.crashing.delete(bucket);
  }
}
