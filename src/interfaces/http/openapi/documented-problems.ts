import { z } from 'zod';
import type { ZodOpenApiExampleObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { ANSWERED, CHALLENGE, RETRY_AFTER, TAKEN } from './documented-headers.ts';
import {
  problem,
  type ProblemCode,
  problemDetails,
  type ProblemExtras,
  PROBLEMS,
} from '../problems/problem-details.ts';
import { PROBLEM_TEXTS } from '../problems/problem-texts.ts';

/** What any request may meet, whatever its path. */
export const ANY_REQUEST: readonly ProblemCode[] = [
  'bad_request',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
  'internal_error',
];

/** What any request may meet that is counted (rate-limit.ts): all but those for health. */
export const COUNTED: readonly ProblemCode[] = [...ANY_REQUEST, 'rate_limited', 'token_expired'];

/** What a request that needs a token may meet; all of those need the storage, too. */
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

/** What a request with a body may meet. */
export const BODY: readonly ProblemCode[] = [
  'malformed_body',
  'body_too_large',
  'unsupported_media_type',
  'validation_failed',
];

/** What a request with an Idempotency-Key may meet. */
export const RETRY: readonly ProblemCode[] = ['idempotency_key_in_use', 'idempotency_key_reused'];

/** What a change of something that exists may meet. */
export const CHANGE: readonly ProblemCode[] = [
  'not_found',
  'forbidden',
  'invalid_state',
  'precondition_failed',
  'concurrent_change',
  'event_too_large',
];

/** Headers that come with a status. */
const HEADERS: Record<number, Record<string, z.ZodType>> = {
  401: CHALLENGE,
  415: TAKEN,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

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
      { detail: 'salary is not known here', pointer: '#/salary', code: 'unknown' },
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
      value: problemDetails(code, PROBLEM_TEXTS[code].happened, SOME_REQUEST, EXTRAS[code]),
    },
  ]),
);

/** The answers that tell of these problems, by status. The examples of each list its codes. */
export function problems(...codes: readonly ProblemCode[]): Record<`${4 | 5}${string}`, ZodOpenApiResponseObject> {
  const byStatus = Object.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, sameStatus]) => [status, answer(Number(status), sameStatus)]),
  );
}

const answers = new Map<string, ZodOpenApiResponseObject>();

/** The same object for the same codes, so that the description has it once. */
function answer(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const key = [...codes].sort().join();
  const known = answers.get(key);
  if (known) return known;
  const described: ZodOpenApiResponseObject = {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_TEXTS[code].happened}`).join('\n\n'),
    headers: z.object({ ...ANSWERED, ...HEADERS[status] }),
    content: {
      'application/problem+json': {
        schema: problem,
        examples: Object.fromEntries(codes.flatMap((code) => (EXAMPLES[code] ? [[code, EXAMPLES[code]]] : []))),
      },
    },
  };
  answers.set(key, described);
  return described;
}
