import { z } from 'zod';
import { type HttpErrorCode, type ProblemCode, PROBLEMS } from './problem-codes.ts';

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
