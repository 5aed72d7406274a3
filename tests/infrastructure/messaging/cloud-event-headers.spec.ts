import { expect } from 'chai';
import fc from 'fast-check';
import { messageOf } from '#application/messages/opportunity-events-v1';
import { attributeName, cloudEventHeaders } from '#infrastructure/messaging/cloud-event-headers';
import { attributesIn, storedHeaders } from '#infrastructure/persistence/outbox/stored-headers';
import { anOpportunity } from '../../support/opportunities/an-opportunity.ts';

const KEY = '01900000-0000-7000-8000-00000000abcd';
const ID = '01900000-0000-7000-9000-00000000abcd';
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The headers that every version has put on the topic, and that the version before stored in the outbox. */
const HEADERS = {
  ce_specversion: '1.0',
  ce_id: ID,
  ce_type: 'opportunities.OpportunityCreated.v1',
  ce_source: '/opportunities',
  ce_subject: KEY,
  ce_time: '2026-06-01T12:00:00.000Z',
  ce_dataschema: 'urn:opportunities:schema:opportunities.OpportunityCreated.v1',
  ce_sequence: '1',
  'content-type': 'application/json',
};
const REPLAYED = { ...HEADERS, traceparent: TRACEPARENT, ce_replayedat: '2026-11-26T12:00:00.000Z' };

const attributes = () => messageOf(anOpportunity({ id: KEY, at: new Date(HEADERS.ce_time) }).created, ID).attributes;

/** Names as versions of this service write them, and names that look almost like them. */
const anyHeaders = () =>
  fc.dictionary(
    fc.oneof(
      fc.constantFrom(...Object.keys(REPLAYED), 'ce_traceparent', 'ce_datacontenttype', 'ce_', ':', ':x', '__proto__'),
      fc.string().map((name) => `ce_${name}`),
      fc.string(),
    ),
    fc.string(),
    { noNullPrototype: true },
  );

describe('the attributes of a message', () => {
  it('become the headers of a CloudEvent in Kafka’s binary content mode', () => {
    expect(cloudEventHeaders(attributes())).to.deep.equal(HEADERS);
  });

  it('are stored as the same headers, so that the relay of the version before publishes them as they are', () => {
    expect(storedHeaders(attributes())).to.deep.equal(HEADERS);
    const replayed = { ...attributes(), traceparent: TRACEPARENT, replayedat: REPLAYED.ce_replayedat };
    expect(storedHeaders(replayed)).to.deep.equal(REPLAYED);
  });

  it('of a row from the version before become its headers again, in the same order', () => {
    for (const stored of [HEADERS, REPLAYED, {}])
      expect(Object.entries(cloudEventHeaders(attributesIn(stored)))).to.deep.equal(Object.entries(stored));
  });

  it('of any row become exactly its headers, whatever they are called', () => {
    fc.assert(
      fc.property(anyHeaders(), (stored) => {
        const found = attributesIn(stored);
        expect(cloudEventHeaders(found)).to.deep.equal(stored);
        expect(storedHeaders(found)).to.deep.equal(stored);
      }),
    );
  });

  it('have the same names, read from the topic or from the outbox', () => {
    fc.assert(
      fc.property(anyHeaders(), (headers) => {
        expect(Object.keys(headers).map(attributeName)).to.have.members(Object.keys(attributesIn(headers)));
      }),
    );
  });
});
