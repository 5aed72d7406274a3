import type { MessageAttributes } from '#application/messages/message';

/**
 * Names of the headers of a CloudEvent in Kafka's binary content mode (CloudEvents Kafka protocol binding §3.2): an
 * attribute is a header with the prefix ce_. The table holds the two attributes with other names, and the usual names
 * of the rest, so that no text is built for each record.
 */
const HEADER_NAMES = {
  datacontenttype: 'content-type',
  // W3C Trace Context defines this name, by which tracing libraries find the header.
  traceparent: 'traceparent',
  id: 'ce_id',
  time: 'ce_time',
  type: 'ce_type',
  source: 'ce_source',
  subject: 'ce_subject',
  sequence: 'ce_sequence',
  dataschema: 'ce_dataschema',
  replayedat: 'ce_replayedat',
  specversion: 'ce_specversion',
} as const;

const headerNames = new Map<string, string>(Object.entries(HEADER_NAMES));
const attributeNames = new Map<string, string>(Object.entries(HEADER_NAMES).map(([name, header]) => [header, name]));

/**
 * Prefix for the name of a header that CloudEvents do not define. No name of an attribute contains this character, so
 * the two kinds cannot be confused.
 */
const FOREIGN = ':';

export function headerName(attribute: string): string {
  return (
    headerNames.get(attribute) ?? (attribute.startsWith(FOREIGN) ? attribute.slice(FOREIGN.length) : `ce_${attribute}`)
  );
}

/** The opposite of headerName(). */
export function attributeName(header: string): string {
  const known = attributeNames.get(header);
  if (known !== undefined) return known;
  const [, name] = /^ce_([a-z0-9]+)$/.exec(header) ?? [];
  return name === undefined || headerNames.has(name) ? FOREIGN + header : name;
}

export function cloudEventHeaders(attributes: MessageAttributes): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [headerName(name), value]));
}
