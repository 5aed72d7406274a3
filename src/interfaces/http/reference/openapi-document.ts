import { createDocument, type ZodOpenApiObject } from 'zod-openapi';
import { CHANGES_OPERATIONS } from '../opportunities/opportunity-openapi.ts';
import { HEALTH_OPERATIONS } from '../operations/health-openapi.ts';
import { METRICS_OPERATIONS } from '../operations/health-openapi.ts';
import { OPPORTUNITY_OPERATIONS } from '../opportunities/opportunity-openapi.ts';
import { PROBLEM_OPERATIONS } from './problem-openapi.ts';
import { REVOCATION_OPERATIONS } from '../tokens/revocation-openapi.ts';
import { SCHEMA_OPERATIONS } from './schema-openapi.ts';

const DESCRIPTION = `
Members post jobs, internships, grants and the like, and read what others posted.

Bodies are JSON in UTF-8. Instants are RFC 3339, in answers always in UTC with milliseconds. Texts are stored in Unicode
normalisation form C, and lengths count code points of that form.

**Requests are read strictly**: an unknown field or parameter is refused. **Answers may grow**: new fields, new values where
values are listed as \`x-extensible-enum\`, and new codes of problems may come at any time, and an app must do with them what it
does with what it does not know.

Every error is a problem (RFC 9457). Switch on its \`code\`; its \`type\` leads to a page that says what to do.
`.trim();

const DOCUMENT: ZodOpenApiObject = {
  openapi: '3.1.1',
  info: { title: 'Opportunities', version: '1.0.0', description: DESCRIPTION },
  servers: [
    { url: '/', description: 'Whichever serves this description: local, staging or production.', 'x-internal': false },
  ],
  tags: [
    { name: 'Opportunities', description: 'What members post and read.' },
    { name: 'Moderation', description: 'For moderators and admins.' },
    { name: 'Tokens', description: 'For admins.' },
    { name: 'Problems', description: 'What errors mean.' },
    { name: 'Events', description: 'For services that read the events.' },
    { name: 'Health', description: 'For those who run the service.' },
  ],
  security: [{ accessToken: [] }],
  components: {
    securitySchemes: {
      accessToken: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'An access token (RFC7519, RFC8725) of the Django backend. 401 says with its code whether to refresh it or to log in again.',
      },
    },
  },
  paths: {
    ...OPPORTUNITY_OPERATIONS,
    ...CHANGES_OPERATIONS,
    ...REVOCATION_OPERATIONS,
    ...PROBLEM_OPERATIONS,
    ...SCHEMA_OPERATIONS,
    ...HEALTH_OPERATIONS,
    ...METRICS_OPERATIONS,
  },
};

/** The API in OpenAPI 3.1, made of the schemas that validate requests. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const document = createDocument(DOCUMENT, {
    override: ({ jsonSchema, io }) => {
      // Zod says so of base64url, with the pattern. Swagger UI fails at encodings that it does not know.
      if (jsonSchema.contentEncoding) delete jsonSchema.format;
      delete jsonSchema.contentEncoding;
      if (io === 'input') return;
      // Answers may grow. As Zalando's rule 112 has it: the values of today, and not a promise.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      const { enum: values } = jsonSchema;
      delete jsonSchema.enum;
      if (values) jsonSchema.maxLength = 100;
      if (values && values.length < 50) jsonSchema['x-extensible-enum'] = values;
    },
  });
  return withShortNullables(document) as typeof document;
}

/** `{anyOf: [{type: "string", …}, {type: "null"}]}` becomes `{type: ["string", "null"], …}`: the same, and easier to read. */
function withShortNullables(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withShortNullables);
  if (typeof value !== 'object' || value === null) return value;
  const node = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withShortNullables(inner)]));
  const { anyOf, ...rest } = node;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return node;
  const [given, none] = anyOf as [Record<string, unknown>, Record<string, unknown>];
  if (none['type'] !== 'null' || typeof given['type'] !== 'string') return node;
  const { type, enum: values, ...others } = given;
  return {
    type: [type, 'null'],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
    ...others,
    ...rest,
  };
}
