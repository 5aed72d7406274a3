import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import type { KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { rejection } from '../../support/system/rejection.ts';

const SASL = { mechanism: 'scram-sha-256', username: 'ada', password: 'secret' } as const;
const SASL_HANDSHAKE = 17;

type Broker = (request: Buffer, socket: Socket) => void;

const hangUp: Broker = (_, socket) => socket.destroy();

/** Answers the first request, which asks for versions, with an empty response, and hangs up at the second one. */
const answerOnce = (): Broker => {
  const answered = new Set<Socket>();
  return (request, socket) => {
    if (answered.has(socket)) socket.destroy();
    else socket.write(Buffer.concat([Buffer.from([0, 0, 0, 4]), request.subarray(8, 12)]));
    answered.add(socket);
  };
};

describe('PlatformaticEventPublisher, on a broker that misbehaves', () => {
  /** The requests that the publisher sends before it gives up. */
  async function sentTo(host: string, broker: Broker, given: Partial<KafkaSettings>): Promise<Buffer[]> {
    const requests: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        requests.push(bytes);
        broker(bytes, socket);
      });
    }).listen(0, host);
    await once(server, 'listening');
    const publisher = new PlatformaticEventPublisher({
      client: 'platformatic',
      brokers: [`${host}:${(server.address() as AddressInfo).port}`],
      topic: 'events',
      userEventsTopic: undefined,
      ssl: false,
      sasl: undefined,
      ...given,
    });
    const error = await rejection(publisher.publish([{ id: '1', key: 'key', attributes: {}, payload: '{}' }]));
    expect(error).to.be.instanceOf(BrokerUnavailable);
    expect((error as Error).message).to.not.match(/failed \d+ times/);
    await publisher.close();
    server.close();
    return requests;
  }

  it('gives up after three attempts', async () => {
    expect(await sentTo('127.0.0.1', hangUp, {})).to.have.length.within(3, 9);
  });

  it('survives a connection that breaks during the login', async () => {
    const reset: Broker = (_, socket) => socket.resetAndDestroy();
    expect(await sentTo('127.0.0.1', reset, { sasl: SASL })).to.have.length.greaterThan(0);
  });

  it('names the login mechanism as Kafka does', async () => {
    const requests = await sentTo('127.0.0.1', answerOnce(), { sasl: SASL });
    const handshake = requests.find((request) => request.readInt16BE(4) === SASL_HANDSHAKE);
    expect(String(handshake)).to.match(/SCRAM-SHA-256$/);
  });

  it('begins with TLS when it is configured, and names the broker unless the broker is an address', async () => {
    const isClientHello = (bytes: Buffer | undefined) => bytes?.[0] === 22 && bytes[5] === 1;
    const [named] = await sentTo('localhost', hangUp, { ssl: true });
    expect(isClientHello(named)).to.equal(true);
    expect(String(named)).to.contain('localhost');
    const [addressed] = await sentTo('127.0.0.1', hangUp, { ssl: true });
    expect(isClientHello(addressed)).to.equal(true);
    expect(String(addressed)).to.not.contain('127.0.0.1');
  });
});
