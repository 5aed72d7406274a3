import { z } from 'zod';
import { type HttpErrorCode, type ProblemCode, PROBLEMS } from './problem-codes.ts';

/** One error in the body, with a pointer (JSON Pointer as URI fragment), or in the query, with the name of a parameter. */
export type ProblemError = { detail: string; code: string } & ({ pointer: string } | { parameter: string });

const problemError = z.object({
  detail: z.string().meta({ maxLength: 100_000, description: 'A text for people.', examples: ['title is required'] }),
  code: z.string().meta({ maxLength: 100, description: 'A stable code for programs.', examples: ['required'] }),
  pointer: z
    .string()
    .optional()
    .meta({
      format: 'uri-reference',
      maxLength: 200_000,
      description: 'The place in the body: a JSON Pointer as URI fragment (RFC 6901 §6).',
      examples: ['#/location/city'],
    }),
  parameter: z
    .string()
    .optional()
    .meta({
      maxLength: 16_384,
      description: 'The name of the query parameter.',
      examples: ['limit'],
    }),
});

/** The body of an error (RFC 9457). */
export const problem = z
  .object({
    type: z.string().meta({
      format: 'uri-reference',
      maxLength: 100,
      description: 'The address of a page of the service that says what happened, why, and what to do.',
    }),
    title: z.string().meta({ maxLength: 100, description: 'A title for people, always the same for a code.' }),
    status: z.int32().min(400).max(599).meta({ format: 'int32', description: 'The status of the response.' }),
    detail: z.string().meta({ maxLength: 100_000, description: 'A text for people about this request.' }),
    instance: z.string().meta({
      format: 'uri',
      maxLength: 150,
      description: 'The X-Request-Id of the request. Mention it when you report a problem.',
    }),
    code: z.string().meta({
      maxLength: 100,
      description:
        'The stable code on which an app switches. The examples of each response list its codes of today. More may come.',
    }),
    errors: z.array(problemError).optional().meta({
      maxItems: 1000,
      description: 'All errors at once.',
    }),
    currentStatus: z
      .string()
      .optional()
      .meta({
        maxLength: 100,
        description: 'The status of the opportunity, if the code is invalid_state.',
        examples: ['closed'],
      }),
    'violated-policies': z
      .array(z.string().meta({ maxLength: 100 }))
      .optional()
      .meta({
        maxItems: 10,
        description:
          'Names of the exceeded limits, if the code is rate_limited (draft-ietf-httpapi-ratelimit-headers).',
        examples: [['reads']],
      }),
  })
  .meta({ id: 'Problem' });

/** Members of a problem that do not follow from its code. */
export type ProblemExtras = {
  errors?: ProblemError[];
  currentStatus?: string;
  'violated-policies'?: string[];
};

/** Ends a request with a problem when middleware or a route throws it. */
export class HttpProblem extends Error {
  readonly code: HttpErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly extras: ProblemExtras;

  constructor(
    code: HttpErrorCode,
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

/** Returns the body of an error response. Its type is relative to the address of the service. */
export function problemDetails(
  code: ProblemCode,
  detail: string,
  requestId: string,
  extras: ProblemExtras = {},
): z.output<typeof problem> {
  const { status, title } = PROBLEMS[code];
  return { type: `/problems/${code}`, title, status, detail, instance: `urn:request:${requestId}`, code, ...extras };
}
