import { z } from 'zod';
import { IF_MATCH_PATTERN } from '../requests/entity-tag.ts';
import { IDEMPOTENCY_KEY_PATTERN } from '../requests/idempotency-key-header.ts';

// Headers of requests and responses for /openapi.json. zod validates none of them: the file that reads or writes a header is
// named beside it. Headers of requests have no examples, because the page at /docs would send them.

/** request-ids.ts replaces an unacceptable id without an error, so this schema has no pattern. */
const requestId = z
  .string()
  .optional()
  .meta({
    description:
      'An id for the request: 1 to 128 letters, digits, "_", ".", ":" or "-". The service replaces any other id by a new one.',
    param: { id: 'X-Request-Id' },
  });

const traceparent = z
  .string()
  .optional()
  .meta({
    description: 'W3C Trace Context. The request and its events become part of this trace.',
    param: { id: 'traceparent' },
  });

/** entity-tag.ts reads this header. */
const ifMatch = z
  .string()
  .optional()
  .meta({
    description:
      'The ETag of the version that the change is made for, with its quotes. The response is 412 if somebody has changed the opportunity since. Separate several tags with commas. "*" accepts every version.',
    pattern: IF_MATCH_PATTERN,
    param: { id: 'If-Match' },
  });

/** entity-tag.ts reads this header. */
const ifNoneMatch = z
  .string()
  .optional()
  .meta({
    description:
      'The ETag of a stored response. The response is 304 without a body if the opportunity has not changed.',
    param: { id: 'If-None-Match' },
  });

/** idempotency-key-header.ts reads this header. */
const idempotencyKey = z
  .string()
  .optional()
  .meta({
    description:
      'A key for one action of the user, best a new UUID: 1 to 255 printable ASCII characters, bare or in double quotes. Send the same key with each retry. For 24 hours, all requests with this key have the effect of one request and get the same response.',
    maxLength: 257,
    pattern: IDEMPOTENCY_KEY_PATTERN,
    param: { id: 'Idempotency-Key' },
  });

const anyRequest = { 'X-Request-Id': requestId, traceparent };

/** Headers of requests, by the kind of request. */
export const REQUEST_HEADERS = {
  any: z.object(anyRequest),
  read: z.object({ 'If-None-Match': ifNoneMatch, ...anyRequest }),
  /** A change that can be repeated without an Idempotency-Key. */
  change: z.object({ 'If-Match': ifMatch, ...anyRequest }),
  creation: z.object({ 'Idempotency-Key': idempotencyKey, ...anyRequest }),
  action: z.object({ 'If-Match': ifMatch, 'Idempotency-Key': idempotencyKey, ...anyRequest }),
};

/** Headers of every response. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': z.string().meta({
    description: 'The id of the request, which the log of the service has as well.',
    maxLength: 128,
    pattern: String.raw`^[\w.:-]+$`,
    header: { id: 'X-Request-Id' },
  }),
  /** request-limit.ts writes these headers. */
  'RateLimit-Policy': z
    .string()
    .optional()
    .meta({
      description:
        'The rate limit for this kind of request: q requests in w seconds. The header is missing when the service has no limits.',
      maxLength: 100,
      pattern: '^"[a-z]+";q=[0-9]+;w=[0-9]+$',
      header: { id: 'RateLimit-Policy' },
    }),
  RateLimit: z
    .string()
    .optional()
    .meta({
      description: 'The remaining requests (r), and the seconds until all of them are available again (t).',
      maxLength: 100,
      pattern: '^"[a-z]+";r=[0-9]+;t=[0-9]+$',
      header: { id: 'RateLimit' },
    }),
};

/** Headers of some responses. */
export const ETAG = {
  ETag: z.string().meta({
    description: 'The version of the opportunity. It also changes when isOpen changes. It is opaque to apps.',
    maxLength: 100,
    pattern: '^"[!#-~]+"$',
    header: { id: 'ETag' },
  }),
};
export const LINK = {
  Link: z
    .string()
    .optional()
    .meta({
      description: 'The address of the next page, if there is one (RFC 8288).',
      maxLength: 20_000,
      pattern: '; rel="next"$',
      header: { id: 'Link' },
    }),
};
export const LOCATION = {
  Location: z.string().meta({
    description: 'The path of the new opportunity.',
    format: 'uri-reference',
    maxLength: 100,
    header: { id: 'Location' },
  }),
};
export const REPLAYED = {
  'Idempotent-Replayed': z
    .enum(['true'])
    .optional()
    .meta({
      description: 'The response is a replay of the response to an earlier request with the same Idempotency-Key.',
      header: { id: 'Idempotent-Replayed' },
    }),
};
export const RETRY_AFTER = {
  'Retry-After': z.string().meta({
    description: 'Seconds to wait before the next attempt.',
    maxLength: 10,
    pattern: '^[0-9]+$',
    header: { id: 'Retry-After' },
  }),
};
export const CHALLENGE = {
  'WWW-Authenticate': z.string().meta({
    description: 'The challenge of RFC 6750 §3. The operator may have set another scheme than Bearer.',
    maxLength: 1000,
    pattern: '^[A-Za-z][A-Za-z0-9_-]* realm="opportunities"',
    header: { id: 'WWW-Authenticate' },
  }),
};
/** Headers of a 415. One of them lists the accepted media types or encodings. */
export const ACCEPTED = {
  'Accept-Post': z
    .string()
    .optional()
    .meta({ description: 'The media types that a POST may have here.', maxLength: 200, header: { id: 'Accept-Post' } }),
  'Accept-Patch': z
    .string()
    .optional()
    .meta({
      description: 'The media types that a PATCH may have here.',
      maxLength: 200,
      header: { id: 'Accept-Patch' },
    }),
  'Accept-Encoding': z
    .string()
    .optional()
    .meta({ description: 'The encodings that a body may have.', maxLength: 200, header: { id: 'Accept-Encoding' } }),
};
