/** Of the first of an error's causes that has one: ECONNREFUSED, an SQLSTATE and the like. Messages may hold anything. */
export function errorCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && /^[A-Z0-9_]{2,60}$/.test(cause.code)) return cause.code;
    if (/timeout/i.test(cause.message)) return 'ETIMEDOUT';
  }
  return undefined;
}

/** What codes of Node, OpenSSL, PostgreSQL and Kafka mean. Their own messages are not shown: they may hold anything. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut; maybe one side expects TLS and the other does not',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'there is no host of that name, or no name server answers',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it does not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is signed by itself; NODE_EXTRA_CA_CERTS adds an authority, KAFKA_SSL_CA_FILE for Kafka alone',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its authority is not trusted; NODE_EXTRA_CA_CERTS adds one, KAFKA_SSL_CA_FILE for Kafka alone',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its authority is not trusted (KAFKA_SSL_CA_FILE, NODE_EXTRA_CA_CERTS), or it does not send the certificates in between',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its authority is not trusted; NODE_EXTRA_CA_CERTS adds one, KAFKA_SSL_CA_FILE for Kafka alone',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there',
  UND_ERR_SOCKET: 'the connection was cut',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP there',
  '28P01': 'the user or the password is wrong',
  '28000': 'this user may not log in from here',
  '3D000': 'there is no database of that name',
  '25006': 'it takes no writes: a standby, or in the middle of a fail-over',
  '42501': 'this user may not read what the service reads',
  '42P01': 'a table is missing: the migrations have not run',
  '53300': 'it has no connection left',
  '57014': 'it took too long',
  '57P03': 'it is starting or stopping',
  SASL_AUTHENTICATION_FAILED: 'the user or the password is wrong',
  UNSUPPORTED_SASL_MECHANISM: 'it does not know this KAFKA_SASL_MECHANISM',
  ILLEGAL_SASL_STATE: 'it wants SASL: set the three KAFKA_SASL_ variables',
  TOPIC_AUTHORIZATION_FAILED: 'this user may not see the topic',
  CLUSTER_AUTHORIZATION_FAILED: 'this user may not see the cluster',
};

export function errorText(code: string): string {
  return WORDS[code] ?? (code === 'UNKNOWN' ? 'it failed for an unknown reason' : `it failed with ${code}`);
}
