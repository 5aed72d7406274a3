import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';
import { REQUEST_HEADERS, RESPONSE_HEADERS } from '../openapi/documented-headers.ts';
import { COUNTED, problems } from '../openapi/documented-problems.ts';

const type = z
  .enum(Object.values(OPPORTUNITY_EVENTS_V1).map(({ type }) => type) as [string, ...string[]])
  .meta({ description: 'The ce_type of an event.', examples: ['opportunities.OpportunityCreated.v1'] });

/** The OpenAPI operation under /schemas. Its routes are in schema-routes.ts. */
export const SCHEMA_OPERATIONS: ZodOpenApiPathsObject = {
  '/schemas/{type}.json': {
    get: {
      operationId: 'getEventSchema',
      tags: ['Events'],
      summary: 'Read the schema of an event',
      description: 'The JSON Schema of the data of one type of event, for services that read events from Kafka.',
      security: [],
      requestParams: { path: z.object({ type }), header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'A JSON Schema (2020-12).',
          headers: z.object(RESPONSE_HEADERS),
          content: {
            'application/schema+json': {
              schema: z
                .looseObject({
                  $schema: z.string().meta({ format: 'uri', maxLength: 200 }),
                  $id: z.string().meta({ format: 'uri', maxLength: 200 }),
                  title: z.string().meta({ maxLength: 200, description: 'The ce_type of the event.' }),
                })
                .meta({ id: 'EventSchema' }),
              examples: {
                created: {
                  summary: 'Shortened',
                  value: {
                    $schema: 'https://json-schema.org/draft/2020-12/schema',
                    $id: 'urn:opportunities:schema:opportunities.OpportunityCreated.v1',
                    title: 'opportunities.OpportunityCreated.v1',
                    type: 'object',
                  },
                },
              },
            },
          },
        },
        ...problems(...COUNTED, 'not_found'),
      },
    },
  },
};
