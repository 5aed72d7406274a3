import { headerName } from '#infrastructure/messaging/cloud-event-headers';
import { IntrospectionTokenVerifier } from '../../../examples/adapters/introspection/introspection-token-verifier.ts';
import { WebhookBrokerHealth } from '../../../examples/adapters/webhook/webhook-broker-health.ts';
import { WebhookEventPublisher } from '../../../examples/adapters/webhook/webhook-event-publisher.ts';
import { SOME_DAY, someId } from '../../support/opportunities/an-opportunity.ts';
import { IntrospectionServer } from '../../support/tokens/introspection-server.ts';
import { FixedClock } from '../../support/system/fixed-clock.ts';
import { WebhookReceiver } from '../../support/outbox/webhook-receiver.ts';
import { brokerHealthContract } from '../operations/health.contract.ts';
import { eventPublisherContract } from '../outbox/event-publisher.contract.ts';
import { tokenVerifierContract } from '../tokens/token-verifier.contract.ts';

describe('the example adapters over HTTP keep the contracts', () => {
  describe('WebhookEventPublisher', () => {
    const receiver = new WebhookReceiver();
    after(() => receiver.server.break());

    eventPublisherContract(async () => {
      await receiver.server.heal();
      return {
        publisher: new WebhookEventPublisher({ url: receiver.server.url }),
        received: () =>
          receiver.received.map(({ key, attributes, payload }) => ({
            key,
            headers: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [headerName(name), value])),
            payload,
          })),
        refusable: (key) => {
          const id = someId();
          receiver.statuses.set(id, 422);
          return { id, key, attributes: { id }, payload: '{}' };
        },
        breakBroker: () => receiver.server.break(),
        healBroker: () => receiver.server.heal(),
      };
    });
  });

  describe('WebhookBrokerHealth', () => {
    const [receiver, nobody] = [new WebhookReceiver(), new WebhookReceiver()];
    after(() => receiver.server.break());

    brokerHealthContract(async () => {
      await receiver.server.break();
      for (const { server } of [receiver, nobody]) await server.heal();
      await nobody.server.break();
      return {
        health: new WebhookBrokerHealth({ url: receiver.server.url }),
        ofNobody: new WebhookBrokerHealth({ url: nobody.server.url }),
        grow: undefined,
      };
    });
  });

  describe('IntrospectionTokenVerifier', () => {
    const issuer = new IntrospectionServer(new FixedClock(SOME_DAY));
    before(() => issuer.server.heal());
    after(() => issuer.server.break());

    tokenVerifierContract(() => ({
      verifier: new IntrospectionTokenVerifier(issuer.settings, new FixedClock(SOME_DAY)),
      now: SOME_DAY,
      issue: (options) => issuer.issue(options),
      forge: (token) => `${token.slice(0, -1)}0`,
    }));
  });
});
