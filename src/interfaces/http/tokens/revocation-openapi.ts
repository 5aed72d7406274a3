import { z } from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { ANSWERED, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { BODY, COUNTED, problems, TOKEN } from '../openapi/documented-problems.ts';
import { JSON_TYPE } from '../requests/request-body.ts';
import { newRevocation, revocation, userId } from './revocation-schemas.ts';

const path = z.object({ userId });
const DEACTIVATED = { validAfter: '2026-05-31T10:00:00.000Z', reason: 'deactivated' };

function answer(description: string): ZodOpenApiResponseObject {
  return {
    description,
    headers: z.object(ANSWERED),
    content: {
      [JSON_TYPE]: { schema: revocation, examples: { revocation: { value: { userId: '42', ...DEACTIVATED } } } },
    },
  };
}

/** /api/v1/token-revocations, for the API's description. The routes are in revocation-routes.ts. */
export const REVOCATION_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/token-revocations/{userId}': {
    get: {
      operationId: 'getTokenRevocation',
      tags: ['Tokens'],
      summary: 'Ask from when on tokens of a user are good',
      description:
        'For admins. 404 when none of theirs are revoked, or when the revocation is so old that all that it refused have expired.',
      requestParams: { path, header: REQUEST_HEADERS.any },
      responses: { 200: answer('The revocation.'), ...problems(...COUNTED, ...TOKEN, 'forbidden', 'not_found') },
    },
    put: {
      operationId: 'revokeTokens',
      tags: ['Tokens'],
      summary: 'Revoke the tokens of a user',
      description:
        'For admins. Tokens that were issued before the instant are refused with token_revoked: here at once, by other processes within seconds. The instant never moves back: an earlier one than holds already changes nothing. Whether there is such a user, nobody here knows.',
      requestParams: { path, header: REQUEST_HEADERS.any },
      requestBody: {
        required: false,
        content: {
          [JSON_TYPE]: {
            schema: newRevocation,
            examples: {
              deactivated: { summary: 'With an instant and a reason', value: DEACTIVATED },
              now: { summary: 'All that were issued until now', value: {} },
            },
          },
        },
      },
      responses: {
        200: {
          ...answer('What holds now.'),
          links: {
            getTokenRevocation: {
              operationId: 'getTokenRevocation',
              description: 'Read it again.',
              parameters: { 'path.userId': '$response.body#/userId' },
            },
          },
        },
        ...problems(...COUNTED, ...TOKEN, ...BODY, 'forbidden', 'not_found'),
      },
    },
  },
};
