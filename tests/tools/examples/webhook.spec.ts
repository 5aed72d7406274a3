import { expect } from 'chai';
import type { Message } from '#application/messages/message';
import { BrokerUnavailable, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { WebhookBrokerHealth } from '../../../examples/adapters/webhook/webhook-broker-health.ts';
import { WebhookEventPublisher } from '../../../examples/adapters/webhook/webhook-event-publisher.ts';
import { webhook } from '../../../examples/adapters/webhook/webhook.module.ts';
import { startInMemoryService } from '../../support/in-memory/in-memory-service.ts';
import { someId } from '../../support/opportunities/an-opportunity.ts';
import { WebhookReceiver } from '../../support/outbox/webhook-receiver.ts';
import { eventually } from '../../support/system/eventually.ts';
import { rejection } from '../../support/system/rejection.ts';

describe('the webhook example', () => {
  let receiver: WebhookReceiver;
  let publisher: WebhookEventPublisher;

  beforeEach(async () => {
    receiver = new WebhookReceiver();
    await receiver.server.heal();
    publisher = new WebhookEventPublisher({ url: receiver.server.url, token: 'a token', timeoutMs: 200 });
  });

  afterEach(() => receiver.server.break());

  const message = (key: string, attributes: Record<string, string> = {}): Message => {
    const id = someId();
    return { id, key, attributes: { id, specversion: '1.0', ...attributes }, payload: '{}' };
  };
  const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => id);

  it('sends the token of the settings', async () => {
    await publisher.publish([message('a')]);
    expect(receiver.authorization).to.equal('Bearer a token');
  });

  it('posts the messages of one key one after the other, and of several keys at the same time', async () => {
    receiver.delayMs = 5;
    const same = Array.from({ length: 6 }, () => message('a'));
    await publisher.publish(same);
    expect(receiver.mostAtOnce).to.equal(1);
    expect(idsOf(receiver.received)).to.deep.equal(idsOf(same));
    await publisher.publish(Array.from({ length: 20 }, () => message(someId())));
    expect(receiver.mostAtOnce).to.equal(8);
  });

  it('sends no later message of a key after a failure', async () => {
    const [first, second, third] = [message('a'), message('a'), message('a')];
    receiver.statuses.set(second.id, 503);
    expect(await rejection(publisher.publish([first, second, third]))).to.be.instanceOf(BrokerUnavailable);
    expect(idsOf(receiver.received)).to.deep.equal([first.id]);
  });

  it('calls only those messages refused that the receiver will never accept', async () => {
    const codes = { refused: [400, 413, 415, 422], unavailable: [302, 401, 403, 404, 408, 429, 500, 503] };
    for (const status of codes.refused) {
      const refused = message('a');
      receiver.statuses.set(refused.id, status);
      expect(await rejection(publisher.publish([refused])), String(status)).to.be.instanceOf(MessagesRefused);
    }
    for (const status of codes.unavailable) {
      const valid = message('a');
      receiver.statuses.set(valid.id, status);
      expect(await rejection(publisher.publish([valid])), String(status)).to.be.instanceOf(BrokerUnavailable);
    }
  });

  it('gives up on a receiver that does not respond in time', async () => {
    receiver.delayMs = 1000;
    expect(await rejection(publisher.publish([message('a')]))).to.be.instanceOf(BrokerUnavailable);
  });

  it('sends any text as key and attribute', async () => {
    const odd = 'Łódź "50 %"\n☕\ud800';
    await publisher.publish([message(odd, { subject: odd })]);
    expect(receiver.received[0]?.key).to.equal(odd.toWellFormed());
    expect(receiver.received[0]?.attributes['subject']).to.equal(odd.toWellFormed());
  });

  it('reports whether the receiver responds, whatever it responds to a HEAD request', async () => {
    const health = new WebhookBrokerHealth({ url: receiver.server.url });
    expect(await health.state()).to.equal('up');
    await receiver.server.break();
    expect(await health.state()).to.equal('down');
  });

  it('takes the place of Kafka in the whole service', async () => {
    const service = await startInMemoryService({}, webhook({ url: receiver.server.url }));
    try {
      const { id } = await service.as('ada').posts();
      const [received] = await eventually(() => (receiver.received.length > 0 ? receiver.received : undefined));
      expect(received?.key).to.equal(id);
      expect(received?.attributes).to.include({ subject: id, type: 'opportunities.OpportunityCreated.v1' });
      const { body } = await service.anonymous('GET', '/health/ready');
      expect(body).to.include({ status: 'ready', broker: 'up' });
    } finally {
      await service.app.stop();
    }
  });
});
