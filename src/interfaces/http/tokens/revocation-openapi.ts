import { z } from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { RESPONSE_HEADERS, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { BODY, COUNTED, problems, TOKEN } from '../openapi/documented-problems.ts';
import { JSON_TYPE } from '../requests/request-body.ts';
import { newRevocation, revocation, userId } from './revocation-schemas.ts';

const path = z.object({ userId });
const DEACTIVATED = { validAfter: '2026-05-31T10:00:00.000Z', reason: 'deactivated' };

function response(description: string): ZodOpenApiResponseObject {
  return {
    description,
    headers: z.object(RESPONSE_HEADERS),
    content: {
      [JSON_TYPE]: { schema: revocation, examples: { revocation: { value: { userId: '42', ...DEACTIVATED } } } },
    },
  };
}

/** Describes /api/v1/token-revocations for the OpenAPI document. The routes are in revocation-routes.ts. */
export const REVOCATION_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/token-revocations/{userId}': {
    get: {
      operationId: 'getTokenRevocation',
      tags: ['Tokens'],
      summary: 'Get the revocation of a user',
      description:
        'For admins. The response is 404 when the user has no revocation, or when it is so old that every token it refused has expired.',
      requestParams: { path, header: REQUEST_HEADERS.any },
      responses: { 200: response('The revocation.'), ...problems(...COUNTED, ...TOKEN, 'forbidden', 'not_found') },
    },
    put: {
      operationId: 'revokeTokens',
      tags: ['Tokens'],
      summary: 'Revoke the tokens of a user',
      description:
        'For admins. Tokens issued before the instant are refused with token_revoked: at once by the process that responds, and within seconds by all others. The instant never moves back: an earlier instant than the stored one changes nothing. The service does not know which users exist, so it accepts any user id.',
      requestParams: { path, header: REQUEST_HEADERS.any },
      requestBody: {
        required: false,
        content: {
          [JSON_TYPE]: {
            schema: newRevocation,
            examples: {
              deactivated: { summary: 'With an instant and a reason', value: DEACTIVATED },
              now: { summary: 'All tokens issued until now', value: {} },
            },
          },
        },
      },
      responses: {
        200: {
          ...response('The revocation that is stored now.'),
          links: {
            getTokenRevocation: {
              operationId: 'getTokenRevocation',
              description: 'Read the revocation.',
              parameters: { 'path.userId': '$response.body#/userId' },
            },
          },
        },
        ...problems(...COUNTED, ...TOKEN, ...BODY, 'forbidden', 'not_found'),
      },
    },
  },
};
