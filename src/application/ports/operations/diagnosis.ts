export type DatabaseFindings = {
  /** Tables of a Django project, as schema.table; none in a database of the service's own. */
  readonly djangoTables: readonly string[];
  /** Migrations that have not run yet. */
  readonly pending: readonly string[];
  /** Migrations that a newer version of the service has run. */
  readonly unknown: readonly string[];
  /** Whether it takes no writes: a standby. */
  readonly readOnly: boolean;
  /** Of the connection that a relay would have: whether a pooler stands before it. */
  readonly session: 'own' | 'pooled' | LookFailed;
};

/** Looks at the database and changes nothing. */
export abstract class DatabaseDiagnosis {
  /** @throws LookFailed when the database does not answer, or does not allow the look. */
  abstract look(): Promise<DatabaseFindings>;
}

export type TopicFindings = {
  readonly partitions: number;
  /** Copies of the partition that has the fewest. */
  readonly replicas: number;
  /** Partitions of which a copy is behind. */
  readonly partitionsBehind: number;
  /** undefined when the broker does not tell this user. */
  readonly settings: { readonly minInSyncReplicas: number; readonly maxMessageBytes: number } | undefined;
};

export type BrokerFindings = {
  readonly brokers: number;
  /** undefined when it does not exist, or this user may not see it. */
  readonly topic: TopicFindings | undefined;
};

/** Looks at the broker and at the topic of the events, and changes nothing. */
export abstract class BrokerDiagnosis {
  /** @throws LookFailed when no broker answers, or none lets this user in. */
  abstract look(): Promise<BrokerFindings>;
}

/** Nothing could be seen. Has a code and no message of the technology's: that may hold anything, a password included. */
export class LookFailed extends Error {
  /** ECONNREFUSED, an SQLSTATE, SASL_AUTHENTICATION_FAILED and the like. */
  readonly reason: string;

  constructor(reason: string) {
    const code = /^[A-Z0-9_]{2,60}$/.test(reason) ? reason : 'UNKNOWN';
    super(code);
    this.name = 'LookFailed';
    this.reason = code;
  }
}
