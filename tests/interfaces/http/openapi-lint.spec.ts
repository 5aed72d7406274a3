import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import owasp from '@stoplight/spectral-owasp-ruleset';
import rulesets from '@stoplight/spectral-rulesets';
import { expect } from 'chai';
import { openApiDocument } from '#interfaces/http/reference/openapi-document';

/** Rules that are switched off, each with its reason. */
const SWITCHED_OFF: Record<string, string> = {
  'info-contact': 'The service belongs to one organisation, which knows its operators.',
  'info-license': 'The API is not licensed to the public.',
  'license-url': 'The API is not licensed to the public.',
  'openapi-tags-alphabetical': 'The tags are in the order in which people read them.',
  'owasp:api4:2023-string-restricted':
    'A text that people write has no format: its pattern lists its characters. A text that only the service writes needs no pattern.',
  'owasp:api8:2023-define-cors-origin':
    'Browser apps of listed origins get the header with every response. By default there are none. See docs/app/api.md.',
};

/** Accepted findings, by rule and place. */
const EXPLAINED: readonly { rule: RegExp; place: RegExp; reason: string }[] = [
  {
    rule: /^owasp:api2:2023-read-restricted$|^owasp:api8:2023-define-error-responses-401$/,
    place: /^paths \/(problems|problems\/\{code\}|schemas\/\{type\}\.json|health\/live|health\/ready|metrics) get /,
    reason: 'The path needs no token: its response is the same for everybody and has no personal data.',
  },
  {
    rule: /^owasp:api4:2023-rate-limit-responses-429$/,
    place: /^paths \/(health\/live|health\/ready|metrics) get /,
    reason: 'Probes are not counted.',
  },
  {
    rule: /^owasp:api4:2023-string-limit$/,
    place:
      /^(components parameters (X-Request-Id|traceparent|If-Match|If-None-Match) schema |paths .* parameters \d+ schema )$/,
    reason: 'All headers together are limited to 16 KiB, and longer ones get a 431.',
  },
];

const { Spectral } = spectralCore;

async function findings(document: object): Promise<{ rule: string; place: string; message: string }[]> {
  const spectral = new Spectral();
  const ruleset: RulesetDefinition = {
    extends: [
      [rulesets.oas as RulesetDefinition, 'all'],
      // The package has types only for its CommonJS build.
      [owasp as unknown as RulesetDefinition, 'all'],
    ],
    rules: Object.fromEntries(Object.keys(SWITCHED_OFF).map((rule) => [rule, 'off' as const])),
  };
  spectral.setRuleset(ruleset);
  const found = await spectral.run(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
  return found.map(({ code, path, message }) => ({ rule: String(code), place: `${path.join(' ')} `, message }));
}

describe('the description, checked by Spectral', function () {
  this.timeout(60_000);

  it('follows the rules of OpenAPI and OWASP, except for the accepted findings', async () => {
    const found = await findings(openApiDocument());
    const unexplained = found.filter(
      (finding) => !EXPLAINED.some(({ rule, place }) => rule.test(finding.rule) && place.test(finding.place)),
    );
    expect(unexplained.map(({ rule, place, message }) => `${rule} ${place} ${message}`)).to.deep.equal([]);
    const idle = EXPLAINED.filter(
      (each) => !found.some(({ rule, place }) => each.rule.test(rule) && each.place.test(place)),
    );
    expect(idle).to.deep.equal([]);
  });

  it('can fail', async () => {
    // A description with one operation is enough, and takes much less time than the whole.
    const found = await findings({
      openapi: '3.1.1',
      info: { title: 'Numbers', version: '1' },
      paths: { '/numbers/{number}': { get: { responses: { 200: { description: 'x' } } } } },
    });
    expect(found.map(({ rule }) => rule)).to.include.members([
      'operation-operationId',
      'path-params',
      'owasp:api8:2023-define-error-responses-500',
    ]);
  });
});
