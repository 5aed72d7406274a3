import { createDocument, type ZodOpenApiObject } from 'zod-openapi';
import { CHANGES_OPERATIONS } from '../opportunities/changes-openapi.ts';
import { HEALTH_OPERATIONS } from '../operations/health-openapi.ts';
import { METRICS_OPERATIONS } from '../operations/health-openapi.ts';
import { OPPORTUNITY_OPERATIONS } from '../opportunities/opportunity-openapi.ts';
import { PROBLEM_OPERATIONS } from './problem-openapi.ts';
import { REVOCATION_OPERATIONS } from '../tokens/revocation-openapi.ts';
import { SCHEMA_OPERATIONS } from './schema-openapi.ts';

const DESCRIPTION = `
Members post jobs, internships, grants and similar opportunities, and read the opportunities of others.

Bodies are JSON in UTF-8. Instants are RFC 3339 texts; responses have them in UTC with milliseconds. Texts are stored in
Unicode normalisation form C, and lengths count the code points of this form.

**Requests are read strictly**: the service refuses unknown fields and parameters. **Responses may grow**: new fields, new
values of an \`x-extensible-enum\` and new problem codes may come at any time. Ignore fields that you do not know, and treat
unknown values and codes like a default case.

Every error is a problem (RFC 9457). Switch on its \`code\`. Its \`type\` leads to a page that says what to do.
`.trim();

const DOCUMENT: ZodOpenApiObject = {
  openapi: '3.1.1',
  info: { title: 'Opportunities', version: '1.0.0', description: DESCRIPTION },
  servers: [
    { url: '/', description: 'The server of this description: local, staging or production.', 'x-internal': false },
  ],
  tags: [
    { name: 'Opportunities', description: 'Opportunities that members post and read.' },
    { name: 'Moderation', description: 'Actions for moderators and admins.' },
    { name: 'Tokens', description: 'Revocation of tokens, for admins.' },
    { name: 'Problems', description: 'The meaning of errors.' },
    { name: 'Events', description: 'Schemas for services that read events.' },
    { name: 'Health', description: 'Health and metrics, for operators.' },
  ],
  security: [{ accessToken: [] }],
  components: {
    securitySchemes: {
      accessToken: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'An access token (RFC7519, RFC8725) from the Django backend. The code of a 401 tells the app to refresh the token or to log in again.',
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

/** Describes the API in OpenAPI 3.1, with the same schemas that validate requests. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const document = createDocument(DOCUMENT, {
    override: ({ jsonSchema, io }) => {
      // Zod adds a format and an encoding to base64url, next to the pattern. Swagger UI fails at unknown encodings.
      if (jsonSchema.contentEncoding) delete jsonSchema.format;
      delete jsonSchema.contentEncoding;
      if (io === 'input') return;
      // Later versions may add fields and values to responses, so neither list is declared complete (Zalando's rule 112).
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      const { enum: values } = jsonSchema;
      delete jsonSchema.enum;
      if (values) jsonSchema.maxLength = 100;
      if (values && values.length < 50) jsonSchema['x-extensible-enum'] = values;
    },
  });
  return withShortNullables(document) as typeof document;
}

/** Turns `{anyOf: [{type: "string", …}, {type: "null"}]}` into `{type: ["string", "null"], …}`, which is easier to read. */
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
