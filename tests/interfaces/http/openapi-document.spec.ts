import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import fc from 'fast-check';
import { openApiDocument } from '#interfaces/http/reference/openapi-document';
import { createOpportunityBody } from '#interfaces/http/opportunities/opportunity-schemas';
import { Routes } from '#interfaces/http/server/http-server';
import { readConfig } from '../../../src/config/config.ts';
import { createContainer } from '../../../src/container.ts';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

type Schema = { readonly [keyword: string]: unknown };

type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly ({ $ref: string } | { name: string; in: string; schema: Schema })[];
};

const document = openApiDocument() as unknown as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly examples: Record<string, Schema>;
    readonly links: Schema;
  };
};
const container = createContainer(
  readConfig({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/x', JWT_SECRET: 'x', NODE_ENV: 'test' }),
);
const schemas = document.components.schemas;

const ajv = new Ajv2020.default({
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  code: { optimize: false },
});
addFormats.default(ajv);
ajv.addVocabulary(['x-extensible-enum', 'components']);
ajv.addSchema({ components: { schemas } }, 'document');
const isDescribed = ajv.compile({ $ref: 'document#/components/schemas/NewOpportunity' });

const body = createOpportunityBody(new FixedClock(SOME_DAY));

/** Returns the codes of all violations that the service finds in a body. */
function violations(value: unknown): string[] {
  const issues = body.safeParse(value).error?.issues ?? [];
  return issues.map((issue) => {
    const code: unknown = 'params' in issue ? issue.params?.['code'] : undefined;
    return `${issue.path.join('.')} ${typeof code === 'string' ? code : issue.code}`;
  });
}

/** Violations that JSON Schema cannot express. */
const BEYOND_WORDS =
  /^(compensation.maxAmount|eligibility.maxAge|deadlineAt|endsAt) wrong_order$|^deadlineAt in_the_past$/;

const routers = container.getAll(Routes).map(({ router }) => router);

/** Paths for people, and the path of the description itself. */
const BESIDE_THE_API = /^\/(docs|openapi\.json)\b/;

describe('the description of the API', () => {
  it('has every route and no others', () => {
    const routes = routers
      .flatMap(({ stack }) => stack)
      // This route only refuses methods.
      .filter(({ name }) => name !== 'other methods')
      .flatMap(({ methods, path }) => methods.map((method) => `${method} ${String(path)}`))
      // Koa adds HEAD to every GET.
      .filter((route) => !route.startsWith('HEAD ') && !BESIDE_THE_API.test(route.split(' ')[1]!));
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) =>
        withValues(path, operation).map((concrete) => `${method.toUpperCase()} ${concrete}`),
      ),
    );
    expect(routes).not.to.deep.equal([]);
    expect(described).to.have.members(routes);
  });

  it('names each operation once, and links only to existing operations', () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids)).to.have.property('size', ids.length);
    const linked = JSON.stringify(document.components.links).matchAll(/"operationId":"(\w+)"/g);
    expect(ids).to.include.members([...linked].map(([, id]) => id!));
  });

  it('has only valid examples', () => {
    const wrong: string[] = [];
    let examples = 0;
    everyNode(document, [], (node, place) => {
      if (!('schema' in node) || !('examples' in node)) return;
      const validate = ajv.compile(withAbsoluteReferences(node['schema']) as Schema);
      for (const [name, example] of Object.entries(node['examples'] as Record<string, Schema>)) {
        const { value } =
          '$ref' in example ? document.components.examples[String(example['$ref']).split('/').at(-1)!]! : example;
        examples += 1;
        if (!validate(value)) wrong.push(`${place.join(' ')} ${name}: ${ajv.errorsText(validate.errors)}`);
      }
    });
    everyNode(document, [], (node, place) => {
      if (!Array.isArray(node['examples']) || !('type' in node)) return;
      const validate = ajv.compile(withAbsoluteReferences(node) as Schema);
      examples += 1;
      for (const value of node['examples'] as unknown[])
        if (!validate(value)) wrong.push(`${place.join(' ')}: ${ajv.errorsText(validate.errors)}`);
    });
    expect(wrong).to.deep.equal([]);
    expect(examples).to.be.greaterThan(100);
  });
});

/** Whether a violation is outside of what the patterns can express: see textPattern(). */
function beyondPatterns(value: unknown, violation: string): boolean {
  const text = JSON.stringify(value);
  if (violation.endsWith(' blank')) return /[\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/u.test(text);
  const tag = /^tags\.(\d+) invalid_format$/.exec(violation)?.[1];
  return (
    tag !== undefined &&
    !/[A-Z\u00C0-\u00D6\u0391-\u03A1\u0410-\u042F]/.test((value as { tags: string[] }).tags[Number(tag)]!)
  );
}

describe('the description of a new opportunity', () => {
  it('accepts the same bodies as the service', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(valueOf(schemas['NewOpportunity']!), fc.constantFrom({ status: 'draft' }, {}), (given, also) => {
        const value = typeof given === 'object' ? { ...given, ...also } : given;
        const described = isDescribed(value);
        const against = violations(value);
        // JSON Schema cannot express these violations. All others it must find.
        if (described)
          expect(
            against.filter((violation) => !BEYOND_WORDS.test(violation) && !beyondPatterns(value, violation)),
          ).to.deep.equal([]);
        else expect(against, JSON.stringify(isDescribed.errors)).not.to.deep.equal([]);
        if (described) taken += 1;
        else refused += 1;
      }),
      { numRuns: propertyRuns(4000) },
    );
    // Both valid and invalid bodies occurred.
    expect(taken).to.be.greaterThan(propertyRuns(100));
    expect(refused).to.be.greaterThan(propertyRuns(100));
  });
});

/** Returns the paths of the router. A parameter with listed values has one route for each value. */
function withValues(path: string, { parameters = [] }: Operation): string[] {
  return parameters
    .reduce(
      (paths, parameter) => {
        if (!('schema' in parameter) || parameter.in !== 'path') return paths;
        const values = parameter.schema['enum'] as string[];
        return paths.flatMap((each) => values.map((value) => each.replace(`{${parameter.name}}`, value)));
      },
      [path],
    )
    .map((each) => each.replaceAll(/\{(\w+)\}/g, ':$1'));
}

function everyNode(value: unknown, place: string[], visit: (node: Schema, place: string[]) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Schema, place);
  for (const [key, inner] of Object.entries(value)) everyNode(inner, [...place, key], visit);
}

function withAbsoluteReferences(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'));
}

/** Values that fit a schema, and some that barely do not. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const { $ref: reference, anyOf, type, enum: values } = schema as { [keyword: string]: unknown; $ref?: string };
  if (reference) return valueOf(schemas[reference.split('/').at(-1)!]!);
  if (type === undefined && Array.isArray(anyOf)) return fc.oneof(...(anyOf as Schema[]).map(valueOf));
  if (Array.isArray(values))
    return often(fc.constantFrom(...(values as unknown[])), fc.constantFrom('', 'xx', 'XX', 5));
  if (Array.isArray(type))
    return often(fc.oneof(...(type as string[]).map((each) => valueOf({ ...schema, type: each }))), fc.constant({}));
  switch (type) {
    case 'string':
      return text(schema);
    case 'integer':
      return number(schema, fc.integer({ min: low(schema) - 1, max: high(schema) + 1 }));
    case 'number':
      return number(schema, fc.double({ min: low(schema), max: high(schema), noNaN: true }));
    case 'array':
      return fc.array(valueOf(schema['items'] as Schema), { maxLength: Number(schema['maxItems']) + 1, size: 'small' });
    case 'object':
      return object(schema);
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}

function instants(min: string, max: string, ...zones: string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }), fc.constantFrom(...zones))
    .map(([date, zone]) => date.toISOString().replace('Z', zone));
}

function often<T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 200, arbitrary: usual }, { weight: 1, arbitrary: unusual });
}

function text(schema: Schema): fc.Arbitrary<string> {
  const examples = fc.constantFrom(...((schema['examples'] as string[] | undefined) ?? ['x']));
  if (schema['format'] === 'date-time')
    return often(
      fc.oneof(
        instants('1960-01-01', '2210-01-01', 'Z'),
        // In the first and the last year, the service accepts more instants than the description.
        instants('1971-01-02', '2198-12-30', '+14:00', '-12:00', '-00:00'),
      ),
      fc.constantFrom('', '2026-02-30T00:00:00Z', '2026-07-01', '2026-07-01T24:00:00Z', '2026-07-01T00:00:00'),
    );
  const matching = fc.stringMatching(new RegExp(String(schema['pattern']), 'u'), { size: 'small' });
  const given = often(
    fc.oneof(examples, matching),
    fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.string({ unit: 'grapheme', minLength: 100 })),
  );
  // The description counts the characters of form C, into which the service converts every text.
  return given.map((value) => value.normalize());
}

const low = ({ minimum }: Schema) => Number(minimum);
const high = ({ maximum }: Schema) => Number(maximum);

function number(schema: Schema, within: fc.Arbitrary<number>): fc.Arbitrary<number> {
  return often(within, fc.constantFrom(low(schema) - 0.5, high(schema) + 0.5, -0));
}

function object({ properties, required = [] }: Schema): fc.Arbitrary<unknown> {
  const members = Object.entries(properties as Record<string, Schema>).map(([name, schema]) => [name, valueOf(schema)]);
  const model = Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>;
  return often(
    fc.record(model, { requiredKeys: required as string[] }),
    fc.oneof(fc.record(model, { requiredKeys: [] }), fc.record({ ...model, unknown: fc.constant(null) })),
  );
}
