import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { ANSWERED, REQUEST_HEADERS } from './documented-headers.ts';
import { ANY_REQUEST, problems } from './documented-problems.ts';

const FAILURES = `# HELP opportunities_auth_failures_total Requests that were not authenticated, by the code of the refusal.
# TYPE opportunities_auth_failures_total counter
opportunities_auth_failures_total{reason="token_expired"} 3
`;

/** /metrics, for the API's description. The route is in metrics-routes.ts. */
export const METRICS_OPERATIONS: ZodOpenApiPathsObject = {
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      tags: ['Health'],
      summary: 'Read what this process has counted',
      description:
        "For Prometheus, in its text format. Of one process: ask each of them. The operator's pages say what each name means.",
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'Everything that was counted since the process began.',
          headers: z.object(ANSWERED),
          content: {
            'text/plain': {
              schema: z.string().meta({ maxLength: 10_000_000, description: 'Prometheus text format 0.0.4.' }),
              examples: { failures: { value: FAILURES } },
            },
          },
        },
        ...problems(...ANY_REQUEST),
      },
    },
  },
};
