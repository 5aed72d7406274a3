import type { MessageAttributes } from '#application/messages/message';

/**
 * How attributes are stored in the column "headers" of the outbox's tables: under the names that they have on Kafka. The
 * form is frozen, because rows outlive a release in both directions: this version's relay publishes rows of the version
 * before, and after a rollback that version's relay copies these names to the topic as they are.
 */
export type StoredHeaders = Readonly<Record<string, string>>;

/** The attributes that are stored under another name than ce_ and their own. */
const STORED_NAMES = new Map([
  ['datacontenttype', 'content-type'],
  ['traceparent', 'traceparent'],
]);
const attributeNames = new Map(Array.from(STORED_NAMES, ([name, stored]) => [stored, name]));

/** Marks a stored name that is no attribute's, so that such a row, too, is published exactly as it was meant. */
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

/** Names repeat from row to row: each is found once. */
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
