import type { MessageAttributes } from '#application/messages/message';

/**
 * Attributes as the column "headers" of the outbox's tables stores them: under the names that they have on Kafka. The
 * form is frozen, because rows outlive a release in both directions: a relay of this version publishes rows of the
 * previous version, and after a rollback a relay of the previous version copies these names to the topic as they are.
 */
export type StoredHeaders = Readonly<Record<string, string>>;

/** Attributes whose stored name is not the prefix ce_ followed by the attribute's own name. */
const STORED_NAMES = new Map([
  ['datacontenttype', 'content-type'],
  ['traceparent', 'traceparent'],
]);
const attributeNames = new Map(Array.from(STORED_NAMES, ([name, stored]) => [stored, name]));

/**
 * Prefix for a stored name that belongs to no attribute, so that such a header is published under exactly that name.
 */
const FOREIGN = ':';

export function storedHeaders(attributes: MessageAttributes): StoredHeaders {
  return renamed(attributes, storedName);
}

/** The opposite of storedHeaders(). */
export function attributesIn(headers: StoredHeaders): MessageAttributes {
  return renamed(headers, attributeName);
}

/** The name under which the column stores an attribute, for statements that look into it. */
export function storedName(attribute: string): string {
  const other = STORED_NAMES.get(attribute);
  if (other !== undefined) return other;
  return attribute.startsWith(FOREIGN) ? attribute.slice(FOREIGN.length) : `ce_${attribute}`;
}

/** Attribute names by their stored names. Names repeat from row to row, so each name is computed only once. */
const known = new Map<string, string>();
const MOST_KNOWN = 100;

function attributeName(stored: string): string {
  const found = known.get(stored);
  if (found !== undefined) return found;
  const [, plain] = /^ce_([a-z0-9]+)$/.exec(stored) ?? [];
  const name =
    attributeNames.get(stored) ?? (plain === undefined || STORED_NAMES.has(plain) ? FOREIGN + stored : plain);
  if (known.size < MOST_KNOWN) known.set(stored, name);
  return name;
}

function renamed(pairs: Readonly<Record<string, string>>, rename: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(pairs).map(([name, value]) => [rename(name), value]));
}
