import { expect } from 'chai';
import { OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';
import { OpportunityStateV1 } from '#application/messages/opportunity-state-v1';
import {
  CLOSE_REASONS,
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
  TRANSITIONS,
} from '#domain/opportunities/opportunity-status';
import { COMPACT_FIELD_NAMES, FIELD_NAMES } from '#interfaces/http/opportunities/opportunity-fields';
import { ACTIONS, POSTED_ACTIONS } from '../support/opportunities/life-cycle.ts';
import { DONE_BY, SEEN_BY } from '../support/opportunities/opportunity-model.ts';
import { read } from './source-tree.ts';

const STATUS_PAGE = 'docs/architects/add-a-status.md';
const ACTION_PAGE = 'docs/architects/add-a-use-case.md';
const EVENT_PAGE = 'docs/architects/add-an-event.md';
const ADAPTER_PAGE = 'docs/architects/add-an-adapter.md';
const FIELD_PAGE = 'docs/architects/add-a-field.md';

/** A file that repeats a list of the code for its readers. Neither the compiler nor a running service can tell that it is complete. */
type Place = {
  readonly file: string;
  /** The page that tells what to do when the list grows. */
  readonly page: string;
  /** Says what the text lacks. Each sentence begins with a verb and fits after "docs/app/api.md must". */
  readonly lacks: (text: string) => string[];
};

const PLACES: readonly Place[] = [
  {
    file: 'docs/app/api.md',
    page: ACTION_PAGE,
    lacks: (text) => [
      ...POSTED_ACTIONS.filter((action) => !text.includes(`| \`POST /api/v1/opportunities/{id}/${action}\` `)).map(
        (action) => `have a row for POST /api/v1/opportunities/{id}/${action} in the table of requests`,
      ),
      ...ACTIONS.map(statusRow)
        .filter((row) => !rowsIn(sectionOf(text, 'Status')).includes(row))
        .map((row) => `have the row "${row}" in the section "Status"`),
    ],
  },
  {
    file: 'docs/app/api.md',
    page: STATUS_PAGE,
    lacks: (text) => [
      ...OPPORTUNITY_STATUSES.filter((status) => !isSeenAsSaid(status, sectionOf(text, 'Who sees what'))).map(
        (status) =>
          `name ${status} in the section "Who sees what", in the row of statuses that ${SEEN_BY[status]} can see`,
      ),
      ...OPPORTUNITY_STATUSES.filter((status) => SEEN_BY[status] !== 'nobody')
        .filter((status) => !lineWith(sectionOf(text, 'Lists'), '| `status`').includes(`\`${status}\``))
        .map((status) => `name \`${status}\` in the row of the list parameter \`status\``),
      ...CLOSE_REASONS.filter((reason) => !lineWith(text, 'The `reason` of a close').includes(`\`${reason}\``)).map(
        (reason) => `name \`${reason}\` among the reasons of a close`,
      ),
    ],
  },
  {
    file: 'docs/app/api.md',
    page: FIELD_PAGE,
    lacks: (text) => [
      ...FIELD_NAMES.filter((field) => !fieldsDescribedIn(sectionOf(text, 'Fields')).has(field)).map(
        (field) => `describe the field ${field} in the tables of the section "Fields"`,
      ),
      ...keysThatDiffer(jsonIn(sectionOf(text, 'Post one')).at(-1), FIELD_NAMES).map(
        (difference) => `${difference} in the example of the section "Post one"`,
      ),
      ...keysThatDiffer(firstItem(jsonIn(sectionOf(text, 'Lists'))[0]), COMPACT_FIELD_NAMES).map(
        (difference) => `${difference} in the example of the section "Lists"`,
      ),
    ],
  },
  {
    file: 'docs/consumers/events.md',
    page: EVENT_PAGE,
    lacks: (text) => [
      ...Object.values(OPPORTUNITY_EVENTS_V1)
        .filter(({ type }) => !text.includes(`| \`${type}\` `))
        .map(({ type }) => `have a row for ${type} in the table of types`),
      ...CLOSE_REASONS.filter(
        (reason) => !lineWith(text, '| `opportunities.OpportunityClosed.v1`').includes(`\`${reason}\``),
      ).map((reason) => `name the reason \`${reason}\` in the row of OpportunityClosed`),
    ],
  },
  {
    file: 'docs/consumers/events.md',
    page: FIELD_PAGE,
    lacks: (text) => {
      const examples = jsonIn(text);
      if (examples.length === 0) return ['have an example of an event'];
      const fields = Object.keys(OpportunityStateV1.shape);
      return examples.flatMap((example) =>
        keysThatDiffer((example as { opportunity?: unknown }).opportunity, fields).map(
          (difference) => `${difference} in each example of an event`,
        ),
      );
    },
  },
  {
    file: 'docs/glossary.md',
    page: STATUS_PAGE,
    lacks: (text) =>
      OPPORTUNITY_STATUSES.filter((status) => !lineWith(text, '| **status** ').includes(status)).map(
        (status) => `name ${status} in the row of "status"`,
      ),
  },
  {
    file: 'requests.http',
    page: ACTION_PAGE,
    lacks: (text) =>
      POSTED_ACTIONS.filter((action) => !text.includes(`{{opportunities}}/{{id}}/${action}\n`)).map(
        (action) => `have a request for {{opportunities}}/{{id}}/${action}`,
      ),
  },
  {
    file: 'tests/outside/hooks.py',
    page: ACTION_PAGE,
    lacks: (text) =>
      POSTED_ACTIONS.flatMap((action) => {
        const starts = startsIn(text, action);
        const from: readonly OpportunityStatus[] = TRANSITIONS[action].from;
        if (starts.length === 0)
          return [`say in STARTS in which statuses ${action}Opportunity is allowed: ${from.join(', ')}`];
        return starts
          .filter((status) => !from.some((each) => each === status))
          .map((status) => `not have ${status} in the STARTS of ${action}Opportunity, because no edge starts there`);
      }),
  },
  {
    file: 'schemathesis.toml',
    page: ACTION_PAGE,
    lacks: (text) => {
      const mayGet412 = /include-operation-id = \[([^\]]*)\]\n\[operations\.checks\.positive_data_acceptance\]/.exec(
        text,
      )?.[1];
      return ACTIONS.filter((action) => !(mayGet412 ?? '').includes(`"${action}Opportunity"`)).map(
        (action) => `list "${action}Opportunity" among the operations that may get 412`,
      );
    },
  },
  {
    file: 'docs/operators/configuration.md',
    page: ADAPTER_PAGE,
    lacks: (text) =>
      [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)]
        .map(([, name]) => name!)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(text))
        .map((name) => `describe the environment variable ${name}`),
  },
  {
    file: 'CHANGELOG.md',
    page: ACTION_PAGE,
    lacks: (text) =>
      [...namesOfTheApi('docs/openapi.json')]
        .filter((name) => !namesOfTheApi('docs/released/openapi.json').has(name))
        .filter((name) => !sectionOf(text, '[Unreleased]').includes(name))
        .map((name) => `name "${name}" under Unreleased, because the released API does not have it`),
  },
];

describe('a list of the code that another file repeats', () => {
  for (const place of PLACES)
    it(`is complete in ${place.file}, as ${place.page} says`, () => {
      expect(advice(place, read(place.file))).to.deep.equal([]);
    });

  for (const place of PLACES.filter(({ file }) => file !== 'CHANGELOG.md'))
    it(`would be missed in ${place.file} (${place.page})`, () => {
      expect(advice(place, '')).to.not.deep.equal([]);
    });

  it('is listed on the page that tells what to do', () => {
    expect(PLACES.filter(({ file, page }) => !read(page).includes(`\`${file}\``))).to.deep.equal([]);
  });

  it('is missed with a sentence that says what to do', () => {
    const place = PLACES.find(({ file }) => file === 'docs/glossary.md')!;
    const glossary = read(place.file).replace(/removed/g, 'gone');
    expect(advice(place, glossary)).to.include(
      'docs/glossary.md must name removed in the row of "status". See docs/architects/add-a-status.md.',
    );
  });

  it('has no status in STARTS from which the table of transitions has no edge', () => {
    const place = PLACES.find(({ file }) => file === 'tests/outside/hooks.py')!;
    const hooks = read(place.file).replace('"closeOpportunity": {"published"}', '"closeOpportunity": {"draft"}');
    expect(advice(place, hooks)).to.include(
      'tests/outside/hooks.py must not have draft in the STARTS of closeOpportunity, because no edge starts there. ' +
        `See ${ACTION_PAGE}.`,
    );
  });
});

function advice({ file, page, lacks }: Place, text: string): string[] {
  return lacks(text).map((what) => `${file} must ${what}. See ${page}.`);
}

/** The row of an action in the table of the section "Status", with one space between words. */
function statusRow(action: OpportunityAction): string {
  const { from, to } = TRANSITIONS[action];
  const path = { edit: '`PATCH`', delete: '`DELETE`' }[action as string] ?? `\`/${action}\``;
  const after =
    { 'as it was': 'as it was', 'as before its removal': 'as before', deleted: 'gone' }[to as string] ?? `\`${to}\``;
  const who = {
    'owner and admins': 'its owner, an admin',
    'owner and staff': 'its owner, a moderator, an admin',
    staff: 'a moderator, an admin',
  }[DONE_BY[action]];
  return `| ${from.map((status) => `\`${status}\``).join(', ')} | ${path} | ${after} | ${who} |`;
}

function rowsIn(text: string): string[] {
  return text.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
}

function isSeenAsSaid(status: OpportunityStatus, section: string): boolean {
  const seen = {
    everybody: '| yes | yes | yes |',
    'owner and staff': '| yes | yes | no |',
    nobody: '| no | no | no |',
  };
  return rowsIn(section).some((row) => row.endsWith(seen[SEEN_BY[status]]) && new RegExp(`\\b${status}\\b`).test(row));
}

/** The text below a heading of the second level, up to the next one. */
function sectionOf(text: string, heading: string): string {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  return section.split('\n## ')[0]!;
}

function lineWith(text: string, beginning: string): string {
  return text.split('\n').find((line) => line.startsWith(beginning)) ?? '';
}

/** The fields that the first columns of the tables name; of a dotted name, the first part. */
function fieldsDescribedIn(text: string): Set<string> {
  const cells = [...text.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell!);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name!)));
}

function jsonIn(text: string): unknown[] {
  return [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, json]) => JSON.parse(json!) as unknown);
}

function firstItem(page: unknown): unknown {
  return (page as { items?: unknown[] } | undefined)?.items?.[0];
}

function keysThatDiffer(example: unknown, fields: readonly string[]): string[] {
  const keys = Object.keys(example ?? {});
  return [
    ...fields.filter((field) => !keys.includes(field)).map((field) => `have the field ${field}`),
    ...keys.filter((key) => !fields.includes(key)).map((key) => `not have the field ${key}`),
  ];
}

function startsIn(hooks: string, action: OpportunityAction): string[] {
  const [, set = ''] = new RegExp(`"${action}Opportunity": \\{([^}]*)\\}`).exec(hooks) ?? [];
  return [...set.matchAll(/"(\w+)"/g)].map(([, status]) => status!);
}

/** Paths, fields, statuses and event types of an OpenAPI document. */
function namesOfTheApi(file: string): Set<string> {
  type Properties = Record<string, { 'x-extensible-enum'?: string[] }>;
  type Document = { paths: object; components: { schemas: { Opportunity: { properties: Properties } } } };
  const text = read(file);
  const { paths, components } = JSON.parse(text) as Document;
  const { properties } = components.schemas.Opportunity;
  return new Set([
    ...Object.keys(paths),
    ...Object.keys(properties),
    ...(properties['status']?.['x-extensible-enum'] ?? []),
    ...[...text.matchAll(/opportunities\.Opportunity\w+\.v\d+/g)].map(([type]) => type),
  ]);
}
