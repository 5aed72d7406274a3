import { expect } from 'chai';
import { openApiDocument } from '#interfaces/http/reference/openapi-document';
import { problemDetails } from '#interfaces/http/problems/problem-details';
import { type ResponseSeen, DescribedResponses } from '../../support/http/described-responses.ts';

const ONE = '/api/v1/opportunities/01a204b7-f81d-7702-a63b-cc7085dfefde';

const document = openApiDocument() as unknown as {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { examples: never }> }> }>
  >;
};
type Example = { opportunity: { value: Record<string, unknown> } };
const { opportunity }: Example =
  document.paths['/api/v1/opportunities/{id}']!['get']!.responses['200']!.content['application/json']!.examples;

const READ: ResponseSeen = seen('GET', ONE, 200, opportunity.value, { ETag: '"1-open"' });
const REFUSED: ResponseSeen = problem(
  'GET',
  ONE,
  404,
  problemDetails('not_found', 'There is no such opportunity.', 'x'),
);

function seen(
  method: string,
  target: string,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): ResponseSeen {
  const given = { 'Content-Type': 'application/json; charset=utf-8', 'X-Request-Id': 'x', ...headers };
  return { method, target, status, headers: new Headers(given), body: body === undefined ? '' : JSON.stringify(body) };
}

function problem(method: string, target: string, status: number, body: unknown, headers = {}): ResponseSeen {
  return seen(method, target, status, body, { 'Content-Type': 'application/problem+json', ...headers });
}

function without(answer: ResponseSeen, header: string): ResponseSeen {
  const headers = new Headers(answer.headers);
  headers.delete(header);
  return { ...answer, headers };
}

const changed = (changes: Record<string, unknown>): ResponseSeen => ({
  ...READ,
  body: JSON.stringify({ ...opportunity.value, ...changes }),
});

describe('the comparison of responses with the description', () => {
  const answers = new DescribedResponses();

  for (const [what, answer] of Object.entries<ResponseSeen>({
    'an opportunity': READ,
    'a refusal': REFUSED,
    'a response of 304': { ...READ, status: 304, body: '' },
    'the response to a deletion': { ...without(READ, 'Content-Type'), method: 'DELETE', status: 204, body: '' },
    'a HEAD': { ...READ, method: 'HEAD', body: '' },
    'an OPTIONS': seen('OPTIONS', ONE, 204, undefined, { Allow: 'GET' }),
    'a method that a path does not have': problem('PUT', ONE, 405, problemDetails('method_not_allowed', 'x', 'x'), {
      Allow: 'GET',
    }),
    'a path that does not exist': problem('GET', '/nope', 404, problemDetails('not_found', 'x', 'x')),
    'a refusal before the path was read': problem('GET', '/nope', 400, problemDetails('bad_request', 'x', 'x')),
    'the page': seen('GET', '/docs', 200, undefined, { 'Content-Type': 'text/html' }),
    'a compressed body, which it cannot read': { ...READ, body: undefined },
  }))
    it(`accepts ${what}`, () => {
      expect(answers.deviations(answer)).to.deep.equal([]);
    });

  const { title: _, ...untitled } = opportunity.value;
  for (const [what, answer, deviation] of [
    ['a status', { ...READ, status: 202 }, 'the status 202 is not described'],
    ['a type', seen('GET', ONE, 200, 'x', { ETag: '"1"', 'Content-Type': 'text/plain' }), 'the type text/plain'],
    ['a missing type', without(READ, 'Content-Type'), 'the type undefined'],
    ['a missing header', without(READ, 'ETag'), 'there is no ETag'],
    ['a missing header of all responses', without(REFUSED, 'X-Request-Id'), 'there is no X-Request-Id'],
    ['a header', seen('GET', ONE, 200, opportunity.value, { ETag: 'W/1' }), 'ETag:  must match pattern'],
    ['a missing field', { ...READ, body: JSON.stringify(untitled) }, "must have required property 'title'"],
    ['a field', changed({ secret: 1 }), '"additionalProperty":"secret"'],
    ['a kind of field', changed({ version: '1' }), '/version must be integer'],
    ['a value', changed({ status: 'unheard_of' }), '/status must be equal to one of'],
    ['an instant', changed({ createdAt: '2026-11-22' }), '/createdAt must match format'],
    ['a member of an object', changed({ location: { label: 'x' } }), '/location must'],
    ['a body where there is none', { ...READ, status: 304 }, 'there is a body'],
    ['a code', problem('GET', ONE, 404, problemDetails('forbidden', 'x', 'x')), 'the code forbidden is not described'],
    [
      'a status in the body',
      problem('GET', ONE, 404, { ...problemDetails('not_found', 'x', 'x'), status: 410 }),
      'the status is 404, and 410',
    ],
    [
      'a member of a problem',
      problem('GET', ONE, 404, { ...problemDetails('not_found', 'x', 'x'), stack: 'x' }),
      '"additionalProperty":"stack"',
    ],
    ['a response to an unknown method', seen('PUT', ONE, 200, {}, {}), 'the status 200 is not one of 405'],
    [
      'a 405 without Allow',
      problem('PUT', ONE, 405, problemDetails('method_not_allowed', 'x', 'x')),
      'there is no Allow',
    ],
    ['a response to OPTIONS', seen('OPTIONS', ONE, 204, undefined, {}), 'there is no Allow'],
    ['a path', seen('GET', '/api/v1/secrets', 200, {}, {}), 'the status 200 is not one of 404'],
    [
      'the type of a refusal',
      seen('GET', '/nope', 404, problemDetails('not_found', 'x', 'x'), {}),
      'is not that of a problem',
    ],
    ['a refusal without a code', problem('GET', '/nope', 404, { status: 404 }), "must have required property 'code'"],
  ] as const)
    it(`finds ${what} that is not described`, () => {
      expect(answers.deviations(answer).join('\n')).to.include(deviation);
    });
});
