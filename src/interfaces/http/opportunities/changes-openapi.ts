import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { REQUEST_HEADERS, RESPONSE_HEADERS } from '../openapi/documented-headers.ts';
import { COUNTED, problems, TOKEN } from '../openapi/documented-problems.ts';
import { JSON_TYPE } from '../requests/request-body.ts';
import { changesPage, changesParameters } from './changes-schemas.ts';
import { EXAMPLE } from './opportunity-fields.ts';

const PAGE = {
  items: [EXAMPLE],
  tombstones: [{ id: '01a204b7-f876-761f-9a73-10ccedf3b6da', deletedAt: '2026-11-22T19:25:03.412Z' }],
  page: { nextToken: 'eyJpc3N1ZWRBdCI6IjIwMjYtMTEtMjJUMTk6MjU6MDQuMDAwWiJ9', hasMore: false },
};

/** The OpenAPI operation /api/v1/opportunities/changes. Its route is in opportunity-routes.ts. */
export const CHANGES_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/opportunities/changes': {
    get: {
      operationId: 'listChanges',
      tags: ['Opportunities'],
      summary: 'List changes to keep an offline copy',
      description:
        'Without since, the pages have every opportunity that the user may see. With the nextToken of the last response, they have the changes since then. For each page: put the items into the copy, take the tombstones out of it, store nextToken together with them, and request the next page at once while hasMore is true. After a 410, begin a new copy. A page may be empty although hasMore is true.',
      requestParams: { query: changesParameters, header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'A page of changes for the copy.',
          headers: z.object(RESPONSE_HEADERS),
          content: { [JSON_TYPE]: { schema: changesPage, examples: { page: { value: PAGE } } } },
          links: {
            nextChanges: {
              operationId: 'listChanges',
              description: 'The next page of changes.',
              parameters: { 'query.since': '$response.body#/page/nextToken' },
            },
          },
        },
        ...problems(...COUNTED, ...TOKEN, 'invalid_parameter', 'sync_token_expired'),
      },
    },
  },
};
