import type { EventRetention } from '#application/ports/operations/event-retention';
import type { DatabaseHealth, OutboxBacklog, OutboxHealth } from '#application/ports/operations/health';
import type { Pause, RelayPause } from '#application/ports/operations/relay-pause';
import type { SchemaMigrations } from '#application/ports/operations/schema-migrations';
import type { InMemoryDatabase } from './in-memory-database.ts';

const MOST_COUNTED = 10_000;
const HOUR_MS = 3_600_000;
/** Events that one call of removeOld() removes. */
const AT_ONCE = 1000;

export class InMemoryDatabaseHealth implements DatabaseHealth {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async check(): Promise<void> {
    await this.database.connect();
    if (this.database.isStandby) throw new Error('The database accepts no writes.');
  }
}

export class InMemoryOutboxHealth implements OutboxHealth {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async backlog(): Promise<OutboxBacklog> {
    await this.database.connect();
    const { outbox, parked, writtenAt } = this.database;
    const heads = new Map(parked.toReversed().map(({ message, refusal }) => [message.key, refusal]));
    const [oldest] = outbox;
    const written = oldest && writtenAt.get(oldest.position);
    return {
      waiting: Math.min(outbox.length, MOST_COUNTED),
      oldestSeconds: written === undefined ? 0 : (this.database.now() - written) / 1000,
      parkedKeys: Math.min([...heads.values()].filter((refusal) => refusal !== null).length, MOST_COUNTED),
    };
  }
}

export class InMemoryRelayPause implements RelayPause {
  private readonly database: InMemoryDatabase;

  constructor(database: InMemoryDatabase) {
    this.database = database;
  }

  async pause(reason: string | null): Promise<{ readonly pause: Pause; readonly isNew: boolean }> {
    await this.database.connect();
    const isNew = this.database.pause === undefined;
    this.database.pause ??= { since: new Date(this.database.now()), reason };
    return { pause: structuredClone(this.database.pause), isNew };
  }

  async resume(): Promise<Pause | undefined> {
    await this.database.connect();
    const { pause } = this.database;
    this.database.pause = undefined;
    return pause;
  }
}

export class InMemoryEventRetention implements EventRetention {
  private readonly database: InMemoryDatabase;
  private readonly retentionHours: number;

  constructor(database: InMemoryDatabase, retentionHours: number) {
    this.database = database;
    this.retentionHours = retentionHours;
  }

  async removeOld(): Promise<boolean> {
    await this.database.connect();
    const end = this.database.now() - this.retentionHours * HOUR_MS;
    const old = this.database.retained.filter(({ publishedAt }) => publishedAt < end).slice(0, AT_ONCE);
    this.database.retained = this.database.retained.filter((event) => !old.includes(event));
    return old.length === AT_ONCE;
  }
}

export class InMemorySchemaMigrations implements SchemaMigrations {
  private readonly database: InMemoryDatabase;
  private readonly names: readonly string[];

  constructor(database: InMemoryDatabase, names: readonly string[]) {
    this.database = database;
    this.names = names;
  }

  async run(): Promise<string[]> {
    await this.database.connect();
    const pending = this.names.filter((name) => !this.database.migrated.has(name));
    for (const name of pending) this.database.migrated.add(name);
    return pending;
  }

  async pending(): Promise<string[]> {
    await this.database.connect();
    return this.names.filter((name) => !this.database.migrated.has(name));
  }
}
