import { expect } from 'chai';
import { OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';
import type { Actor } from '#domain/actor';
import {
  OPPORTUNITY_STATUSES,
  type OpportunityAction,
  type OpportunityStatus,
} from '#domain/opportunities/opportunity-status';
import { eventually } from '../../support/system/eventually.ts';
import { ACTIONS, statusAfter, wayTo } from '../../support/opportunities/life-cycle.ts';
import { may, SEEN_BY, sees } from '../../support/opportunities/opportunity-model.ts';
import {
  type Answer,
  type InMemoryService,
  type Member,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';

type Act = (member: Member, id: string) => Promise<Answer>;

const at = (id: string) => `${OPPORTUNITIES}/${id}`;
const ACTS: Record<OpportunityAction, Act> = {
  edit: (member, id) => member.call('PATCH', at(id), { body: { title: `Changed ${Math.random()}` } }),
  publish: (member, id) => member.post(`${at(id)}/publish`),
  close: (member, id) => member.post(`${at(id)}/close`, { reason: 'filled' }),
  reopen: (member, id) => member.post(`${at(id)}/reopen`),
  remove: (member, id) => member.post(`${at(id)}/remove`, { reason: 'Not what this place is for.' }),
  restore: (member, id) => member.post(`${at(id)}/restore`),
  delete: (member, id) => member.call('DELETE', at(id)),
};

const ACTORS = {
  owner: { id: 'owner', role: 'user' },
  stranger: { id: 'stranger', role: 'user' },
  moderator: { id: 'mo', role: 'moderator' },
  admin: { id: 'root', role: 'admin' },
} as const satisfies Record<string, Actor>;
type Name = keyof typeof ACTORS;
const NAMES = Object.keys(ACTORS) as Name[];

/** The status after the action, or the HTTP status of a response that has none. */
function expected(who: Name, action: OpportunityAction, status: OpportunityStatus): OpportunityStatus | number {
  const opportunity = { ownerId: 'owner', status };
  const permitted = may(ACTORS[who], action, opportunity);
  if (action === 'delete' && status === 'deleted' && permitted) return 204;
  if (!sees(ACTORS[who], opportunity)) return 404;
  if (!permitted) return 403;
  const after = statusAfter(action, status);
  if (after === 'refused') return 409;
  return action === 'delete' ? 204 : after;
}

describe('the life cycle over HTTP', () => {
  let service: InMemoryService;
  let members: Record<Name, Member>;

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

  async function anOpportunityThatIs(status: OpportunityStatus): Promise<string> {
    const { id } = await members.owner.posts({ status: 'draft' });
    for (const action of wayTo(status)) await ACTS[action](members.admin, id);
    return id;
  }

  /** The ids in a new offline copy of the actor. */
  async function idsInCopyOf(who: Name): Promise<string[]> {
    type Page = { items: { id: string }[]; page: { nextToken: string; hasMore: boolean } };
    const ids: string[] = [];
    let query = 'limit=100';
    for (;;) {
      const { items, page } = (await members[who].get(`${OPPORTUNITIES}/changes?${query}`)).body as unknown as Page;
      ids.push(...items.map((item) => item.id));
      if (!page.hasMore) return ids;
      query = `limit=100&since=${page.nextToken}`;
    }
  }

  for (const action of ACTIONS)
    for (const status of OPPORTUNITY_STATUSES)
      for (const who of NAMES) {
        const outcome = expected(who, action, status);
        it(`${who}, ${action}, ${status}: ${outcome}`, async () => {
          const id = await anOpportunityThatIs(status);
          const before = service.database.opportunities.get(id)!.state;

          const answer = await ACTS[action](members[who], id);

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

  for (const status of OPPORTUNITY_STATUSES)
    for (const who of NAMES) {
      const visible = sees(ACTORS[who], { ownerId: 'owner', status });
      it(`${who}, reading, listing and synchronising what is ${status}: ${visible ? 'found' : 'not found'}`, async () => {
        const id = await anOpportunityThatIs(status);
        const read = await members[who].get(at(id));
        expect(read.status).to.equal(visible ? 200 : 404);
        if (visible) expect(read.body).to.include({ id, status });

        expect((await idsInCopyOf(who)).includes(id)).to.equal(visible);

        const list = await members[who].get(`${OPPORTUNITIES}?status=${status}&sort=-updatedAt&limit=100`);
        // A request for a status that nobody can read is refused.
        expect(list.status, JSON.stringify(list.body)).to.equal(SEEN_BY[status] === 'nobody' ? 400 : 200);
        if (list.status === 200) expect(list.body.items.map((item) => item.id).includes(id)).to.equal(visible);
      });
    }

  it('publishes a message for every change, valid by its schema, in order', async () => {
    const { id } = await members.owner.posts({ status: 'draft', applyEmail: 'jobs@example.org' });
    const admin = members.admin;
    const tour = ['edit', 'publish', 'close', 'reopen', 'remove', 'restore', 'delete'] as const;
    for (const action of tour) await ACTS[action](admin, id);

    const events = await eventually(() => {
      const published = service.broker.published.filter(({ key }) => key === id);
      return published.length === 1 + tour.length ? published : undefined;
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

  for (const action of ACTIONS)
    it(`publishes one message for ${action}, valid by its schema and with the status after the action`, async () => {
      const status = OPPORTUNITY_STATUSES.find((each) => statusAfter(action, each) !== 'refused')!;
      const id = await anOpportunityThatIs(status);
      await ACTS[action](members.admin, id);
      const events = await eventually(() => {
        const published = service.broker.published.filter(({ key }) => key === id);
        return published.length === wayTo(status).length + 2 ? published : undefined;
      });
      const { attributes, payload } = events.at(-1)!;
      const contract = Object.values(OPPORTUNITY_EVENTS_V1).find(({ type }) => type === attributes['type']);
      const data = JSON.parse(payload) as unknown;
      expect(contract?.schema.parse(data)).to.deep.equal(data);
      expect(data).to.have.nested.property('opportunity.status', statusAfter(action, status));
    });

  it('shows the removal reason to the owner, and hides the opportunity from all others', async () => {
    const id = await anOpportunityThatIs('removed');
    expect((await members.owner.get(at(id))).body).to.include({
      status: 'removed',
      removalReason: 'Not what this place is for.',
    });
    expect((await members.stranger.get(at(id))).status).to.equal(404);
    expect((await members.owner.get(at(id))).body).to.not.have.any.keys('removedFrom', 'deletedAt');
  });

  it('requires a removal reason of at most 500 characters', async () => {
    const { id } = await members.owner.posts();
    for (const [body, code] of [
      [{}, 'required'],
      [{ reason: '' }, 'too_short'],
      [{ reason: 'x'.repeat(501) }, 'too_long'],
      [{ reason: 'a\u0000b' }, 'invalid_characters'],
    ] as const) {
      const { status, body: problem } = await members.moderator.post(`${at(id)}/remove`, body);
      expect([status, problem.errors[0]?.pointer, problem.errors[0]?.code]).to.deep.equal([422, '#/reason', code]);
    }
  });

  it('counts the characters of the normalised reason', async () => {
    const { id } = await members.owner.posts();
    const reason = 'é'.repeat(500).normalize('NFD');
    const { status, body } = await members.moderator.post(`${at(id)}/remove`, { reason });
    expect([status, body['removalReason']]).to.deep.equal([200, reason.normalize('NFC')]);
  });

  it('does not reopen an opportunity with a passed deadline, and names the deadline', async () => {
    const deadlineAt = new Date(service.clock.now().getTime() + 60_000).toISOString();
    const { id } = await members.owner.posts({ deadlineAt });
    await ACTS.close(members.owner, id);
    service.clock.advance(120_000);
    const { status, body } = await ACTS.reopen(service.as('owner'), id);
    expect([status, body.code, body.errors[0]?.pointer]).to.deep.equal([409, 'not_publishable', '#/deadlineAt']);
  });

  it('shows deleted opportunities in no list', async () => {
    const lister = service.as('lister');
    const kept = await lister.posts();
    const { id } = await lister.posts();
    await ACTS.delete(lister, id);
    const { body } = await lister.get(`${OPPORTUNITIES}?mine=true`);
    expect(body.items.map((item) => item.id)).to.deep.equal([kept.id]);
  });
});
