import { expect } from 'chai';
import { Kafka } from 'kafkajs';
// @ts-expect-error The types of kafkajs describe its public part alone.
import RequestQueueOfKafkajs from 'kafkajs/src/network/requestQueue/index.js';
import type { RequestQueue } from '#infrastructure/messaging/kafkajs/request-queue';
import { createKafka } from '#infrastructure/messaging/kafka-client';
import { RecordingLogger } from '../../support/system/recording-logger.ts';

type TestedQueue = RequestQueue & {
  push(request: unknown): void;
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
  maybeThrottle(milliseconds: number): void;
  destroy(): void;
};

describe('the request queue of kafkajs', () => {
  let queue: TestedQueue;
  let sent: number[];

  beforeEach(() => {
    // The client loads the replacement, as it does in production.
    const kafka = createKafka(
      {
        client: 'kafkajs',
        brokers: ['127.0.0.1:1'],
        topic: 't',
        userEventsTopic: undefined,
        ssl: false,
        sasl: undefined,
      },
      new RecordingLogger(),
    );
    expect(kafka).to.be.instanceOf(Kafka);
    sent = [];
    const Queue = RequestQueueOfKafkajs as new (options: object) => TestedQueue;
    queue = new Queue({ maxInFlightRequests: 1, requestTimeout: 1000, clientId: 'c', broker: 'b', logger: quiet });
  });

  afterEach(() => {
    queue.destroy();
  });

  const quiet = { debug: () => undefined, warn: () => undefined };
  const push = (correlationId: number) => {
    queue.push({
      entry: {
        correlationId,
        apiKey: 0,
        apiName: 'Test',
        apiVersion: 0,
        resolve: () => undefined,
        reject: () => undefined,
      },
      expectResponse: true,
      sendRequest: () => void sent.push(correlationId),
    });
  };
  const respond = (correlationId: number) => {
    queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 });
  };

  it('arms no timer while no request waits', () => {
    push(1);
    respond(1);
    expect(sent).to.deep.equal([1]);
    expect(queue.throttleCheckTimeoutId).to.equal(null);
  });

  it('looks again at a request that waits, and sends it after the response of the one before', () => {
    push(1);
    push(2);
    expect(sent).to.deep.equal([1]);
    expect(queue.throttleCheckTimeoutId).to.not.equal(null);
    respond(1);
    expect(sent).to.deep.equal([1, 2]);
  });

  it('sends a throttled request when the broker allows it again', async () => {
    queue.maybeThrottle(20);
    push(1);
    expect(sent).to.deep.equal([]);
    while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(queue.throttledUntil).to.be.at.most(Date.now());
    respond(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(queue.throttleCheckTimeoutId).to.equal(null);
  });
});
