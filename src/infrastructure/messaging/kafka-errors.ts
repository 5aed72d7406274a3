/**
 * The errors of Kafka's protocol that concern the records themselves, so that they would occur again. None of them tells
 * which record is refused. All other errors concern the environment: INVALID_TIMESTAMP, for instance, a clock.
 */
const REFUSALS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** Finds Kafka's name for the refusal of records anywhere in a client's error; undefined when the error is about something else. */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // kafkajs calls the name type. @platformatic/kafka calls it apiId, and reports every attempt.
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

/** Messages of Kafka and of the clients about a wrong user name or password. */
const LOGIN = /SASL.*authentication failed|SASL_AUTHENTICATION_FAILED/i;
/** Codes of OpenSSL for an authority that is not trusted. */
const AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];
/** TLS alerts of a broker that wants a certificate from its client, or a different one. */
const CERTIFICATE = /alert (?:certificate|bad certificate|unknown ca)/i;

/** Names the settings to look at when a broker rejects the service, as the end of an error message; empty for other errors. */
export function remedy(error: unknown): string {
  for (const { message, code } of causes(error)) {
    if (LOGIN.test(message)) return ': look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD';
    if (AUTHORITY.includes(String(code))) return ': look at KAFKA_SSL_CA_FILE';
    if (CERTIFICATE.test(message)) return ': look at KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE';
  }
  return '';
}

/** Gives an error and all of its causes. */
function* causes(error: unknown): Generator<Error & { readonly code?: unknown }> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* causes(each);
  yield* causes(error.cause);
}
