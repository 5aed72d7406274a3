import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { RESPONSE_HEADERS, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { COUNTED, problems } from '../openapi/documented-problems.ts';
import { pageOf } from './problem-routes.ts';
import { type ProblemCode, PROBLEMS } from '../problems/problem-codes.ts';

const text = (description: string) => z.string().meta({ maxLength: 1000, description });

const problemPage = z
  .object({
    type: z.string().meta({
      format: 'uri-reference',
      maxLength: 100,
      description: 'The type of the problem, which is the address of this page.',
    }),
    code: text('The stable code on which an app switches.'),
    title: text('A title for people, always the same for a code.'),
    status: z
      .int32()
      .min(400)
      .max(599)
      .meta({ format: 'int32', description: 'The status of responses with this problem.' }),
    happened: text('Says what happened.'),
    why: text('Says why it happened.'),
    todo: text('Says what the app should do.'),
    retry: z.object({
      helps: z.boolean().meta({ description: 'Whether the same request may succeed later, or with another token.' }),
      how: text('Says when and how to repeat the request, or why not.'),
    }),
  })
  .meta({ id: 'ProblemPage' });

const HTML = z.string().meta({ maxLength: 100_000, description: 'The same content as a page for people.' });
const code = z
  .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
  .meta({ description: 'The code of a problem.' });
const FORBIDDEN = pageOf('forbidden');

/** The OpenAPI operations under /problems. Their routes are in problem-routes.ts. */
export const PROBLEM_OPERATIONS: ZodOpenApiPathsObject = {
  '/problems': {
    get: {
      operationId: 'listProblems',
      tags: ['Problems'],
      summary: 'List all problems',
      description: 'For programs or, with "Accept: text/html", for people.',
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'All problems.',
          headers: z.object(RESPONSE_HEADERS),
          content: {
            'application/json': {
              schema: z.object({ items: z.array(problemPage).meta({ maxItems: 1000 }) }),
              examples: { problems: { value: { items: [FORBIDDEN] } } },
            },
            'text/html': { schema: HTML },
          },
        },
        ...problems(...COUNTED),
      },
    },
  },
  '/problems/{code}': {
    get: {
      operationId: 'getProblem',
      tags: ['Problems'],
      summary: 'Read the page of a problem',
      description:
        'The page to which the type of an error leads, for programs or, with "Accept: text/html", for people.',
      security: [],
      requestParams: { path: z.object({ code }), header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description:
            'An explanation of the problem: its cause, the advice for the app, and whether repeating the request helps.',
          headers: z.object(RESPONSE_HEADERS),
          content: {
            'application/json': { schema: problemPage, examples: { forbidden: { value: FORBIDDEN } } },
            'application/problem+json': { schema: problemPage, examples: { forbidden: { value: FORBIDDEN } } },
            'text/html': { schema: HTML },
          },
        },
        ...problems(...COUNTED, 'not_found'),
      },
    },
  },
};
