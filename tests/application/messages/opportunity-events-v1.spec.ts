import { expect } from 'chai';
import { z } from 'zod';
import type { Message } from '#application/messages/message';
import { messageOf, OPPORTUNITY_EVENTS_V1 } from '#application/messages/opportunity-events-v1';
import type { OpportunityStatus } from '#domain/opportunities/opportunity-status';
import { anOpportunity, fullDetails, SOME_DAY, someDetails } from '../../support/opportunities/an-opportunity.ts';

const KEY = '01900000-0000-7000-8000-00000000abcd';
const EVENT = '01900000-0000-7000-9000-00000000abcd';
const EDITED = { title: 'Another title', deadlineAt: null, applyEmail: 'new@example.org', openings: 7 };
const later = (milliseconds: number) => new Date(SOME_DAY.getTime() + milliseconds);

/** The life of one opportunity, with a message of every type. */
function messages(details = fullDetails()) {
  const { opportunity, created } = anOpportunity({ id: KEY, status: 'draft', details });
  const published = opportunity.publish({ actorId: 'admin', at: later(1) });
  const closed = opportunity.close('filled', { actorId: 'moderator', at: later(2) });
  const reopened = opportunity.reopen({ actorId: 'owner', at: later(3) });
  const updated = opportunity.edit(EDITED, { actorId: 'owner', at: later(4) })!;
  const removed = opportunity.remove('Asks for money.', { actorId: 'moderator', at: later(5) });
  const restored = opportunity.restore({ actorId: 'moderator', at: later(6) });
  const deleted = opportunity.delete({ actorId: 'owner', at: later(7) })!;
  return {
    OpportunityCreated: messageOf(created, EVENT),
    OpportunityPublished: messageOf(published, EVENT),
    OpportunityClosed: messageOf(closed, EVENT),
    OpportunityReopened: messageOf(reopened, EVENT),
    OpportunityUpdated: messageOf(updated, EVENT),
    OpportunityRemoved: messageOf(removed, EVENT),
    OpportunityRestored: messageOf(restored, EVENT),
    OpportunityDeleted: messageOf(deleted, EVENT),
  };
}

type Name = keyof typeof OPPORTUNITY_EVENTS_V1;
type Data = { actorId: string; occurredAt: string; opportunity: Record<string, unknown> };
const NAMES = Object.keys(OPPORTUNITY_EVENTS_V1) as Name[];
const dataOf = ({ payload }: Message) => JSON.parse(payload) as Data;
const schemaOf = (name: Name): z.ZodType => OPPORTUNITY_EVENTS_V1[name].schema;

/** The sequence, the actor and the status that each message of messages() tells. */
const EXPECTED: Record<Name, readonly [sequence: string, actorId: string, status: OpportunityStatus]> = {
  OpportunityCreated: ['1', 'owner', 'draft'],
  OpportunityPublished: ['2', 'admin', 'published'],
  OpportunityClosed: ['3', 'moderator', 'closed'],
  OpportunityReopened: ['4', 'owner', 'published'],
  OpportunityUpdated: ['5', 'owner', 'published'],
  OpportunityRemoved: ['6', 'moderator', 'removed'],
  OpportunityRestored: ['7', 'moderator', 'published'],
  OpportunityDeleted: ['8', 'owner', 'deleted'],
};

describe('published messages', () => {
  it('have schemas that describe the properties to consumers', () => {
    const described = z.toJSONSchema(schemaOf('OpportunityUpdated'), { io: 'output' }) as {
      properties: Record<string, { description?: string }>;
    };
    const text = (name: string) => described.properties[name]?.description;
    expect(text('actorId')).to.equal('The user who made the change, by the user id of the token issuer.');
    expect(text('opportunity')).to.equal('The whole state of the opportunity right after the change.');
    expect(text('changedFields')).to.equal('Properties of the opportunity that are different now.');
  });

  it('have instants with milliseconds, and schemas that require them', () => {
    const data = dataOf(messages().OpportunityCreated);
    expect(schemaOf('OpportunityCreated').safeParse(data).success).to.equal(true);
    for (const occurredAt of ['2026-06-01T12:00:00Z', '2026-06-01T12:00:00.0001Z'])
      expect(schemaOf('OpportunityCreated').safeParse({ ...data, occurredAt }).success).to.equal(false);
    const opportunity = { ...data.opportunity, createdAt: '2026-06-01T12:00:00Z' };
    expect(schemaOf('OpportunityCreated').safeParse({ ...data, opportunity }).success).to.equal(false);
  });

  it('have the names that consumers know', () => {
    const types = Object.entries(OPPORTUNITY_EVENTS_V1).map(([name, { type }]) => [name, type]);
    expect(Object.fromEntries(types)).to.deep.equal({
      OpportunityCreated: 'opportunities.OpportunityCreated.v1',
      OpportunityUpdated: 'opportunities.OpportunityUpdated.v1',
      OpportunityPublished: 'opportunities.OpportunityPublished.v1',
      OpportunityClosed: 'opportunities.OpportunityClosed.v1',
      OpportunityReopened: 'opportunities.OpportunityReopened.v1',
      OpportunityRemoved: 'opportunities.OpportunityRemoved.v1',
      OpportunityRestored: 'opportunities.OpportunityRestored.v1',
      OpportunityDeleted: 'opportunities.OpportunityDeleted.v1',
    });
  });

  for (const name of NAMES) {
    const [sequence, actorId, status] = EXPECTED[name];
    describe(name, () => {
      it('has the attributes of a CloudEvent', () => {
        const { id, key, attributes } = messages()[name];
        const instant = later(Number(sequence) - 1).toISOString();
        expect({ id, key }).to.deep.equal({ id: EVENT, key: KEY });
        expect(attributes).to.deep.equal({
          specversion: '1.0',
          id: EVENT,
          type: `opportunities.${name}.v1`,
          source: '/opportunities',
          subject: KEY,
          time: instant,
          dataschema: `urn:opportunities:schema:opportunities.${name}.v1`,
          sequence: sequence,
          datacontenttype: 'application/json',
        });
        expect(instant).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      });

      it('tells the actor, the time, and the state right after the change', () => {
        const { actorId: actor, occurredAt, opportunity } = dataOf(messages()[name]);
        expect({ actor, occurredAt }).to.deep.equal({
          actor: actorId,
          occurredAt: later(Number(sequence) - 1).toISOString(),
        });
        expect(opportunity).to.include({ id: KEY, ownerId: 'owner', status, version: Number(sequence) });
      });

      it('matches its schema, with all optional fields and with none', () => {
        for (const details of [fullDetails(), someDetails()]) {
          const data = dataOf(messages(details)[name]);
          expect(schemaOf(name).parse(data)).to.deep.equal(data);
        }
      });

      it('contains no e-mail address', () => {
        const { payload, attributes } = messages()[name];
        const everything = payload + JSON.stringify(attributes);
        expect(everything)
          .to.not.contain('@')
          .and.not.contain(fullDetails().applyEmail)
          .and.not.contain('"applyEmail":');
      });

      it('may get new properties without breaking readers that use this schema', () => {
        const data = dataOf(messages()[name]);
        const future = {
          ...data,
          reasonCode: 7,
          opportunity: { ...data.opportunity, remoteFrom: ['ES'], location: null },
        };
        expect(schemaOf(name).safeParse(future).success).to.equal(true);
      });

      it('does not match its schema without any one of its current properties', () => {
        const data = dataOf(messages()[name]);
        const without = (whole: object, key: string) =>
          Object.fromEntries(Object.entries(whole).filter(([other]) => other !== key));
        const mutilated = [
          ...Object.keys(data).map((key) => without(data, key)),
          ...Object.keys(data.opportunity).map((key) => ({ ...data, opportunity: without(data.opportunity, key) })),
        ];
        const accepted = mutilated.filter((each) => schemaOf(name).safeParse(each).success);
        expect(accepted).to.deep.equal([]);
      });
    });
  }

  it('carry the whole state without the e-mail address, and without the removal, which only OpportunityRemoved tells', () => {
    const { opportunity } = anOpportunity();
    const expected = [...Object.keys(opportunity.state), ...Object.keys(fullDetails())].filter(
      (field) => !['details', 'applyEmail', 'removedFrom', 'removalReason'].includes(field),
    );
    for (const name of NAMES) expect(Object.keys(dataOf(messages()[name]).opportunity)).to.have.members(expected);
  });

  it('carry every value unchanged', () => {
    const said = JSON.parse(JSON.stringify({ ...fullDetails(), applyEmail: undefined })) as object;
    const { opportunity } = dataOf(messages().OpportunityCreated);
    expect(opportunity).to.deep.include({ ...said, publishedAt: null, closedAt: null, closeReason: null });
  });

  it('tell the reason for closing', () => {
    const data: unknown = dataOf(messages().OpportunityClosed);
    expect(data).to.have.property('reason', 'filled');
    expect(data).to.have.nested.property('opportunity.closeReason', 'filled');
  });

  it('tell the reason for a removal once, to everybody who may read the topic', () => {
    const { OpportunityRemoved, ...others } = messages();
    expect(dataOf(OpportunityRemoved)).to.have.property('reason', 'Asks for money.');
    for (const { payload } of Object.values(others)) expect(payload).to.not.contain('Asks for money.');
  });

  it('name the changed fields, but do not tell the new e-mail address', () => {
    const { OpportunityUpdated } = messages();
    const changedFields = ['title', 'deadlineAt', 'openings', 'applyEmail'];
    expect(dataOf(OpportunityUpdated)).to.have.deep.property('changedFields', changedFields);
    expect(dataOf(OpportunityUpdated).opportunity).to.include({
      title: 'Another title',
      deadlineAt: null,
      openings: 7,
    });
  });

  it('no longer tell the reason for closing after reopening', () => {
    const { opportunity } = dataOf(messages().OpportunityReopened);
    expect(opportunity).to.include({ closeReason: null, closedAt: null, publishedAt: later(1).toISOString() });
  });

  it('tell the time of the deletion, and null before it', () => {
    const { OpportunityDeleted, ...others } = messages();
    expect(dataOf(OpportunityDeleted).opportunity).to.include({ deletedAt: later(7).toISOString() });
    for (const each of Object.values(others)) expect(dataOf(each).opportunity).to.include({ deletedAt: null });
  });

  it('are never written when they would break the contract', () => {
    const { created } = anOpportunity();
    const broken = { ...created, opportunity: { ...created.opportunity, version: 0 } };
    expect(() => messageOf(broken, EVENT)).to.throw(z.ZodError);
  });

  for (const name of NAMES) {
    it(`${name} has a JSON Schema that allows new properties`, () => {
      const schema = z.toJSONSchema(schemaOf(name), { io: 'input' });
      const text = JSON.stringify(schema);
      expect(schema).to.include({ type: 'object' });
      expect(schema.required).to.include.members(['actorId', 'occurredAt', 'opportunity']);
      expect(text).to.contain('"deadlineAt"').and.not.contain('additionalProperties').and.not.contain('applyEmail');
    });
  }
});
