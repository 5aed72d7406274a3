import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import owasp from '@stoplight/spectral-owasp-ruleset';
import rulesets from '@stoplight/spectral-rulesets';
import { expect } from 'chai';
import { openApiDocument } from '#interfaces/http/reference/openapi-document';

/** Rules that do not fit here at all. */
const SWITCHED_OFF: Record<string, string> = {
  'info-contact': 'It is the service of one organisation; who runs it, the organisation knows.',
  'info-license': 'Its API is not licensed to the public.',
  'license-url': 'As above.',
  'openapi-tags-alphabetical': 'They stand in the order in which one reads them.',
  'owasp:api4:2023-string-restricted':
    'A text that people write has no format. Which characters it may have, stands in its pattern; what only the service writes needs none.',
  'owasp:api8:2023-define-cors-origin':
    'Only browser apps of listed origins get the header, with any answer; by default none does. See docs/app/api.md.',
};

/** Findings that are as they should be, by rule and place. */
const EXPLAINED: readonly { rule: RegExp; place: RegExp; reason: string }[] = [
  {
    rule: /^owasp:api2:2023-read-restricted$|^owasp:api8:2023-define-error-responses-401$/,
    place: /^paths \/(problems|problems\/\{code\}|schemas\/\{type\}\.json|health\/live|health\/ready|metrics) get /,
    reason: 'Needs no token: the same for everybody, and nothing of anybody.',
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
    reason: 'Headers have a limit that they share: 16 KiB, or 431.',
  },
];

const { Spectral } = spectralCore;

async function findings(document: object): Promise<{ rule: string; place: string; message: string }[]> {
  const spectral = new Spectral();
  const ruleset: RulesetDefinition = {
    extends: [
      [rulesets.oas as RulesetDefinition, 'all'],
      // Its types are those of the CommonJS build.
      [owasp as unknown as RulesetDefinition, 'all'],
    ],
    rules: Object.fromEntries(Object.keys(SWITCHED_OFF).map((rule) => [rule, 'off' as const])),
  };
  spectral.setRuleset(ruleset);
  const found = await spectral.run(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
  return found.map(({ code, path, message }) => ({ rule: String(code), place: `${path.join(' ')} `, message }));
}

describe('the description, as Spectral sees it', function () {
  this.timeout(60_000);

  it('keeps the rules of OpenAPI and of OWASP, but for what is explained', async () => {
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

  it('would not be without findings', async () => {
    const { paths, ...rest } = openApiDocument();
    const found = await findings({
      ...rest,
      paths: { ...paths, '/numbers/{number}': { get: { responses: { 200: { description: 'x' } } } } },
    });
    expect(found.map(({ rule }) => rule)).to.include.members([
      'operation-operationId',
      'path-params',
      'owasp:api8:2023-define-error-responses-500',
    ]);
  });
});
