import { z } from 'zod';
import type { ApplicationErrorCode } from '#application/ports/application-error';
import type { DomainErrorCode } from '#domain/domain-error';

/** Refusals that only HTTP knows. */
export type HttpErrorCode =
  | 'authorization_malformed'
  | 'bad_request'
  | 'body_too_large'
  | 'expectation_failed'
  | 'headers_too_large'
  | 'internal_error'
  | 'invalid_cursor'
  | 'invalid_parameter'
  | 'malformed_body'
  | 'method_not_allowed'
  | 'not_implemented'
  | 'rate_limited'
  | 'request_timeout'
  | 'token_missing'
  | 'unsupported_media_type';

export type ProblemCode = DomainErrorCode | ApplicationErrorCode | HttpErrorCode;

/**
 * The one table from errors to answers. A code without a row does not compile. The titles of the three 401 groups are
 * the words of the integration guide's troubleshooting section.
 */
export const PROBLEMS = {
  authorization_malformed: { status: 401, title: 'User not authenticated' },
  bad_request: { status: 400, title: 'Bad request' },
  body_too_large: { status: 413, title: 'Body too large' },
  concurrent_change: { status: 409, title: 'Changed at the same time' },
  event_too_large: { status: 422, title: 'Too large to be published' },
  expectation_failed: { status: 417, title: 'Expectation failed' },
  forbidden: { status: 403, title: 'Not permitted' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  idempotency_key_in_use: { status: 409, title: 'Still running' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key used for another request' },
  internal_error: { status: 500, title: 'Internal error' },
  invalid_cursor: { status: 400, title: 'Invalid cursor' },
  invalid_parameter: { status: 400, title: 'Invalid parameter' },
  invalid_state: { status: 409, title: 'Not possible in this state' },
  malformed_body: { status: 400, title: 'Malformed body' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_found: { status: 404, title: 'Not found' },
  not_implemented: { status: 501, title: 'Method not implemented' },
  not_publishable: { status: 409, title: 'Not complete enough to be published' },
  precondition_failed: { status: 412, title: 'Changed since you read it' },
  rate_limited: { status: 429, title: 'Too many requests' },
  request_timeout: { status: 408, title: 'Request took too long to arrive' },
  revocations_unavailable: { status: 503, title: 'Temporarily unavailable' },
  storage_unavailable: { status: 503, title: 'Temporarily unavailable' },
  sync_token_expired: { status: 410, title: 'Sync token no longer valid' },
  token_expired: { status: 401, title: 'Token expired' },
  token_invalid: { status: 401, title: 'Invalid token' },
  token_keys_unavailable: { status: 503, title: 'Temporarily unavailable' },
  token_missing: { status: 401, title: 'User not authenticated' },
  token_not_yet_valid: { status: 401, title: 'Invalid token' },
  token_revoked: { status: 401, title: 'Invalid token' },
  token_wrong_type: { status: 401, title: 'Invalid token' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  validation_failed: { status: 422, title: 'Validation failed' },
} as const satisfies Record<ProblemCode, { status: number; title: string }>;

/** One thing that is wrong: in the body (pointer, a JSON Pointer as URI fragment) or in the query (parameter). */
export type ProblemError = { detail: string; code: string } & ({ pointer: string } | { parameter: string });

const problemError = z.object({
  detail: z.string().meta({ maxLength: 100_000, description: 'For people.', examples: ['title is required'] }),
  code: z.string().meta({ maxLength: 100, description: 'Stable, for programs.', examples: ['required'] }),
  pointer: z
    .string()
    .optional()
    .meta({
      format: 'uri-reference',
      maxLength: 200_000,
      description: 'Where in the body: a JSON Pointer (RFC 6901 §6) as URI fragment.',
      examples: ['#/location/city'],
    }),
  parameter: z
    .string()
    .optional()
    .meta({
      maxLength: 16_384,
      description: 'Which parameter of the query.',
      examples: ['limit'],
    }),
});

/** The body of an error (RFC 9457). */
export const problem = z
  .object({
    type: z.string().meta({
      format: 'uri-reference',
      maxLength: 100,
      description: 'Leads to a page of the service that says what happened, why, and what to do.',
    }),
    title: z.string().meta({ maxLength: 100, description: 'For people; always the same for a code.' }),
    status: z.int32().min(400).max(599).meta({ format: 'int32', description: 'The status of the answer.' }),
    detail: z.string().meta({ maxLength: 100_000, description: 'For people; says more about this very request.' }),
    instance: z.string().meta({
      format: 'uri',
      maxLength: 150,
      description: 'Names the request by its X-Request-Id: mention it when you report a problem.',
    }),
    code: z.string().meta({
      maxLength: 100,
      description:
        'What an app switches on. Stable; the examples of each answer list those that it may have today, and more may come.',
    }),
    errors: z.array(problemError).optional().meta({
      maxItems: 1000,
      description: 'Everything that is wrong, at once.',
    }),
    currentStatus: z
      .string()
      .optional()
      .meta({
        maxLength: 100,
        description: 'Of the opportunity, where the code is invalid_state.',
        examples: ['closed'],
      }),
    'violated-policies': z
      .array(z.string().meta({ maxLength: 100 }))
      .optional()
      .meta({
        maxItems: 10,
        description: 'Names of the limits, where the code is rate_limited (draft-ietf-httpapi-ratelimit-headers).',
        examples: [['reads']],
      }),
  })
  .meta({ id: 'Problem' });

/** Members of a problem beyond those that follow from its code. */
export type ProblemExtras = {
  errors?: ProblemError[];
  currentStatus?: string;
  'violated-policies'?: string[];
};

/** Thrown by middleware and routes to end the request with a problem. */
export class HttpProblem extends Error {
  readonly code: HttpErrorCode | 'validation_failed';
  readonly headers: Readonly<Record<string, string>>;
  readonly extras: ProblemExtras;

  constructor(
    code: HttpErrorCode | 'validation_failed',
    detail: string,
    { headers = {}, ...extras }: ProblemExtras & { headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.code = code;
    this.headers = headers;
    this.extras = extras;
  }
}

/** The body of an error. The type resolves against the service's own address. */
export function problemDetails(
  code: ProblemCode,
  detail: string,
  requestId: string,
  extras: ProblemExtras = {},
): z.output<typeof problem> {
  const { status, title } = PROBLEMS[code];
  return { type: `/problems/${code}`, title, status, detail, instance: `urn:request:${requestId}`, code, ...extras };
}
