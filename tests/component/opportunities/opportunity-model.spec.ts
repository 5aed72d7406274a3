import { expect } from 'chai';
import fc from 'fast-check';
import type { Message } from '#application/messages/message';
import type { Actor } from '#domain/actor';
import { SOME_DAY } from '../../support/opportunities/an-opportunity.ts';
import {
  type Answer,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  SMALLEST,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { POSTED_ACTIONS } from '../../support/opportunities/life-cycle.ts';
import {
  atHour,
  change,
  changed,
  changedFieldsOf,
  created,
  creation,
  detailsOf,
  isOpenAt,
  may,
  type Model,
  sees,
  stateOf,
} from '../../support/opportunities/opportunity-model.ts';
import { propertyRuns } from '../../support/system/property-runs.ts';

const ANN: Actor = { id: 'ann', role: 'user' };
const ROOT: Actor = { id: 'root', role: 'admin' };
const ACTORS: readonly Actor[] = [ANN, { id: 'ben', role: 'user' }, { id: 'mo', role: 'moderator' }, ROOT];

const what = fc.oneof(
  { weight: 14, arbitrary: change },
  { weight: 1, arbitrary: creation },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('read' as const) }) },
);
type What = typeof what extends fc.Arbitrary<infer T> ? T : never;

const call = fc.record({
  who: fc.constantFrom(...ACTORS, ANN, ANN, ROOT, ROOT),
  /** The place of the opportunity in the list of existing ones, counted from the newest. */
  which: fc.constantFrom<number[]>(0, 0, 0, 0, 1),
  what,
  /** The value of If-Match, or of If-None-Match for reading. */
  condition: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'current', 'one of two', 'stale', 'weak', 'any'),
  key: fc.option(fc.oneof(fc.nat(20).map(String), fc.constant('"1"')), { nil: undefined, freq: 5 }),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** Hours. No token is valid for more than a day, so all deadlines pass within one. */
const LAST_HOUR = 20;

/** A client may repeat its last request exactly. */
type Step = { readonly hoursLater: number; readonly call: Call | 'the last one again' };

const script: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    hoursLater: fc.constantFrom(0, 0, 0, 0, 1),
    call: fc.oneof(
      { weight: 5, arbitrary: call },
      { weight: 3, arbitrary: fc.constant('the last one again' as const) },
    ),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** Sequences that are rare by chance: each action and its retry, and a deadline that passes. */
const GRAND_TOUR: Step[] = [
  ...twice({ name: 'create', first: 'draft', said: { described: true, deadlineInHours: 2 } }),
  ...twice({ name: 'publish' }),
  step({ name: 'edit', said: { described: false } }),
  ...twice({ name: 'close', reason: 'filled' }),
  ...twice({ name: 'reopen' }),
  ...twice({ name: 'remove', reason: 'Spam.' }),
  step({ name: 'delete' }),
  ...twice({ name: 'restore' }),
  step({ name: 'close', reason: 'expired' }),
  { ...step({ name: 'reopen' }), hoursLater: 2 },
];

function step(action: What, key?: string): Step {
  return { hoursLater: 0, call: { who: ROOT, which: 0, what: action, condition: 'none', key } };
}

function twice(action: What): Step[] {
  return [step(action, `twice-${action.name}`), { hoursLater: 0, call: 'the last one again' }];
}

/** A call in terms of HTTP, with the facts that the model needs. */
type Request = {
  readonly who: Actor;
  readonly what: What;
  readonly id: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly condition: Call['condition'];
  /** The version in the condition, and its entity tag. */
  readonly version: number;
  readonly tag: string;
  readonly key: string | undefined;
};

/** The part of a response that the model can predict: no request ids and no dates. */
type Seen = {
  readonly status: number;
  readonly code?: string;
  readonly resource?: unknown;
  readonly etag?: string | null;
  readonly replayed?: true;
};

type Event = { readonly type: string | undefined; readonly sequence: string | undefined; readonly data: unknown };

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

function tagOf(model: Model, hours: number): string {
  return `"${model.version}${isOpenAt(model, hours) ? '-open' : ''}"`;
}

function seen(status: number, model: Model, id: string, hours: number): Seen {
  const { details, deletedAt, removedFrom, ...state } = stateOf(model, id);
  return {
    status,
    etag: tagOf(model, hours),
    resource: asJson({ ...state, ...details, isOpen: isOpenAt(model, hours) }),
  };
}

function eventOf(type: string, data: object, model: Model, id: string, actorId: string, hours: number): Event {
  const { details, removedFrom, removalReason, ...state } = stateOf(model, id);
  const { applyEmail, ...published } = details;
  return {
    type: `opportunities.${type}.v1`,
    sequence: String(model.version),
    data: asJson({ actorId, occurredAt: atHour(hours), opportunity: { ...published, ...state }, ...data }),
  };
}

function seenIn({ status, headers, body }: Answer): Seen {
  return {
    status,
    ...(status >= 400 && { code: body.code }),
    ...((status === 200 || status === 201) && { resource: body }),
    ...(headers.has('ETag') && { etag: headers.get('ETag') }),
    ...(headers.get('Idempotent-Replayed') === 'true' && { replayed: true }),
  };
}

function eventIn({ attributes, payload }: Message): Event {
  return { type: attributes['type'], sequence: attributes['sequence'], data: JSON.parse(payload) as unknown };
}

const STATUS = { invalid_state: 409, not_publishable: 409, validation_failed: 422 } as Record<string, number>;

/** The model of the service: the existing opportunities, and the response for each idempotency key. */
class World {
  readonly models = new Map<string, Model>();
  hours = 0;
  private readonly answers = new Map<string, { request: string; answer: Seen }>();

  requestFor({ who, which, what: action, condition, key }: Call): Request {
    const id = [...this.models.keys()].reverse()[which % this.models.size];
    if (id === undefined || action.name === 'create') {
      const first = action.name === 'create' ? action : ({ first: 'draft', said: NOTHING } as const);
      const body = { ...SMALLEST, ...detailsOf(first.said), status: first.first };
      const create = { name: 'create', ...first } as const;
      return { who, what: create, id: undefined, method: 'POST', path: OPPORTUNITIES, body, ...UNCONDITIONAL, key };
    }
    const path = `${OPPORTUNITIES}/${id}`;
    const model = this.models.get(id)!;
    const target = { who, what: action, id, condition, version: model.version, tag: tagOf(model, this.hours) };
    switch (action.name) {
      case 'read':
        return { ...target, method: 'GET', path, body: undefined, key: undefined };
      case 'edit':
        return { ...target, method: 'PATCH', path, body: detailsOf(action.said), key: undefined };
      case 'delete':
        return { ...target, method: 'DELETE', path, body: undefined, key: undefined };
      default: {
        const body = 'reason' in action ? { reason: action.reason } : undefined;
        return { ...target, method: 'POST', path: `${path}/${action.name}`, body, key };
      }
    }
  }

  /**
   * Returns the expected response.
   * @param newId the id of what the service created; undefined if it created nothing.
   */
  answerTo(request: Request, newId: string | undefined): { seen: Seen; event?: Event | undefined } {
    const { who, what: action, method, path, body, key } = request;
    // An invalid body is refused before the idempotency key is looked up.
    if (action.name === 'create' && action.first === 'published' && !action.said.described)
      return { seen: { status: 422, code: 'validation_failed' } };
    const name = key && `${who.id} ${key.replaceAll('"', '')}`;
    const same = JSON.stringify([method, path, body]);
    const earlier = name === undefined ? undefined : this.answers.get(name);
    if (earlier?.request === same) return { seen: { ...earlier.answer, replayed: true } };
    if (earlier) return { seen: { status: 422, code: 'idempotency_key_reused' } };
    const outcome = this.outcomeOf(request, newId);
    if (name !== undefined && outcome.seen.status < 300)
      this.answers.set(name, { request: same, answer: outcome.seen });
    return outcome;
  }

  private outcomeOf(request: Request, newId: string | undefined): { seen: Seen; event?: Event | undefined } {
    const { who, what: action, id, condition, version, tag } = request;
    const { hours } = this;
    const refused = (status: number, code: string) => ({ seen: { status, code } });
    if (action.name === 'create') {
      const birth = created(action, who.id, hours);
      if ('refusal' in birth) return refused(422, birth.refusal);
      this.models.set(newId!, birth.next);
      return {
        seen: seen(201, birth.next, newId!, hours),
        event: eventOf('OpportunityCreated', {}, birth.next, newId!, who.id, hours),
      };
    }
    const model = this.models.get(id!)!;
    const deletedAgain = action.name === 'delete' && model.status === 'deleted' && may(who, 'delete', model);
    if (deletedAgain) return { seen: { status: 204 } };
    if (!sees(who, model)) return refused(404, 'not_found');
    if (action.name === 'read') {
      const known =
        condition === 'any' || (condition !== 'none' && condition !== 'stale' && tag === tagOf(model, hours));
      return { seen: known ? { status: 304, etag: tag } : seen(200, model, id!, hours) };
    }
    if (!may(who, action.name, model)) return refused(403, 'forbidden');
    const named = condition === 'current' || condition === 'one of two' ? version : -1;
    if (condition !== 'none' && condition !== 'any' && named !== model.version)
      return refused(412, 'precondition_failed');
    const outcome = changed(model, action, hours);
    if ('refusal' in outcome) return refused(STATUS[outcome.refusal]!, outcome.refusal);
    const { event: name, next } = outcome;
    this.models.set(id!, next);
    const data = {
      ...('reason' in action && { reason: action.reason }),
      ...(action.name === 'edit' && { changedFields: changedFieldsOf(model, next) }),
    };
    return {
      seen: action.name === 'delete' ? { status: 204 } : seen(200, next, id!, hours),
      event: name && eventOf(name, data, next, id!, who.id, hours),
    };
  }
}

const NOTHING = { described: false, deadlineInHours: null };
const UNCONDITIONAL = { condition: 'none', version: 0, tag: '' } as const;

function headersOf({ method, condition, version, tag, key }: Request): Record<string, string> {
  const tags = {
    none: undefined,
    current: tag,
    'one of two': `"${version + 7}", ${tag}`,
    stale: `"${version + 1}"`,
    weak: `W/${tag}`,
    any: '*',
  };
  const value = tags[condition];
  return {
    ...(value !== undefined && { [method === 'GET' ? 'If-None-Match' : 'If-Match']: value }),
    ...(key !== undefined && { 'Idempotency-Key': key }),
  };
}

describe('the life of opportunities over HTTP', () => {
  let service: InMemoryService;
  let members: Map<string, Member>;

  before(async () => {
    // Without a relay, all messages stay in the outbox.
    service = await startInMemoryService({ ROLE: 'api' });
    members = new Map(ACTORS.map(({ id, role }) => [id, service.as(id, role)]));
  });

  after(() => service.app.stop());

  const send = (request: Request) =>
    members
      .get(request.who.id)!
      .call(request.method, request.path, { headers: headersOf(request), body: request.body });

  it('follows a small model, response by response and event by event', async () => {
    const covered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const world = new World();
        const { database, clock } = service;
        clock.advance(SOME_DAY.getTime() - clock.now().getTime());
        database.opportunities.clear();
        database.responses.clear();
        let last: Request | undefined;

        for (const { hoursLater, call: next } of steps) {
          world.hours = Math.min(world.hours + hoursLater, LAST_HOUR);
          clock.advance(atHour(world.hours).getTime() - clock.now().getTime());
          database.outbox = [];
          const request = typeof next === 'string' ? last : world.requestFor(next);
          if (!request) continue;
          last = request;

          const answer = await send(request);

          const { status, headers, body } = answer;
          const isNew = status === 201 && !world.models.has(body.id);
          const { seen: expected, event } = world.answerTo(request, isNew ? body.id : undefined);
          const about = JSON.stringify({ request, body });
          expect(seenIn(answer), about).to.deep.equal(expected);
          if (status === 201) expect(headers.get('Location')).to.equal(`${OPPORTUNITIES}/${body.id}`);
          expect(database.outbox.map(eventIn), about).to.deep.equal(event ? [event] : []);
          expect([...database.opportunities.values()].map(({ state }) => state)).to.deep.equal(
            [...world.models].map(([id, model]) => stateOf(model, id)),
          );
          covered.add(`${request.what.name}: ${expected.replayed ? 'replayed' : String(expected.code ?? status)}`);
        }
      }),
      // The seed is fixed, so that the assertions about coverage below always hold.
      {
        numRuns: propertyRuns(320),
        unbiased: true,
        seed: 20_260_601,
        examples: [[GRAND_TOUR]],
        skipAllAfterTimeLimit: 60_000,
      },
    );
    const refusals = ['not_found', 'forbidden', 'precondition_failed', 'invalid_state'];
    expect([...covered]).to.have.members([
      ...['201', 'replayed', 'validation_failed', 'idempotency_key_reused'].map((end) => `create: ${end}`),
      ...['200', '304', 'not_found'].map((end) => `read: ${end}`),
      ...['200', 'validation_failed', ...refusals].map((end) => `edit: ${end}`),
      ...['204', ...refusals].map((end) => `delete: ${end}`),
      ...POSTED_ACTIONS.flatMap((action) =>
        ['200', 'replayed', 'idempotency_key_reused', ...refusals].map((end) => `${action}: ${end}`),
      ),
      ...['publish: not_publishable', 'reopen: not_publishable', 'remove: validation_failed'],
    ]);
  }).timeout(90_000);
});
