import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { changesPage, changesQuery } from '../changes-schemas.ts';
import { ANSWERED, REQUEST_HEADERS } from './documented-headers.ts';
import { COUNTED, problems, TOKEN } from './documented-problems.ts';
import { JSON_TYPE } from '../json-body.ts';
import { PUBLISHED } from './opportunity-operations.ts';

const PAGE = {
  items: [PUBLISHED],
  tombstones: [{ id: '01a204b7-f876-761f-9a73-10ccedf3b6da', deletedAt: '2026-11-22T19:25:03.412Z' }],
  page: { nextToken: 'eyJpc3N1ZWRBdCI6IjIwMjYtMTEtMjJUMTk6MjU6MDQuMDAwWiJ9', hasMore: false },
};

/** /api/v1/opportunities/changes, for the API's description. The route is in changes-routes.ts. */
export const CHANGES_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/opportunities/changes': {
    get: {
      operationId: 'listChanges',
      tags: ['Opportunities'],
      summary: 'Keep a copy: list what has changed',
      description:
        'All that the user may see comes without since, in pages; then, with the nextToken of the last answer, what has changed. Put items into the copy, take tombstones out of it, store nextToken with them, and ask again at once while hasMore is true. At 410 the copy begins anew. A page may be empty although there is more.',
      requestParams: { query: changesQuery, header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'What the copy must take over.',
          headers: z.object(ANSWERED),
          content: { [JSON_TYPE]: { schema: changesPage, examples: { page: { value: PAGE } } } },
          links: {
            nextChanges: {
              operationId: 'listChanges',
              description: 'What comes after.',
              parameters: { 'query.since': '$response.body#/page/nextToken' },
            },
          },
        },
        ...problems(...COUNTED, ...TOKEN, 'invalid_parameter', 'sync_token_expired'),
      },
    },
  },
};
