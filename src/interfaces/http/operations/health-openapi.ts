import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { ANSWERED, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { ANY_REQUEST, problems } from '../openapi/documented-problems.ts';

const readiness = z
  .object({
    status: z.enum(['ready', 'unready']).meta({ description: 'Whether the process can serve.' }),
    database: z.enum(['up', 'down']),
    broker: z
      .enum(['up', 'down', 'not configured'])
      .meta({ description: 'Without it events wait, and requests are served.' }),
    outbox: z.union([
      z.object({
        waiting: z.int32().min(0).meta({ format: 'int32', description: 'Events that wait; counted up to 10,000.' }),
        oldestSeconds: z.number().min(0).meta({ description: 'Since the oldest of them was written.' }),
        parkedKeys: z.int32().min(0).meta({
          format: 'int32',
          description:
            'Keys whose events wait until somebody decides about one that Kafka refused; counted up to 10,000.',
        }),
      }),
      z.literal('unknown'),
    ]),
    revocations: z.enum(['up to date', 'stale', 'unavailable']).optional().meta({
      description:
        'How well the process knows which tokens are revoked, if it looks at tokens. Stale: it goes on with those that it knows. Unavailable: it takes no tokens.',
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

/** /health, for the API's description. The routes are in health-routes.ts. */
export const HEALTH_OPERATIONS: ZodOpenApiPathsObject = {
  '/health/live': {
    get: {
      operationId: 'getLiveness',
      tags: ['Health'],
      summary: 'Ask whether the process runs',
      description: 'For whoever restarts it when it does not.',
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'It runs.',
          headers: z.object(ANSWERED),
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
      description: 'For load balancers. It needs the database, and may need to know which tokens are revoked.',
      security: [],
      requestParams: { header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'It can.',
          headers: z.object(ANSWERED),
          content: { 'application/json': { schema: readiness, examples: { ready: { value: READY } } } },
        },
        ...problems(...ANY_REQUEST),
        503: {
          description: 'It cannot.',
          headers: z.object(ANSWERED),
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
