import { expect } from 'chai';
import { HeaderBytes } from '#infrastructure/messaging/platformatic-event-publisher';

const textsOf = (headers: Map<Buffer, Buffer>) =>
  Array.from(headers, ([name, bytes]) => [name.toString(), bytes.toString()]);

describe('HeaderBytes', () => {
  it('gives the UTF-8 of each header, in order', () => {
    const headers = { ce_type: 'created', ce_subject: 'zażółć', traceparent: '' };
    expect(textsOf(new HeaderBytes().of(headers))).to.deep.equal(Object.entries(headers));
  });

  it('makes the bytes of a text that stays the same once, and others anew', () => {
    const bytes = new HeaderBytes();
    const [first, second, third] = ['created', 'created', 'closed'].map((type, number) =>
      Array.from(bytes.of({ ce_type: type, ce_id: String(number) })),
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
