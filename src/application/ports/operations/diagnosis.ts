export type DatabaseFindings = {
  /** Tables of a Django project, as schema.table. A database that belongs to this service alone has no such tables. */
  readonly djangoTables: readonly string[];
  /** Migrations that have not run yet. */
  readonly pending: readonly string[];
  /** Migrations that a newer version of the service has run. */
  readonly unknown: readonly string[];
  /** Whether the database accepts no writes, as a standby does. */
  readonly readOnly: boolean;
  /** Whether a relay would have a database session of its own, or a connection pooler between it and the database. */
  readonly session: 'own' | 'pooled' | LookFailed;
};

/** Looks at the database and changes nothing. */
export abstract class DatabaseDiagnosis {
  /** @throws LookFailed when the database does not respond, or refuses the statements of the diagnosis. */
  abstract look(): Promise<DatabaseFindings>;
}

export type TopicFindings = {
  /** Number of parts of the topic between which records have no order. */
  readonly shards: number;
  /** Copies of the shard that has the fewest. */
  readonly replicas: number;
  /** Number of shards with a copy that is not in sync. */
  readonly shardsBehind: number;
  /** The topic's settings; undefined when this user may not read them. */
  readonly settings: { readonly minInSyncReplicas: number; readonly maxMessageBytes: number } | undefined;
};

export type BrokerFindings = {
  /** Number of brokers of the cluster. */
  readonly brokers: number;
  /** The topic of the events; undefined when it does not exist, or this user may not see it. */
  readonly topic: TopicFindings | undefined;
};

/** Looks at the broker and at the topic of the events, and changes nothing. */
export abstract class BrokerDiagnosis {
  /** @throws LookFailed when no broker responds, or every broker refuses this user. */
  abstract look(): Promise<BrokerFindings>;
}

/** A diagnosis could see nothing. The error carries a code and not the technology's message, which may contain a password. */
export class LookFailed extends Error {
  /** A code such as ECONNREFUSED, an SQLSTATE or SASL_AUTHENTICATION_FAILED. */
  readonly reason: string;

  constructor(reason: string) {
    const code = /^[A-Z0-9_]{2,60}$/.test(reason) ? reason : 'UNKNOWN';
    super(code);
    this.name = 'LookFailed';
    this.reason = code;
  }
}
