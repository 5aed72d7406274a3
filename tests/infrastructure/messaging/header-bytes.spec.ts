import { expect } from 'chai';
import { cloudEventHeaders } from '#infrastructure/messaging/cloud-event-headers';
import { HeaderBytes } from '#infrastructure/messaging/platformatic-event-publisher';

const textsOf = (headers: Map<Buffer, Buffer>) =>
  Array.from(headers, ([name, bytes]) => [name.toString(), bytes.toString()]);

describe('HeaderBytes', () => {
  it('gives the UTF-8 of the name and the value of each header, in order', () => {
    const attributes = { type: 'created', subject: 'zażółć', traceparent: '' };
    expect(textsOf(new HeaderBytes().of(attributes))).to.deep.equal(Object.entries(cloudEventHeaders(attributes)));
  });

  it('encodes a repeated value once, and a changed value again', () => {
    const bytes = new HeaderBytes();
    const [first, second, third] = ['created', 'created', 'closed'].map((type, number) =>
      Array.from(bytes.of({ type, id: String(number) })),
    );
    expect(first?.[0]?.[1]).to.equal(second?.[0]?.[1]);
    expect(first?.map(([name]) => name)).to.have.ordered.members(third?.map(([name]) => name) ?? []);
    const texts = [first, second, third].map((headers) => headers?.map(([, text]) => text.toString()));
    expect(texts).to.deep.equal([
      ['created', '0'],
      ['created', '1'],
      ['closed', '2'],
    ]);
  });
});
