/** @returns the code of the first error in the chain of causes that has one, such as ECONNREFUSED or an SQLSTATE. */
export function errorCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && /^[A-Z0-9_]{2,60}$/.test(cause.code)) return cause.code;
    if (/timeout/i.test(cause.message)) return 'ETIMEDOUT';
  }
  return undefined;
}

const UNTRUSTED =
  "the server's certificate is signed by an authority that is not trusted; NODE_EXTRA_CA_CERTS adds one, KAFKA_SSL_CA_FILE does for Kafka alone";

/**
 * The meaning of codes of Node, OpenSSL, PostgreSQL and Kafka, as the second half of a sentence. The errors' own messages are
 * not shown, because they may contain a password.
 */
const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut; perhaps only one of the two sides uses TLS',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'there is no host of that name, or no name server responds',
  EHOSTUNREACH: 'no route leads to that host',
  ENETUNREACH: 'no route leads to that network',
  ETIMEDOUT: 'there was no response in time',
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "the server's certificate is self-signed; NODE_EXTRA_CA_CERTS makes it trusted, KAFKA_SSL_CA_FILE does for Kafka alone",
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${UNTRUSTED}; or the server does not send its intermediate certificates`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another host",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not use TLS on that port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not use TLS on that port',
  UND_ERR_SOCKET: 'the connection was cut',
  HPE_INVALID_CONSTANT: 'the server does not speak HTTP on that port',
  '28P01': 'the user or the password is wrong',
  '28000': 'this user may not log in from here',
  '3D000': 'there is no database of that name',
  '25006': 'the server accepts no writes: it is a standby, or a fail-over is under way',
  '42501': 'this user may not read the tables of the service',
  '42P01': 'a table is missing: the migrations have not run',
  '53300': 'all connections of the server are in use',
  '57014': 'the query took too long',
  '57P03': 'the server is starting or stopping',
  SASL_AUTHENTICATION_FAILED: 'the user or the password is wrong',
  UNSUPPORTED_SASL_MECHANISM: 'the broker does not support this KAFKA_SASL_MECHANISM',
  ILLEGAL_SASL_STATE: 'the broker requires SASL: set the three KAFKA_SASL_ variables',
  TOPIC_AUTHORIZATION_FAILED: 'this user may not see the topic',
  CLUSTER_AUTHORIZATION_FAILED: 'this user may not see the cluster',
};

export function errorText(code: string): string {
  return TEXTS[code] ?? (code === 'UNKNOWN' ? 'the reason is unknown' : `the error code is ${code}`);
}
