/** An OpenAPI document, or a part of one. */
type Json = { readonly [name: string]: unknown };

/** In requests, everything that was accepted must stay accepted. In responses, every property must keep its type. */
type Direction = 'request' | 'response';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Lower bounds, which must not grow in requests. */
const LOWER_BOUNDS = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties'];
/** Upper bounds, which must not shrink in requests. */
const UPPER_BOUNDS = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties'];
/** Keywords of which any change is reported, because comparing their values does not show whether it narrows. */
const OPAQUE = [
  'pattern',
  'format',
  'not',
  'if',
  'then',
  'else',
  'allOf',
  'oneOf',
  'const',
  'propertyNames',
  'multipleOf',
];

/** Finds the changes that would break an app written for the old API. @returns one sentence per change. */
export function breakingChanges(before: object, after: object): string[] {
  return new Comparison(before as Json, after as Json).changes();
}

class Comparison {
  private readonly before: Json;
  private readonly after: Json;
  private readonly found: string[] = [];
  private readonly compared = new Set<string>();

  constructor(before: Json, after: Json) {
    this.before = before;
    this.after = after;
  }

  changes(): string[] {
    for (const [path, item] of entries(this.before['paths'])) {
      for (const method of METHODS.filter((each) => each in item)) {
        const now = at(this.after, 'paths', path, method);
        const place = `${method.toUpperCase()} ${path}`;
        if (now) this.operation(place, item[method] as Json, now);
        else this.tell(place, 'is gone');
      }
    }
    return this.found;
  }

  private operation(place: string, before: Json, after: Json): void {
    this.parameters(place, before, after);
    this.requestBody(place, this.old(before['requestBody']), this.new(after['requestBody']));
    if (JSON.stringify(before['security']) !== JSON.stringify(after['security']))
      this.tell(place, 'needs other credentials');
    for (const [status, response] of entries(before['responses'])) {
      const where = `${place} → ${status}`;
      const now = at(after, 'responses', status);
      if (now) this.response(where, this.old(response), this.new(now));
      else this.tell(where, 'is gone');
    }
  }

  private parameters(place: string, before: Json, after: Json): void {
    const old = named(before['parameters'], (each) => this.old(each));
    const now = named(after['parameters'], (each) => this.new(each));
    for (const [name, parameter] of old) {
      const same = now.get(name);
      if (!same) this.tell(`${place}, ${name}`, 'is gone');
      else {
        if (same['required'] && !parameter['required']) this.tell(`${place}, ${name}`, 'has become required');
        this.schema(`${place}, ${name}`, 'request', parameter['schema'], same['schema']);
      }
    }
    for (const [name, parameter] of now)
      if (!old.has(name) && parameter['required']) this.tell(`${place}, ${name}`, 'is new and required');
  }

  private requestBody(place: string, before: Json, after: Json): void {
    if (after['required'] && !before['required']) this.tell(`${place}, body`, 'has become required');
    for (const [type, { schema }] of entries(before['content'])) {
      const now = at(after, 'content', type);
      if (now) this.schema(`${place}, body`, 'request', schema, now['schema']);
      else this.tell(`${place}, body ${type}`, 'is gone');
    }
  }

  private response(place: string, before: Json, after: Json): void {
    for (const [name, header] of entries(before['headers'])) {
      const now = at(after, 'headers', name);
      if (!now) this.tell(`${place}, ${name}`, 'is gone');
      else if (this.old(header)['required'] && !this.new(now)['required'])
        this.tell(`${place}, ${name}`, 'is no longer always there');
    }
    for (const [type, { schema }] of entries(before['content'])) {
      const now = at(after, 'content', type);
      if (now) this.schema(place, 'response', schema, now['schema']);
      else this.tell(`${place} ${type}`, 'is gone');
    }
  }

  private schema(place: string, direction: Direction, before: unknown, after: unknown): void {
    // Each component is compared once per place, because components may contain themselves.
    const key = `${place} ${JSON.stringify(before)} ${JSON.stringify(after)}`;
    if (this.compared.has(key)) return;
    this.compared.add(key);
    const old = this.old(before);
    const now = this.new(after);
    if (direction === 'request') this.narrowed(place, old, now);
    else this.widened(place, old, now);
    this.alternatives(place, direction, old['anyOf'], now['anyOf']);
    if (old['items'] && now['items']) this.schema(`${place}[]`, direction, old['items'], now['items']);
    for (const [name, property] of entries(old['properties'])) {
      const same = at(now, 'properties', name);
      if (same) this.schema(`${place}.${name}`, direction, property, same);
      else if (direction === 'response' || now['additionalProperties'] === false)
        this.tell(`${place}.${name}`, 'is gone');
    }
  }

  private narrowed(place: string, before: Json, after: Json): void {
    for (const type of types(before)) if (!takes(after, type)) this.tell(place, `may no longer be of type ${type}`);
    if (before['type'] === undefined && after['type'] !== undefined) this.tell(place, 'must be of a type now');
    for (const value of gone(before['enum'], after['enum'])) this.tell(place, `may no longer be ${value}`);
    if (!before['enum'] && after['enum']) this.tell(place, 'must be one of a list now');
    for (const bound of LOWER_BOUNDS)
      if (Number(after[bound]) > Number(before[bound] ?? -Infinity)) this.tell(place, `has a higher ${bound}`);
    for (const bound of UPPER_BOUNDS)
      if (Number(after[bound]) < Number(before[bound] ?? Infinity)) this.tell(place, `has a lower ${bound}`);
    if (after['uniqueItems'] && !before['uniqueItems']) this.tell(place, 'must be without repetitions now');
    for (const keyword of OPAQUE)
      if (after[keyword] !== undefined && !same(before[keyword], after[keyword]))
        this.tell(place, `has another ${keyword}`);
    for (const name of added(before['required'], after['required']))
      this.tell(`${place}.${name}`, 'has become required');
    if (after['additionalProperties'] === false && before['additionalProperties'] !== false)
      this.tell(place, 'takes no other properties now');
  }

  private widened(place: string, before: Json, after: Json): void {
    for (const type of types(after))
      if (before['type'] !== undefined && !takes(before, type)) this.tell(place, `may be of type ${type} now`);
    if (before['type'] !== undefined && after['type'] === undefined) this.tell(place, 'may be of any type now');
    if (before['format'] !== undefined && before['format'] !== after['format']) this.tell(place, 'has another format');
    for (const name of added(after['required'], before['required']))
      if (at(after, 'properties', name)) this.tell(`${place}.${name}`, 'is no longer always there');
  }

  private alternatives(place: string, direction: Direction, before: unknown, after: unknown): void {
    const [old, now] = [list(before), list(after)];
    if (old.length !== now.length) this.tell(place, 'has other alternatives');
    else for (const [index, each] of old.entries()) this.schema(place, direction, each, now[index]);
  }

  private tell(place: string, what: string): void {
    const change = `${place} ${what}`;
    if (!this.found.includes(change)) this.found.push(change);
  }

  private old(value: unknown): Json {
    return followed(this.before, value);
  }

  private new(value: unknown): Json {
    return followed(this.after, value);
  }
}

function followed(document: Json, value: unknown): Json {
  const node = (value ?? {}) as Json;
  const reference = node['$ref'];
  return typeof reference === 'string' ? followed(document, at(document, ...reference.split('/').slice(1))) : node;
}

function at(node: Json, ...place: string[]): Json | undefined {
  return place.reduce<unknown>((inner, name) => (inner as Json | undefined)?.[name], node) as Json | undefined;
}

function entries(value: unknown): [string, Json][] {
  return Object.entries((value ?? {}) as Record<string, Json>);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Indexes parameters by place and name, e.g. "query limit". */
function named(parameters: unknown, follow: (parameter: unknown) => Json): Map<string, Json> {
  return new Map(
    list(parameters)
      .map(follow)
      .map((each) => [`${String(each['in'])} ${String(each['name'])}`, each]),
  );
}

function types({ type }: Json): string[] {
  return (Array.isArray(type) ? type : type === undefined ? [] : [type]) as string[];
}

function takes(schema: Json, type: string): boolean {
  const taken = types(schema);
  return taken.length === 0 || taken.includes(type) || (type === 'integer' && taken.includes('number'));
}

function gone(before: unknown, after: unknown): string[] {
  if (!Array.isArray(after)) return [];
  return list(before)
    .filter((value) => !after.includes(value))
    .map((value) => JSON.stringify(value));
}

function added(before: unknown, after: unknown): string[] {
  return (list(after) as string[]).filter((name) => !list(before).includes(name));
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
