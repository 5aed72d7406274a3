import pg from 'pg';
import type { Logger } from '#application/ports/logger';
import type { RelayWakeUp } from '#application/ports/relay-wake-up';
import { connectionOptions, type DatabaseSettings, patience } from './orm.ts';

/** What relays listen to. */
export const WAKE_UP_CHANNEL = 'outbox';

/** Least milliseconds between two notifications: they say the same. */
const DEBOUNCE_MS = 5;
/** Least milliseconds between two attempts to connect. */
const RECONNECT_MS = 1000;

/**
 * Wakes the relay of this process, and those of others by NOTIFY. It is sent after the commit, on a connection of its own: a
 * notification inside of the business transaction would take a lock that the whole server shares until the commit is
 * on disk. What gets lost costs no more than the wait for a relay's next look.
 */
export class NotifyingRelayWakeUp implements RelayWakeUp {
  private readonly local: RelayWakeUp;
  private readonly settings: DatabaseSettings;
  private readonly logger: Logger;
  private client: pg.Client | undefined;
  private triedAt = -Infinity;
  private pending: NodeJS.Timeout | undefined;
  private notifiedAt = -Infinity;
  private closed = false;

  constructor(local: RelayWakeUp, settings: DatabaseSettings, logger: Logger) {
    this.local = local;
    this.settings = settings;
    this.logger = logger;
  }

  nudge(): void {
    this.local.nudge();
    if (this.pending || this.closed) return;
    const early = DEBOUNCE_MS - (performance.now() - this.notifiedAt);
    this.pending = setTimeout(() => void this.notify(), Math.max(early, 0));
  }

  wait(milliseconds: number): Promise<void> {
    return this.local.wait(milliseconds);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.pending);
    await this.client?.end().catch(() => undefined);
  }

  private async notify(): Promise<void> {
    // From here on a nudge is for the next notification: this one may be under way already.
    this.pending = undefined;
    this.notifiedAt = performance.now();
    try {
      const client = this.client ?? (await this.connect());
      await client?.query(`NOTIFY ${WAKE_UP_CHANNEL}`);
    } catch (error) {
      this.lose(error);
    }
  }

  /** Gives nothing while it was tried just before. */
  private async connect(): Promise<pg.Client | undefined> {
    const now = performance.now();
    if (now - this.triedAt < RECONNECT_MS) return undefined;
    this.triedAt = now;
    const client = new pg.Client({
      ...connectionOptions(this.settings),
      application_name: 'opportunities wake-up',
      query_timeout: patience(this.settings),
    });
    client.on('error', (error) => {
      if (this.client === client) this.lose(error);
    });
    try {
      await client.connect();
      // There is nothing that a crash could lose.
      await client.query('SET synchronous_commit = off');
      if (this.closed) throw new Error('closed meanwhile');
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    return client;
  }

  private lose(error: unknown): void {
    const { client } = this;
    this.client = undefined;
    if (this.closed) return;
    this.logger.debug({ err: error }, 'relays elsewhere are not woken: they look by themselves');
    client?.end().catch(() => undefined);
  }
}
