import { expect } from 'chai';
import { OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';
import type { OpportunityAction, OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { eventually } from '../../support/system/eventually.ts';
import {
  type Answer,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

type Act = (member: Member, id: string) => Promise<Answer>;

const at = (id: string) => `${OPPORTUNITIES}/${id}`;
const ACTIONS = {
  edit: (member, id) => member.call('PATCH', at(id), { body: { title: `Changed ${Math.random()}` } }),
  publish: (member, id) => member.post(`${at(id)}/publish`),
  close: (member, id) => member.post(`${at(id)}/close`, { reason: 'filled' }),
  reopen: (member, id) => member.post(`${at(id)}/reopen`),
  remove: (member, id) => member.post(`${at(id)}/remove`, { reason: 'Not what this place is for.' }),
  restore: (member, id) => member.post(`${at(id)}/restore`),
  delete: (member, id) => member.call('DELETE', at(id)),
} satisfies Record<OpportunityAction, Act>;
type Action = keyof typeof ACTIONS;

/** The actions that lead from a draft to each status. */
const WAYS = {
  draft: [],
  published: ['publish'],
  closed: ['publish', 'close'],
  removed: ['publish', 'remove'],
  deleted: ['delete'],
} as const satisfies Record<OpportunityStatus, readonly Action[]>;
type Status = keyof typeof WAYS;

/** The HTTP status when the actor is permitted: 409 when the status does not allow the action, 404 when nobody sees the opportunity. */
const AFTER: Record<Action, Record<Status, Status | 409 | 404 | 204>> = {
  edit: { draft: 'draft', published: 'published', closed: 'closed', removed: 409, deleted: 404 },
  publish: { draft: 'published', published: 409, closed: 409, removed: 409, deleted: 404 },
  close: { draft: 409, published: 'closed', closed: 409, removed: 409, deleted: 404 },
  reopen: { draft: 409, published: 409, closed: 'published', removed: 409, deleted: 404 },
  remove: { draft: 'removed', published: 'removed', closed: 'removed', removed: 409, deleted: 404 },
  restore: { draft: 409, published: 409, closed: 409, removed: 'published', deleted: 404 },
  delete: { draft: 204, published: 204, closed: 204, removed: 409, deleted: 204 },
};

/** The actors that may do each action. */
const MAY: Record<Action, readonly string[]> = {
  edit: ['owner', 'admin'],
  publish: ['owner', 'admin'],
  close: ['owner', 'moderator', 'admin'],
  reopen: ['owner', 'admin'],
  remove: ['moderator', 'admin'],
  restore: ['moderator', 'admin'],
  delete: ['owner', 'admin'],
};

const SEES: Record<string, readonly Status[]> = {
  owner: ['draft', 'published', 'closed', 'removed'],
  stranger: ['published', 'closed'],
  moderator: ['draft', 'published', 'closed', 'removed'],
  admin: ['draft', 'published', 'closed', 'removed'],
};

function expected(who: string, action: Action, status: Status): Status | number {
  const knowsTombstone = action === 'delete' && status === 'deleted' && MAY.delete.includes(who);
  if (!SEES[who]!.includes(status) && !knowsTombstone) return 404;
  if (!MAY[action].includes(who)) return 403;
  return AFTER[action][status];
}

describe('the life cycle over HTTP', () => {
  let service: InMemoryService;
  let members: Record<string, Member>;

  before(async () => {
    service = await startInMemoryService();
    members = {
      owner: service.as('owner'),
      stranger: service.as('stranger'),
      moderator: service.as('mo', 'moderator'),
      admin: service.as('root', 'admin'),
    };
  });

  after(() => service.app.stop());

  async function anOpportunityThatIs(status: Status): Promise<string> {
    const { id } = await members['owner']!.posts({ status: 'draft' });
    for (const action of WAYS[status]) await ACTIONS[action](members['admin']!, id);
    return id;
  }

  for (const action of Object.keys(ACTIONS) as Action[])
    for (const status of Object.keys(WAYS) as Status[])
      for (const who of Object.keys(SEES)) {
        const outcome = expected(who, action, status);
        it(`${who}, ${action}, ${status}: ${outcome}`, async () => {
          const id = await anOpportunityThatIs(status);
          const before = service.database.opportunities.get(id)!.state;

          const answer = await ACTIONS[action](members[who]!, id);

          const after = service.database.opportunities.get(id)!.state;
          if (typeof outcome === 'string') {
            expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
            expect(answer.body).to.include({ status: outcome, version: before.version + 1 });
          } else {
            expect(answer.status, JSON.stringify(answer.body)).to.equal(outcome);
            if (outcome === 409) expect(answer.body).to.include({ code: 'invalid_state', currentStatus: status });
            if (outcome !== 204 || status === 'deleted') expect(after).to.deep.equal(before);
          }
        });
      }

  it('publishes a message for every change, valid by its schema, in order', async () => {
    const { id } = await members['owner']!.posts({ status: 'draft', applyEmail: 'jobs@example.org' });
    const admin = members['admin']!;
    for (const action of ['edit', 'publish', 'close', 'reopen', 'remove', 'restore', 'delete'] as const)
      await ACTIONS[action](admin, id);

    const events = await eventually(() => {
      const published = service.broker.published.filter(({ key }) => key === id);
      return published.length === 8 ? published : undefined;
    });
    expect(events.map(({ attributes }) => attributes['type']?.split('.')[1])).to.deep.equal(
      ['Created', 'Updated', 'Published', 'Closed', 'Reopened', 'Removed', 'Restored', 'Deleted'].map(
        (name) => `Opportunity${name}`,
      ),
    );
    events.forEach(({ attributes, payload }, index) => {
      expect(attributes['sequence']).to.equal(String(index + 1));
      const contract = Object.values(OPPORTUNITY_EVENTS_V1).find(({ type }) => type === attributes['type']);
      expect(contract?.schema.parse(JSON.parse(payload))).to.deep.equal(JSON.parse(payload));
      expect(payload).to.not.contain('jobs@example.org');
    });
    const [, updated, , , , removed, , deleted] = events.map(
      ({ payload }) => JSON.parse(payload) as Record<string, unknown>,
    );
    expect(updated).to.deep.include({ changedFields: ['title'] });
    expect(removed).to.include({ reason: 'Not what this place is for.' });
    expect(deleted).to.have.nested.property('opportunity.status', 'deleted');
  });

  it('shows the removal reason to the owner, and hides the opportunity from all others', async () => {
    const id = await anOpportunityThatIs('removed');
    expect((await members['owner']!.get(at(id))).body).to.include({
      status: 'removed',
      removalReason: 'Not what this place is for.',
    });
    expect((await members['stranger']!.get(at(id))).status).to.equal(404);
    expect((await members['owner']!.get(at(id))).body).to.not.have.any.keys('removedFrom', 'deletedAt');
  });

  it('requires a removal reason of at most 500 characters', async () => {
    const { id } = await members['owner']!.posts();
    for (const [body, code] of [
      [{}, 'required'],
      [{ reason: '' }, 'too_short'],
      [{ reason: 'x'.repeat(501) }, 'too_long'],
      [{ reason: 'a\u0000b' }, 'invalid_characters'],
    ] as const) {
      const { status, body: problem } = await members['moderator']!.post(`${at(id)}/remove`, body);
      expect([status, problem.errors[0]?.pointer, problem.errors[0]?.code]).to.deep.equal([422, '#/reason', code]);
    }
  });

  it('counts the characters of the normalised reason', async () => {
    const { id } = await members['owner']!.posts();
    const reason = 'é'.repeat(500).normalize('NFD');
    const { status, body } = await members['moderator']!.post(`${at(id)}/remove`, { reason });
    expect([status, body['removalReason']]).to.deep.equal([200, reason.normalize('NFC')]);
  });

  it('does not reopen an opportunity with a passed deadline, and names the deadline', async () => {
    const deadlineAt = new Date(service.clock.now().getTime() + 60_000).toISOString();
    const { id } = await members['owner']!.posts({ deadlineAt });
    await ACTIONS.close(members['owner']!, id);
    service.clock.advance(120_000);
    const { status, body } = await ACTIONS.reopen(service.as('owner'), id);
    expect([status, body.code, body.errors[0]?.pointer]).to.deep.equal([409, 'not_publishable', '#/deadlineAt']);
  });

  it('shows deleted opportunities in no list', async () => {
    const lister = service.as('lister');
    const kept = await lister.posts();
    const { id } = await lister.posts();
    await ACTIONS.delete(lister, id);
    const { body } = await lister.get(`${OPPORTUNITIES}?mine=true`);
    expect(body.items.map((item) => item.id)).to.deep.equal([kept.id]);
  });
});
