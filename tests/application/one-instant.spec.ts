import { expect } from 'chai';
import { inMemoryApplicationWith } from '../support/in-memory/in-memory-application.ts';
import { aListCommand } from '../support/opportunities/a-listing.ts';
import { SOME_DAY, someDetails } from '../support/opportunities/an-opportunity.ts';
import { loadedOpportunity } from '../support/opportunities/loaded-opportunity.ts';
import { ADMIN, OWNER } from '../support/opportunities/some-actors.ts';
import { CountingClock } from '../support/system/counting-clock.ts';
import { type OpportunityAction, type OpportunityStatus, TRANSITIONS } from '#domain/opportunities/opportunity-status';

const ACTIONS = Object.keys(TRANSITIONS) as OpportunityAction[];
const INPUT = { reason: 'filled', revise: () => ({ title: 'Another title' }) } as const;

/** Details with which people can apply for so many milliseconds more. */
const openUntil = (milliseconds: number) => someDetails({ deadlineAt: new Date(SOME_DAY.getTime() + milliseconds) });

describe('a use case', () => {
  let app: ReturnType<typeof inMemoryApplicationWith<CountingClock>>;

  beforeEach(() => {
    app = inMemoryApplicationWith(new CountingClock(SOME_DAY));
  });

  const readOnce = () => {
    expect(app.clock.readings, 'readings of the clock').to.have.length(1);
    return app.clock.readings[0]!;
  };

  it('reads the clock once when it creates an opportunity, for state, event and response', async () => {
    const view = await app.create.execute(OWNER, {
      details: someDetails({ opensAt: SOME_DAY, deadlineAt: new Date(SOME_DAY.getTime() + 1) }),
      status: 'published',
    });
    const at = readOnce();
    const [event] = app.events();
    for (const { createdAt, updatedAt, publishedAt } of [view, app.stored(view.id)!])
      expect([createdAt, updatedAt, publishedAt]).to.deep.equal([at, at, at]);
    expect(view.isOpen, 'at this instant, and not a second later').to.equal(true);
    expect([event?.time, event?.data.occurredAt, event?.data.opportunity['updatedAt']]).to.deep.equal(
      Array(3).fill(at.toISOString()),
    );
  });

  for (const action of ACTIONS)
    it(`reads the clock once for ${action}, for state, event and response`, async () => {
      const from: OpportunityStatus = TRANSITIONS[action].from[0];
      const id = app.given(loadedOpportunity(from));
      const view = await app.change.execute(ADMIN, action, { id, ...INPUT });
      const at = readOnce();
      const [event] = app.events();
      expect([view.updatedAt, app.stored(id)?.updatedAt]).to.deep.equal([at, at]);
      expect([event?.time, event?.data.occurredAt, event?.data.opportunity['updatedAt']]).to.deep.equal(
        Array(3).fill(at.toISOString()),
      );
    });

  it('reads the clock once when it lists what is open', async () => {
    app.given(loadedOpportunity('published', openUntil(1)));
    const page = await app.list.execute(OWNER, aListCommand({ fields: ['isOpen'], filter: { open: true } }));
    readOnce();
    expect(page.items).to.deep.equal([{ isOpen: true }]);
  });

  it('reads the clock once when it shows one opportunity', async () => {
    const id = app.given(loadedOpportunity('published', openUntil(1)));
    expect((await app.get.execute(OWNER, { id })).isOpen).to.equal(true);
    readOnce();
  });

  it('reads the clock once when it lists changes, for the items and for the token', async () => {
    app.given(loadedOpportunity('published', openUntil(1)));
    const { items, next } = await app.listChanges.execute(OWNER, { limit: 10 });
    expect(next.issuedAt).to.deep.equal(readOnce());
    expect(items.map(({ isOpen }) => isOpen)).to.deep.equal([true]);
  });

  it('reads the clock at most once when it revokes tokens, for the store and for the response', async () => {
    const revoked = await app.revokeTokens.execute(ADMIN, { userId: 'ada' });
    const at = app.clock.readings[0];
    expect(revoked.validAfter).to.deep.equal(at);
    expect(app.revocations.validAfter('ada')).to.deep.equal(at);
    expect(await app.getTokenRevocation.execute(ADMIN, { userId: 'ada' })).to.deep.equal(revoked);
  });
});
