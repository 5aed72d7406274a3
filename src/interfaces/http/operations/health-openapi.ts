import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { RESPONSE_HEADERS, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { ANY_REQUEST, problems } from '../openapi/documented-problems.ts';

const readiness = z
  .object({
    status: z.enum(['ready', 'unready']).meta({ description: 'Whether the process can serve requests.' }),
    database: z.enum(['up', 'down']),
    broker: z.enum(['up', 'down', 'not configured']).meta({
      description: 'Whether Kafka responds. While it is down, requests are served and messages wait in the outbox.',
    }),
    outbox: z.union([
      z.object({
        waiting: z.int32().min(0).meta({
          format: 'int32',
          description: 'The number of messages that wait in the outbox, counted up to 10,000.',
        }),
        oldestSeconds: z.number().min(0).meta({ description: 'Seconds since the oldest waiting message was written.' }),
        parkedKeys: z.int32().min(0).meta({
          format: 'int32',
          description:
            'The number of parked keys, counted up to 10,000. The messages of a parked key wait until an operator decides about the message that Kafka refused.',
        }),
      }),
      z.literal('unknown'),
    ]),
    revocations: z.enum(['up to date', 'stale', 'unavailable']).optional().meta({
      description:
        'The state of the revocation cache, if the process checks tokens. Stale: it uses the revocations that it knows. Unavailable: it accepts no tokens.',
    }),
  })
  .meta({ id: 'Readiness' });

const READY = {
  status: 'ready',
  database: 'up',
  broker: 'up',
  outbox: { waiting: 0, oldestSeconds: 0, parkedKeys: 0 },
  revocations: 'up to date',
};
const UNREADY = { status: 'unready', database: 'down', broker: 'up', outbox: 'unknown', revocations: 'stale' };

/** The OpenAPI operations under /health. Their routes are in health-routes.ts. */
export const HEALTH_OPERATIONS: ZodOpenApiPathsObject = {
  '/health/live': {
    get: {
      operationId: 'getLiveness',
      tags: ['Health'],
      summary: 'Ask whether the process runs',
      description: 'For the system that restarts the process when it does not run.',
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'The process runs.',
          headers: z.object(RESPONSE_HEADERS),
          content: {
            'application/json': {
              schema: z.object({ status: z.enum(['live']) }).meta({ id: 'Liveness' }),
              examples: { live: { value: { status: 'live' } } },
            },
          },
        },
        ...problems(...ANY_REQUEST),
      },
    },
  },
  '/health/ready': {
    get: {
      operationId: 'getReadiness',
      tags: ['Health'],
      summary: 'Ask whether the process can serve',
      description: 'For load balancers. A process needs the database and, if it checks tokens, the revocations.',
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'The process can serve.',
          headers: z.object(RESPONSE_HEADERS),
          content: { 'application/json': { schema: readiness, examples: { ready: { value: READY } } } },
        },
        ...problems(...ANY_REQUEST),
        503: {
          description: 'The process cannot serve.',
          headers: z.object(RESPONSE_HEADERS),
          content: { 'application/json': { schema: readiness, examples: { unready: { value: UNREADY } } } },
        },
      },
    },
  },
};

const FAILURES = `# HELP opportunities_auth_failures_total Requests that were not authenticated, by the code of the refusal.
# TYPE opportunities_auth_failures_total counter
opportunities_auth_failures_total{reason="token_expired"} 3
`;

/** The OpenAPI operation /metrics. Its route is in metrics-routes.ts. */
export const METRICS_OPERATIONS: ZodOpenApiPathsObject = {
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      tags: ['Health'],
      summary: 'Read the metrics of this process',
      description:
        "Metrics of one process in the text format of Prometheus. Collect them from each process. The operator's pages explain each name.",
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'All metrics since the process started.',
          headers: z.object(RESPONSE_HEADERS),
          content: {
            'text/plain': {
              schema: z.string().meta({ maxLength: 10_000_000, description: 'Text format 0.0.4 of Prometheus.' }),
              examples: { failures: { value: FAILURES } },
            },
          },
        },
        ...problems(...ANY_REQUEST),
      },
    },
  },
};
