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
