import { z } from 'zod';

/** A field as a request sends it and as a response shows it. Some fields differ: a Date is a text in a request. */
export type Schemas<Request extends z.ZodType, Response extends z.ZodType> = {
  readonly request: Request;
  readonly response: Response;
};

/** A field that a request must have and that is never null. */
export const required = <Schema extends z.ZodType>(schema: Schema) => ({ request: schema, response: schema });

/** A field that a request may leave out or set to null, which is the same. A response always has it. */
export const optional = <Schema extends z.ZodType>(schema: Schema) => differing({ request: schema, response: schema });

/** An optional field whose schemas for requests and responses differ. */
export const differing = <Request extends z.ZodType, Response extends z.ZodType>({
  request,
  response,
}: Schemas<Request, Response>) => ({
  request: request.nullable().default(null as never),
  response: response.nullable(),
});

/** A list, which is empty when a request leaves it out. */
export const list = <Schema extends z.ZodArray>(schema: Schema) => ({
  request: schema.default([] as never),
  response: schema,
});

/** The schemas of a table for requests, under the names of its fields. */
export function requestShape<Fields extends Record<string, { request: z.ZodType }>>(fields: Fields) {
  const shape = Object.entries(fields).map(([name, { request }]) => [name, request]);
  return Object.fromEntries(shape) as { [Name in keyof Fields]: Fields[Name]['request'] };
}

/** The schemas of a table for responses, under the names of its fields. */
export function responseShape<Fields extends Record<string, { response: z.ZodType }>>(fields: Fields) {
  const shape = Object.entries(fields).map(([name, { response }]) => [name, response]);
  return Object.fromEntries(shape) as { [Name in keyof Fields]: Fields[Name]['response'] };
}

/** JSON Schema (2020-12) for "this field is there and not null". */
export const given = (field: string) => ({ required: [field], properties: { [field]: { not: { type: 'null' } } } });

/** The id of an opportunity. An id in a path that this service did not issue is valid, and the response is 404. */
export const opportunityId = z.string().meta({
  format: 'uuid',
  maxLength: 36,
  description: 'The id of the opportunity, a UUIDv7. Later ids sort after earlier ones.',
  examples: ['01a204b7-f81d-7702-a63b-cc7085dfefde'],
});
