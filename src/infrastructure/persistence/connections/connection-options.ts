export type DatabaseSettings = {
  /** The URL of the database, as postgresql://user:password@host:port/name. */
  readonly url: string;
  /** The same database without a pooler in between, for connections that need a session of their own. Default: url. */
  readonly directUrl?: string | undefined;
  /**
   * Connections that this process's pool has at most. The relay, its wake-up and the revocations hold one more connection
   * each, and the rate limiter holds two.
   */
  readonly poolMax: number;
  /** Milliseconds after which the server cancels a statement; 0 for never. */
  readonly statementTimeoutMs: number;
};

/** Milliseconds to wait for a free or new connection. */
const CONNECT_TIMEOUT_MS = 3000;

/**
 * Settings of the query planner. Every statement has an index, and the planner's estimates of values that depend on
 * each other are often wrong, so it must never prefer to read a whole table. Compiling a statement takes longer than
 * running it. A search for a frequent word remembers single rows while there is memory and whole pages after that, and
 * then reads many rows in vain. 16 MB are enough for a million rows.
 */
const PLANNER = '-c enable_seqscan=off -c jit=off -c work_mem=16MB';
/**
 * Settings by which the server notices that the other end of a session has vanished, so that the session's locks become
 * free. A machine that is silent is detected in five or six seconds: it confirms neither three probes nor the data that
 * it was sent. A frozen process, whose machine still confirms everything, is detected when it has sent no statement for
 * ten seconds; a relay that runs sends one at least every four seconds, whatever Kafka does. Sessions over Unix sockets
 * ignore the first four settings.
 */
const VANISHING =
  '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=5000 ' +
  '-c idle_session_timeout=10000';
/** Whatever the server's zone is, instants are read in UTC, as they are sent to clients. */
const TIME_ZONE = '-c TimeZone=UTC';

/**
 * Milliseconds for which a connection may be in use: enough for two slow statements. A server that is frozen or cut off
 * cannot cancel a statement; then the client gives up by itself.
 */
export function patience({ statementTimeoutMs }: DatabaseSettings): number {
  return 2 * statementTimeoutMs + 2000;
}

/** The options that all connections to the database share. */
export function connectionOptions({ url, statementTimeoutMs }: DatabaseSettings) {
  return {
    connectionString: url,
    application_name: 'opportunities',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
    // Lets this side notice that the server has vanished. The system itself would probe only after two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: `${PLANNER} ${TIME_ZONE}`,
  };
}

/**
 * Options of a connection around any pooler. The session's settings are sent when it begins, because a SET that went
 * through a pooler after all would stay on a connection that others use.
 */
export function directConnectionOptions(settings: DatabaseSettings, sessionSettings: string) {
  const { options, ...others } = connectionOptions({ ...settings, url: settings.directUrl ?? settings.url });
  return { ...others, options: `${options} ${sessionSettings}` };
}

/** Options of a connection that owns locks for as long as its session lives. */
export function owningConnectionOptions(settings: DatabaseSettings) {
  // A crash of the server may undo an acknowledgement, which only leads to a repeat. This connection writes nothing else.
  return directConnectionOptions(settings, `${VANISHING} -c synchronous_commit=off`);
}
