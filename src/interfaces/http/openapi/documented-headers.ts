import { z } from 'zod';
import { IF_MATCH_PATTERN } from '../requests/entity-tag.ts';
import { IDEMPOTENCY_KEY_PATTERN } from '../requests/idempotency-key-header.ts';

// Headers of requests and answers, for the API's description: zod validates none of them. The middleware that reads or
// writes a header is named beside it. There are no examples of requests: pages that try requests would send them.

/** request-identity.ts. Anything else than what it takes is replaced in silence, so nothing is refused here. */
const requestId = z
  .string()
  .optional()
  .meta({
    description:
      'Your name for the request: 1 to 128 letters, digits, "_", ".", ":", "-". Without a good one it gets one of ours.',
    param: { id: 'X-Request-Id' },
  });

const traceparent = z
  .string()
  .optional()
  .meta({
    description: 'W3C Trace Context: the request and its events become part of your trace.',
    param: { id: 'traceparent' },
  });

/** entity-tag.ts */
const ifMatch = z
  .string()
  .optional()
  .meta({
    description:
      'The ETag that you read, quotes included: the change is made only if nobody else made one in between; 412 otherwise. Several with commas between, or "*" for any.',
    pattern: IF_MATCH_PATTERN,
    param: { id: 'If-Match' },
  });

/** entity-tag.ts */
const ifNoneMatch = z
  .string()
  .optional()
  .meta({
    description: 'The ETag that you have: 304 without a body while it still holds.',
    param: { id: 'If-None-Match' },
  });

/** idempotency-key.ts */
const idempotencyKey = z
  .string()
  .optional()
  .meta({
    description:
      'Your name for what the user wants done, a new UUID is best; 1 to 255 printable ASCII characters, bare or in double quotes. Send it with each repetition: for 24 hours it has the effect of one request, and gets the same answer.',
    maxLength: 257,
    pattern: IDEMPOTENCY_KEY_PATTERN,
    param: { id: 'Idempotency-Key' },
  });

const anyRequest = { 'X-Request-Id': requestId, traceparent };

/** The headers of a request of each kind. */
export const REQUEST_HEADERS = {
  any: z.object(anyRequest),
  read: z.object({ 'If-None-Match': ifNoneMatch, ...anyRequest }),
  /** May be repeated as it is. */
  change: z.object({ 'If-Match': ifMatch, ...anyRequest }),
  creation: z.object({ 'Idempotency-Key': idempotencyKey, ...anyRequest }),
  action: z.object({ 'If-Match': ifMatch, 'Idempotency-Key': idempotencyKey, ...anyRequest }),
};

/** On each answer. */
export const ANSWERED = {
  'X-Request-Id': z.string().meta({
    description: 'The name of the request, in our log as well.',
    maxLength: 128,
    pattern: String.raw`^[\w.:-]+$`,
    header: { id: 'X-Request-Id' },
  }),
  /** rate-limit.ts */
  'RateLimit-Policy': z
    .string()
    .optional()
    .meta({
      description: 'How many requests of this kind one may send in a window of seconds, where they are counted.',
      maxLength: 100,
      pattern: '^"[a-z]+";q=[0-9]+;w=[0-9]+$',
      header: { id: 'RateLimit-Policy' },
    }),
  RateLimit: z
    .string()
    .optional()
    .meta({
      description: 'How many of them remain, and in how many seconds there will be all of them again.',
      maxLength: 100,
      pattern: '^"[a-z]+";r=[0-9]+;t=[0-9]+$',
      header: { id: 'RateLimit' },
    }),
};

/** On some answers. */
export const ETAG = {
  ETag: z.string().meta({
    description: 'Changes with the opportunity, and when isOpen does. Opaque.',
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
      description: 'RFC 8288: the next page, where there is one.',
      maxLength: 20_000,
      pattern: '; rel="next"$',
      header: { id: 'Link' },
    }),
};
export const LOCATION = {
  Location: z.string().meta({
    description: 'The path of what was created.',
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
      description: 'This is the answer to an earlier request with the same Idempotency-Key.',
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
    description: 'RFC 6750 §3. An operator may have set another scheme than Bearer.',
    maxLength: 1000,
    pattern: '^[A-Za-z][A-Za-z0-9_-]* realm="opportunities"',
    header: { id: 'WWW-Authenticate' },
  }),
};
/** One of them says what is taken instead. */
export const TAKEN = {
  'Accept-Post': z
    .string()
    .optional()
    .meta({ description: 'The types that a POST may have here.', maxLength: 200, header: { id: 'Accept-Post' } }),
  'Accept-Patch': z
    .string()
    .optional()
    .meta({ description: 'The types that a PATCH may have here.', maxLength: 200, header: { id: 'Accept-Patch' } }),
  'Accept-Encoding': z
    .string()
    .optional()
    .meta({ description: 'The encodings that a body may have.', maxLength: 200, header: { id: 'Accept-Encoding' } }),
};
