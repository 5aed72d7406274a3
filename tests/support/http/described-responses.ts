import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '#interfaces/http/reference/openapi-document';

type Json = { readonly [name: string]: unknown };

export type ResponseSeen = {
  readonly method: string;
  /** The path and the query of the request. */
  readonly target: string;
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when the body cannot be read, for example because it is compressed. */
  readonly body: string | undefined;
};

/** Pages for people and the description itself, which are not a part of the API. */
const BESIDE_THE_API = /^\/(openapi\.json|docs(\/[\w.-]+)?)$/;

/** Statuses for an unknown method of a path, and for an unknown path. */
const METHOD_REFUSED = [405, 501];
const PATH_REFUSED = [404, 501];
/** Statuses of refusals before the path is read. A 401 can replace a 429 if the token has expired. */
const REQUEST_REFUSED = [400, 401, 408, 417, 429, 431];

/** Compares responses with the description of the API. */
export class DescribedResponses {
  private readonly document: Json;
  private readonly ajv: Ajv2020.default;
  private readonly validators = new Map<string, ValidateFunction>();

  /** @param document a description of the API other than the current one */
  constructor(document: object = openApiDocument()) {
    this.document = withoutRoomToGrow(document) as Json;
    this.ajv = new Ajv2020.default({
      strict: true,
      allowUnionTypes: true,
      strictRequired: false,
      code: { optimize: false },
      allErrors: true,
    });
    addFormats.default(this.ajv);
    const schemas = this.at(['components', 'schemas']) as Record<string, Json>;
    for (const [name, schema] of Object.entries(schemas)) this.ajv.addSchema(schema, name);
  }

  /** Returns every difference between the response and the description. */
  deviations(seen: ResponseSeen): string[] {
    const path = seen.target.split('?')[0] ?? '';
    if (BESIDE_THE_API.test(path) && seen.status < 400) return [];
    const found = this.pathOf(path);
    if (!found) return this.refusal(seen, [...PATH_REFUSED, ...REQUEST_REFUSED]);
    if (seen.method === 'OPTIONS') return this.options(seen);
    const method = seen.method === 'HEAD' ? 'get' : seen.method.toLowerCase();
    const operation = found.item[method] as Json | undefined;
    if (!operation) return this.refusal(seen, [...METHOD_REFUSED, ...REQUEST_REFUSED]);
    const place = ['paths', found.path, method, 'responses', String(seen.status)];
    if (!this.at(place)) return [`the status ${seen.status} is not described`];
    return [...this.headers(seen, place), ...this.content(seen, place)];
  }

  private pathOf(path: string): { path: string; item: Json } | undefined {
    const paths = Object.entries(this.document['paths'] as Record<string, Json>);
    const matching = paths.filter(([template]) =>
      new RegExp(`^${template.replaceAll('.', '[.]').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    // OpenAPI 3.1 §4.8.8.2: a path without a template comes first.
    const [first] = matching.sort(([one], [other]) => Number(one.includes('{')) - Number(other.includes('{')));
    return first && { path: first[0], item: first[1] };
  }

  private refusal(seen: ResponseSeen, statuses: readonly number[]): string[] {
    if (seen.method === 'OPTIONS' && seen.status === 204) return [];
    if (!statuses.includes(seen.status)) return [`the status ${seen.status} is not one of ${statuses.join(', ')}`];
    const missing = seen.status === 405 && !seen.headers.has('Allow') ? ['there is no Allow'] : [];
    return [...missing, ...this.problem(seen)];
  }

  private options(seen: ResponseSeen): string[] {
    if (seen.status !== 204) return this.refusal(seen, REQUEST_REFUSED);
    const preflight = seen.headers.has('Access-Control-Allow-Methods');
    return seen.headers.has('Allow') || preflight ? [] : ['there is no Allow'];
  }

  private headers({ headers }: ResponseSeen, place: readonly string[]): string[] {
    const described = Object.entries((this.at(place)?.['headers'] ?? {}) as Json);
    return described.flatMap(([name]) => {
      const value = headers.get(name);
      const [there, header] = this.followed([...place, 'headers', name]);
      if (value === null) return header?.['required'] ? [`there is no ${name}`] : [];
      return this.violations([...there, 'schema'], value).map((violation) => `${name}: ${violation}`);
    });
  }

  private content({ method, headers, body, status }: ResponseSeen, place: readonly string[]): string[] {
    const type = headers.get('Content-Type')?.split(';')[0];
    const described = this.at(place)?.['content'] as Record<string, Json> | undefined;
    if (!described || status === 304) return body ? ['there is a body'] : [];
    if (!type || !(type in described)) return [`the type ${String(type)} is not described`];
    if (method === 'HEAD') return body ? ['there is a body'] : [];
    if (body === undefined) return [];
    const value: unknown = type.endsWith('json') ? JSON.parse(body) : body;
    const [there] = this.followed(place);
    const violations = this.violations([...there, 'content', type, 'schema'], value);
    if (type !== 'application/problem+json' || status < 400) return violations;
    const { code, status: told } = value as { code: string; status: number };
    return [
      ...violations,
      ...(code in (described[type]?.['examples'] as Json) ? [] : [`the code ${code} is not described`]),
      ...(told === status ? [] : [`the status is ${status}, and ${told} in the body`]),
    ];
  }

  /** Returns the differences of a refusal that is not described for one operation. */
  private problem({ method, headers, body }: ResponseSeen): string[] {
    const type = headers.get('Content-Type');
    const wrong = type === 'application/problem+json' ? [] : [`the type ${String(type)} is not that of a problem`];
    if (method === 'HEAD' || body === undefined) return wrong;
    return [...wrong, ...this.violations(['components', 'schemas', 'Problem'], JSON.parse(body))];
  }

  private violations(place: readonly string[], value: unknown): string[] {
    const key = place.join(' ');
    let validate = this.validators.get(key);
    if (!validate) this.validators.set(key, (validate = this.ajv.compile(this.at(place) ?? false)));
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${String(message)} ${JSON.stringify(params)}`,
    );
  }

  private at(place: readonly string[]): Json | undefined {
    return this.followed(place)[1];
  }

  /** Returns a value of the document and its real place, after following references. */
  private followed(place: readonly string[]): [place: readonly string[], value: Json | undefined] {
    let value: unknown = this.document;
    for (const part of place) value = (value as Json | undefined)?.[part];
    const reference = (value as Json | undefined)?.['$ref'];
    // A reference without "#" is the name of a schema, which ajv resolves.
    return typeof reference === 'string' && reference.startsWith('#')
      ? this.followed(reference.split('/').slice(1))
      : [place, value as Json | undefined];
  }
}

/**
 * Removes the room to grow from the description. Clients must accept members that are not described, but a test must not.
 * References to schemas become the bare names under which they are known above.
 */
function withoutRoomToGrow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRoomToGrow);
  if (typeof value !== 'object' || value === null) return value;
  const node: Json = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutRoomToGrow(inner)]));
  const { 'x-extensible-enum': values, $ref: reference, ...rest } = node;
  const closed = node['type'] === 'object' && 'properties' in node && !('additionalProperties' in node);
  return {
    ...rest,
    ...(Array.isArray(values) && {
      enum: node['type'] === 'string' ? (values as unknown[]) : [...(values as unknown[]), null],
    }),
    ...(typeof reference === 'string' && { $ref: reference.replace('#/components/schemas/', '') }),
    ...(closed && { additionalProperties: false }),
  };
}

let described: DescribedResponses | undefined;

/** @throws Error that lists the differences between the response and the description */
export function expectDescribed(seen: ResponseSeen): void {
  const deviations = (described ??= new DescribedResponses()).deviations(seen);
  if (deviations.length > 0)
    throw new Error(
      `not as in openapi.json: ${seen.method} ${seen.target}\n  ${deviations.join('\n  ')}\n  ${seen.body ?? ''}`,
    );
}
