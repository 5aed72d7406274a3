import pg from 'pg';
import type { Logger } from '#application/ports/operations/logger';
import type { RelayWakeUp } from '#application/ports/operations/relay-wake-up';
import { type DatabaseSettings, directConnectionOptions, patience } from '../connections/connection-options.ts';

/** The channel to which relays listen. */
export const WAKE_UP_CHANNEL = 'outbox';

/**
 * Shortest time between two notifications in milliseconds. A further notification within that time would add nothing.
 */
const DEBOUNCE_MS = 5;
/** Shortest time between two attempts to connect in milliseconds. */
const RECONNECT_MS = 1000;

/**
 * Wakes the relay of this process directly, and the relays of other processes by NOTIFY. The notification is sent after the
 * commit on its own connection: inside the business transaction it would take a lock that the whole server shares until
 * the commit is on disk. A lost notification only costs the time until the relay's next poll.
 */
export class NotifyingRelayWakeUp implements RelayWakeUp {
  private readonly local: RelayWakeUp;
  private readonly settings: DatabaseSettings;
  private readonly logger: Logger;
  private readonly origin: string;
  private client: pg.Client | undefined;
  private triedAt = -Infinity;
  private pending: { cancel(): void } | undefined;
  private underWay = false;
  private nudgedMeanwhile = false;
  private notifiedAt = -Infinity;
  private closed = false;

  /** @param origin the name of this process. Its own relay ignores notifications with this name, because it is awake already. */
  constructor(local: RelayWakeUp, settings: DatabaseSettings, logger: Logger, origin: string) {
    this.local = local;
    this.settings = settings;
    this.logger = logger;
    this.origin = origin;
  }

  nudge(): void {
    this.local.nudge();
    // A connection runs one statement at a time. The next notification covers all nudges that arrive meanwhile.
    if (this.underWay) this.nudgedMeanwhile = true;
    else this.schedule();
  }

  private schedule(): void {
    if (this.pending || this.closed) return;
    const early = DEBOUNCE_MS - (performance.now() - this.notifiedAt);
    this.pending = early > 0 ? after(early, () => void this.notify()) : soon(() => void this.notify());
  }

  wait(milliseconds: number): Promise<void> {
    return this.local.wait(milliseconds);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pending?.cancel();
    await this.client?.end().catch(() => undefined);
  }

  private async notify(): Promise<void> {
    this.pending = undefined;
    this.underWay = true;
    this.notifiedAt = performance.now();
    let client: pg.Client | undefined;
    try {
      client = this.client ?? (await this.connect());
      await client?.query(`NOTIFY ${WAKE_UP_CHANNEL}, ${pg.escapeLiteral(this.origin)}`);
    } catch (error) {
      this.lose(client, error);
    } finally {
      this.underWay = false;
    }
    if (!this.nudgedMeanwhile) return;
    this.nudgedMeanwhile = false;
    this.schedule();
  }

  /** Returns undefined when the previous attempt was less than RECONNECT_MS ago. */
  private async connect(): Promise<pg.Client | undefined> {
    const now = performance.now();
    if (now - this.triedAt < RECONNECT_MS) return undefined;
    this.triedAt = now;
    const client = new pg.Client({
      // This connection writes nothing that a crash could lose.
      ...directConnectionOptions(this.settings, '-c synchronous_commit=off'),
      application_name: 'opportunities wake-up',
      query_timeout: patience(this.settings),
    });
    client.on('error', (error) => {
      if (this.client === client) this.lose(client, error);
    });
    try {
      await client.connect();
      if (this.closed) throw new Error('closed meanwhile');
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    return client;
  }

  /** @param client the failed connection, or undefined when there was none yet. An outdated connection changes nothing. */
  private lose(client: pg.Client | undefined, error: unknown): void {
    if (client !== this.client) return;
    this.client = undefined;
    if (this.closed) return;
    this.logger.debug({ err: error }, 'the relays of other processes are not woken up and wait for their next poll');
    client?.end().catch(() => undefined);
  }
}

/** Runs work after the current events of the event loop, so that one notification covers all of them. A timer would take a millisecond. */
function soon(work: () => void): { cancel(): void } {
  const immediate = setImmediate(work);
  return {
    cancel: () => {
      clearImmediate(immediate);
    },
  };
}

function after(milliseconds: number, work: () => void): { cancel(): void } {
  const timer = setTimeout(work, Math.ceil(milliseconds));
  return {
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
