/** Kafka's word and the clients' own for a user or a password that is not right. */
const LOGIN = /SASL.*authentication failed|SASL_AUTHENTICATION_FAILED/i;
/** OpenSSL's, for an authority that is not trusted. */
const AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];
/** TLS alerts of a broker that wants a certificate of its client, or another one. */
const CERTIFICATE = /alert (?:certificate|bad certificate|unknown ca)/i;

/** Behind what went wrong: which settings to look at when a broker does not let the service in; else nothing. */
export function remedy(error: unknown): string {
  for (const { message, code } of causes(error)) {
    if (LOGIN.test(message)) return ': look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD';
    if (AUTHORITY.includes(String(code))) return ': look at KAFKA_SSL_CA_FILE';
    if (CERTIFICATE.test(message)) return ': look at KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE';
  }
  return '';
}

/** An error, and all that it was made of. */
function* causes(error: unknown): Generator<Error & { readonly code?: unknown }> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* causes(each);
  yield* causes(error.cause);
}
