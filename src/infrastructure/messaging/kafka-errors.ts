/**
 * The errors of Kafka's protocol that are about the records themselves: the same ones come again with the same records.
 * None of them tells which record it was. All others are the environment's, INVALID_TIMESTAMP for instance a clock's.
 */
const REFUSALS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** Kafka's name for why it refuses the records, anywhere in what a client threw; undefined when it is about something else. */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // kafkajs calls it type, @platformatic/kafka apiId, and tells of each attempt.
  const { type, apiId, errors, cause } = error as {
    type?: unknown;
    apiId?: unknown;
    errors?: unknown[];
    cause?: unknown;
  };
  for (const name of [type, apiId]) if (typeof name === 'string' && REFUSALS.has(name)) return name;
  for (const inner of [...(errors ?? []), cause]) {
    const refusal = refusalIn(inner);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

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
