import { z } from 'zod';
import type { ZodOpenApiExampleObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { RESPONSE_HEADERS, CHALLENGE, RETRY_AFTER, ACCEPTED } from './documented-headers.ts';
import { type ProblemCode, PROBLEMS } from '../problems/problem-codes.ts';
import { problem, problemDetails, type ProblemExtras } from '../problems/problem-details.ts';

/** Problems that any request may meet, on every path. */
export const ANY_REQUEST: readonly ProblemCode[] = [
  'bad_request',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
  'internal_error',
];

/** Problems that any counted request may meet (request-limit.ts). Only probes are not counted. */
export const COUNTED: readonly ProblemCode[] = [...ANY_REQUEST, 'rate_limited', 'token_expired'];

/** Problems of requests that need a token. All of them need the storage as well. */
export const TOKEN: readonly ProblemCode[] = [
  'token_missing',
  'authorization_malformed',
  'token_expired',
  'token_invalid',
  'token_not_yet_valid',
  'token_wrong_type',
  'token_revoked',
  'token_keys_unavailable',
  'revocations_unavailable',
  'storage_unavailable',
];

/** Problems of requests with a body. */
export const BODY: readonly ProblemCode[] = [
  'malformed_body',
  'body_too_large',
  'unsupported_media_type',
  'validation_failed',
];

/** Problems of requests with an Idempotency-Key. */
export const RETRY: readonly ProblemCode[] = ['idempotency_key_in_use', 'idempotency_key_reused'];

/** Problems of changes to an existing opportunity. */
export const CHANGE: readonly ProblemCode[] = [
  'not_found',
  'forbidden',
  'invalid_state',
  'precondition_failed',
  'concurrent_change',
  'event_too_large',
];

/** Headers of error responses, by status. */
const HEADERS: Record<number, Record<string, z.ZodType>> = {
  401: CHALLENGE,
  415: ACCEPTED,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** Further members in the examples of some problems. */
const EXTRAS: Partial<Record<ProblemCode, ProblemExtras>> = {
  invalid_state: { currentStatus: 'closed' },
  invalid_parameter: {
    errors: [{ detail: 'limit must be a whole number from 1 to 100', parameter: 'limit', code: 'invalid_format' }],
  },
  not_publishable: {
    errors: [{ detail: 'description is required to publish', pointer: '#/description', code: 'required' }],
  },
  rate_limited: { 'violated-policies': ['reads'] },
  validation_failed: {
    errors: [
      { detail: 'salary is unknown', pointer: '#/salary', code: 'unknown' },
      { detail: 'title must have at least 3 characters', pointer: '#/title', code: 'too_short' },
    ],
  },
};

const SOME_REQUEST = '01a204b7-fddb-70d3-b843-e307a00ae2df';

const EXAMPLES = Object.fromEntries(
  (Object.keys(PROBLEMS) as ProblemCode[]).map((code): [string, ZodOpenApiExampleObject] => [
    code,
    {
      id: code,
      summary: PROBLEMS[code].title,
      value: problemDetails(code, PROBLEMS[code].happened, SOME_REQUEST, EXTRAS[code]),
    },
  ]),
);

/** The error responses for these problems, by status. The examples of each response list its codes. */
export function problems(...codes: readonly ProblemCode[]): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  return Object.fromEntries([...byStatus].map(([status, sameStatus]) => [status, response(status, sameStatus)]));
}

const responses = new Map<string, ZodOpenApiResponseObject>();

/** Returns the same object for the same codes, so that /openapi.json contains each response only once. */
function response(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const key = [...codes].sort().join();
  const known = responses.get(key);
  if (known) return known;
  const described: ZodOpenApiResponseObject = {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].happened}`).join('\n\n'),
    headers: z.object({ ...RESPONSE_HEADERS, ...HEADERS[status] }),
    content: {
      'application/problem+json': {
        schema: problem,
        examples: Object.fromEntries(codes.flatMap((code) => (EXAMPLES[code] ? [[code, EXAMPLES[code]]] : []))),
      },
    },
  };
  responses.set(key, described);
  return described;
}
