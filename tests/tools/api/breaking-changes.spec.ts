import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { breakingChanges } from '../../../tools/api/breaking-changes.ts';
import { CURRENT, DECLARED, openApiText, RELEASED } from '../../../tools/api/openapi-files.ts';

type Json = { [name: string]: Json } & unknown[];

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Json;

describe('the API that apps rely on', () => {
  it('is written down as it is: npm run openapi', () => {
    const isCurrent = readFileSync(CURRENT, 'utf8') === openApiText();
    expect(isCurrent, 'docs/openapi.json differs from the code. Run npm run openapi, and review the change.').to.equal(
      true,
    );
  });

  it('is broken by no change, unless it is declared with a reason in docs/released/breaking-changes.json', () => {
    const declared = read(DECLARED) as unknown as { change: string; reason: string }[];
    expect(declared.filter(({ reason }) => !reason)).to.deep.equal([]);
    expect(breakingChanges(read(RELEASED), JSON.parse(openApiText()) as Json)).to.have.members(
      declared.map(({ change }) => change),
    );
  });
});

describe('the search for breaking changes', () => {
  const parameter = { in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 100 } };
  const SOME: object = {
    paths: {
      '/things': {
        get: {
          parameters: [parameter, { $ref: '#/components/parameters/Sort' }],
          responses: {
            200: {
              headers: { ETag: { required: true, schema: { type: 'string' } }, Link: { schema: { type: 'string' } } },
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
            },
            404: { description: 'x' },
          },
        },
        post: {
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewThing' } } } },
          responses: { 201: { description: 'x' } },
        },
      },
    },
    components: {
      parameters: { Sort: { in: 'query', name: 'sort', schema: { enum: ['name', '-name'] } } },
      schemas: {
        Thing: {
          type: 'object',
          required: ['id', 'name', 'tags'],
          properties: {
            id: { type: 'string', format: 'uuid' },
            name: { type: ['string', 'null'], 'x-extensible-enum': ['a'] },
            tags: { type: 'array', items: { type: 'string' } },
            place: { anyOf: [{ $ref: '#/components/schemas/Place' }, { type: 'null' }] },
          },
        },
        Place: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
        NewThing: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: {
            name: { type: ['string', 'null'], minLength: 1, maxLength: 9, pattern: '^a' },
            kind: { type: 'string', enum: ['a', 'b'] },
            count: { type: 'number', maximum: 9 },
            tags: { type: 'array', items: { type: 'string' }, maxItems: 9 },
            note: { type: 'string' },
            any: {},
          },
        },
      },
    },
  };
  const copy = () => structuredClone(SOME) as unknown as Json;
  const list = (api: Json) => api['paths']!['/things']!['get']!;
  const found = (api: Json) => (list(api)['responses'] as Record<string, Json>)['200']!;
  const create = (api: Json) => api['paths']!['/things']!['post']!;
  const thing = (api: Json) => api['components']!['schemas']!['Thing']!;
  const newThing = (api: Json) => api['components']!['schemas']!['NewThing']!;
  const set = (node: Json | undefined, changes: object) => Object.assign(node!, changes);
  const drop = (node: Json | undefined, name: string) => Reflect.deleteProperty(node!, name);

  const BREAKING: [what: string, change: (api: Json) => unknown, told: string][] = [
    ['a path is removed', (api) => drop(api['paths'], '/things'), 'GET /things is gone'],
    ['an operation is removed', (api) => drop(api['paths']!['/things'], 'post'), 'POST /things is gone'],
    ['a parameter is removed', (api) => set(list(api), { parameters: [] }), 'GET /things, query limit is gone'],
    [
      'a parameter becomes required',
      (api) => set(list(api)['parameters']![0] as Json, { required: true }),
      'GET /things, query limit has become required',
    ],
    [
      'a required parameter is added',
      (api) => list(api)['parameters']!.push({ in: 'query', name: 'q', required: true }),
      'GET /things, query q is new and required',
    ],
    [
      'a parameter is narrowed',
      (api) => set((list(api)['parameters']![0] as Json)['schema'], { maximum: 50 }),
      'GET /things, query limit has a lower maximum',
    ],
    [
      'a shared parameter loses a value',
      (api) => set(api['components']!['parameters']!['Sort'], { schema: { enum: ['name'] } }),
      'GET /things, query sort may no longer be "-name"',
    ],
    [
      'credentials are needed',
      (api) => set(list(api), { security: [{ token: [] }] }),
      'GET /things needs other credentials',
    ],
    ['a status is removed', (api) => drop(list(api)['responses'], '404'), 'GET /things → 404 is gone'],
    ['a header is removed', (api) => drop(found(api)['headers'], 'Link'), 'GET /things → 200, Link is gone'],
    [
      'a header is not always there',
      (api) => set(found(api)['headers']!['ETag'], { required: false }),
      'GET /things → 200, ETag is no longer always there',
    ],
    [
      'a media type of a response is removed',
      (api) => set(found(api), { content: {} }),
      'GET /things → 200 application/json is gone',
    ],
    [
      'a property of a response is removed',
      (api) => drop(thing(api)['properties'], 'tags'),
      'GET /things → 200.tags is gone',
    ],
    [
      'a property is not always there',
      (api) => set(thing(api), { required: ['id', 'name'] }),
      'GET /things → 200.tags is no longer always there',
    ],
    [
      'a property may be null',
      (api) => set(thing(api)['properties']!['id'], { type: ['string', 'null'] }),
      'GET /things → 200.id may be of type null now',
    ],
    [
      'a property has another type',
      (api) => set(thing(api)['properties']!['id'], { type: 'integer' }),
      'GET /things → 200.id may be of type integer now',
    ],
    [
      'a property has any type',
      (api) => drop(thing(api)['properties']!['id'], 'type'),
      'GET /things → 200.id may be of any type now',
    ],
    [
      'a property has another format',
      (api) => set(thing(api)['properties']!['id'], { format: 'uri' }),
      'GET /things → 200.id has another format',
    ],
    [
      'an item has another type',
      (api) => set(thing(api)['properties']!['tags']!['items'], { type: 'number' }),
      'GET /things → 200.tags[] may be of type number now',
    ],
    [
      'an inner property is removed',
      (api) => drop(api['components']!['schemas']!['Place']!['properties'], 'city'),
      'GET /things → 200.place.city is gone',
    ],
    [
      'an alternative is added',
      (api) => thing(api)['properties']!['place']!['anyOf']!.push({ type: 'string' }),
      'GET /things → 200.place has other alternatives',
    ],
    [
      'a media type of a body is removed',
      (api) => set(create(api)['requestBody'], { content: {} }),
      'POST /things, body application/json is gone',
    ],
    [
      'a body becomes required',
      (api) => set(create(api)['requestBody'], { required: true }),
      'POST /things, body has become required',
    ],
    [
      'a property becomes required',
      (api) => set(newThing(api), { required: ['name', 'note'] }),
      'POST /things, body.note has become required',
    ],
    ['a property is refused', (api) => drop(newThing(api)['properties'], 'note'), 'POST /things, body.note is gone'],
    [
      'null is refused',
      (api) => set(newThing(api)['properties']!['name'], { type: 'string' }),
      'POST /things, body.name may no longer be of type null',
    ],
    [
      'a value is refused',
      (api) => set(newThing(api)['properties']!['kind'], { enum: ['b'] }),
      'POST /things, body.kind may no longer be "a"',
    ],
    [
      'a type is demanded',
      (api) => set(newThing(api)['properties']!['any'], { type: 'string' }),
      'POST /things, body.any must be of a type now',
    ],
    [
      'values are listed',
      (api) => set(newThing(api)['properties']!['note'], { enum: ['x'] }),
      'POST /things, body.note must be one of a list now',
    ],
    [
      'a minimum is raised',
      (api) => set(newThing(api)['properties']!['name'], { minLength: 2 }),
      'POST /things, body.name has a higher minLength',
    ],
    [
      'a limit is added',
      (api) => set(newThing(api)['properties']!['note'], { maxLength: 9 }),
      'POST /things, body.note has a lower maxLength',
    ],
    [
      'a pattern changes',
      (api) => set(newThing(api)['properties']!['name'], { pattern: '^b' }),
      'POST /things, body.name has another pattern',
    ],
    [
      'a condition is added',
      (api) => set(newThing(api), { if: { required: ['note'] } }),
      'POST /things, body has another if',
    ],
    [
      'repetitions are refused',
      (api) => set(newThing(api)['properties']!['tags'], { uniqueItems: true }),
      'POST /things, body.tags must be without repetitions now',
    ],
    [
      'fractions are refused',
      (api) => set(newThing(api)['properties']!['count'], { type: 'integer' }),
      'POST /things, body.count may no longer be of type number',
    ],
  ];
  for (const [what, change, told] of BREAKING)
    it(`reports that ${what}`, () => {
      const after = copy();
      change(after);
      expect(breakingChanges(copy(), after)).to.include(told);
    });

  it('reports that additional properties are refused', () => {
    const before = copy();
    drop(newThing(before), 'additionalProperties');
    expect(breakingChanges(before, copy())).to.deep.equal(['POST /things, body takes no other properties now']);
  });

  it('reports no change that apps must tolerate', () => {
    const after = copy();
    set(after['paths'], { '/others': { get: {} } });
    set(list(after)['responses'], { 429: {} });
    list(after)['parameters']!.push({ in: 'query', name: 'q' });
    set((list(after)['parameters']![0] as Json)['schema'], { maximum: 200 });
    set(thing(after)['properties'], { more: { type: 'string' } });
    set(thing(after)['properties']!['name'], { 'x-extensible-enum': ['a', 'b'], type: 'string' });
    set(newThing(after)['properties'], { more: { type: 'string' } });
    set(newThing(after)['properties']!['kind'], { enum: ['a', 'b', 'c'] });
    set(newThing(after)['properties']!['note'], { type: ['string', 'null'] });
    set(newThing(after), { required: [] });
    expect(breakingChanges(copy(), after)).to.deep.equal([]);
  });
});
