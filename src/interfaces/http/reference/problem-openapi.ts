import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { ANSWERED, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { COUNTED, problems } from '../openapi/documented-problems.ts';
import { pageOf } from './problem-routes.ts';
import { type ProblemCode, PROBLEMS } from '../problems/problem-details.ts';

const text = (description: string) => z.string().meta({ maxLength: 1000, description });

const problemPage = z
  .object({
    type: z
      .string()
      .meta({ format: 'uri-reference', maxLength: 100, description: 'Of the problem, and of this page.' }),
    code: text('What an app switches on.'),
    title: text('For people; always the same for a code.'),
    status: z
      .int32()
      .min(400)
      .max(599)
      .meta({ format: 'int32', description: 'The status of answers with this problem.' }),
    happened: text('What happened.'),
    why: text('Why it happened.'),
    todo: text('What the app should do.'),
    retry: z.object({
      helps: z.boolean().meta({ description: 'Whether the same request may succeed later, or with another token.' }),
      how: text('When and how to repeat it, or why not.'),
    }),
  })
  .meta({ id: 'ProblemPage' });

const HTML = z.string().meta({ maxLength: 100_000, description: 'The same as a page for people.' });
const code = z
  .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
  .meta({ description: 'The code of a problem.' });
const FORBIDDEN = pageOf('forbidden');

/** /problems, for the API's description. The routes are in problem-routes.ts. */
export const PROBLEM_OPERATIONS: ZodOpenApiPathsObject = {
  '/problems': {
    get: {
      operationId: 'listProblems',
      tags: ['Problems'],
      summary: 'List everything that can go wrong',
      description: 'For programs or, with "Accept: text/html", for people.',
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'All problems.',
          headers: z.object(ANSWERED),
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
      summary: 'Read what a problem means',
      description: 'What the type of an error leads to, for programs or, with "Accept: text/html", for people.',
      security: [],
      requestParams: { path: z.object({ code }), header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'What happened, why, what the app should do, and whether repeating helps.',
          headers: z.object(ANSWERED),
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
