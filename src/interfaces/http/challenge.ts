/** Words before a token in the Authorization header; as in simplejwt, the first is the one that a challenge names. */
export type Schemes = readonly [string, ...string[]];

/**
 * A WWW-Authenticate header (RFC 6750 §3): a request without credentials learns no error code.
 * @param error with its description, in words that need no escaping in quotes
 */
export function challenge([scheme]: Schemes, error?: 'invalid_request' | 'invalid_token', description = ''): string {
  const realm = `${scheme} realm="opportunities"`;
  return error ? `${realm}, error="${error}", error_description="${description}"` : realm;
}
