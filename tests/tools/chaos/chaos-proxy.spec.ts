import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { FrameSplitter } from '../../../tools/chaos/system/kafka-frames.ts';
import { type KafkaProxy, startKafkaProxy } from '../../../tools/chaos/system/kafka-proxy.ts';
import { eventually } from '../../support/system/eventually.ts';

const PRODUCE = 0;
const METADATA = 3;

function frame(...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const int32 = (value: number) => Buffer.concat([int16(value >> 16), int16(value & 0xffff)]);
const request = (api: number, correlation: number) => frame(int16(api), int16(9), int32(correlation), Buffer.from('…'));
const response = (correlation: number) => frame(int32(correlation), Buffer.from('done'));

describe('the frame splitter for Kafka’s protocol', () => {
  it('finds whole frames in pieces of any size', () => {
    const both = Buffer.concat([request(PRODUCE, 1), request(METADATA, 2)]);
    for (let size = 1; size <= both.length; size += 1) {
      const frames = new FrameSplitter();
      const whole: Buffer[] = [];
      for (let at = 0; at < both.length; at += size) whole.push(...frames.take(both.subarray(at, at + size)));
      expect(whole.map((each) => each.toString('hex'))).to.deep.equal([
        request(PRODUCE, 1).toString('hex'),
        request(METADATA, 2).toString('hex'),
      ]);
    }
  });
});

describe('the proxy in front of a broker', () => {
  let broker: Server;
  let proxy: KafkaProxy;
  let client: Socket;
  /** Correlation ids of the requests that the broker received. */
  let asked: number[];
  /** Correlation ids of the responses that the client received. */
  let answered: number[];

  beforeEach(async () => {
    asked = [];
    answered = [];
    broker = createServer((socket) => {
      const frames = new FrameSplitter();
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        for (const each of frames.take(bytes)) {
          asked.push(each.readInt32BE(8));
          socket.write(response(each.readInt32BE(8)));
        }
      });
    }).listen(0, '127.0.0.1');
    await once(broker, 'listening');
    proxy = await startKafkaProxy('127.0.0.1', (broker.address() as AddressInfo).port);
    client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    const frames = new FrameSplitter();
    client.on('data', (bytes) => {
      for (const each of frames.take(bytes)) answered.push(each.readInt32BE(4));
    });
  });

  afterEach(async () => {
    client.destroy();
    await proxy.stop();
    broker.close();
  });

  it('passes everything on by default', async () => {
    client.write(Buffer.concat([request(PRODUCE, 1), request(METADATA, 2)]));
    await eventually(() => (answered.length === 2 ? true : undefined));
    expect(answered).to.deep.equal([1, 2]);
  });

  it('swallows the response to a Produce request only, and cuts the connection', async () => {
    proxy.swallow(1);
    client.write(request(METADATA, 1));
    await eventually(() => (answered.length === 1 ? true : undefined));
    client.write(request(PRODUCE, 2));
    await once(client, 'close');
    expect({ asked, answered }).to.deep.equal({ asked: [1, 2], answered: [1] });
    expect(proxy.swallowed).to.equal(1);
  });

  it('tells when the next Produce request arrives, and ignores other requests', async () => {
    let told = false;
    void proxy.nextProduce().then(() => (told = true));
    client.write(request(METADATA, 1));
    await eventually(() => (answered.length === 1 ? true : undefined));
    expect(told).to.equal(false);
    client.write(request(PRODUCE, 2));
    await eventually(() => told || undefined);
  });

  it('delays frames without changing their order, and counts them', async () => {
    const waits = [30, 0, 20, 0, 10, 0];
    const end = proxy.delay(() => waits.shift() ?? 0);
    client.write(Buffer.concat([1, 2, 3].map((correlation) => request(METADATA, correlation))));
    await eventually(() => (answered.length === 3 ? true : undefined));
    end();
    client.write(request(METADATA, 4));
    await eventually(() => (answered.length === 4 ? true : undefined));
    expect(answered).to.deep.equal([1, 2, 3, 4]);
    expect(proxy.delayed).to.be.above(0);
  });

  it('delivers a delayed request although the client has disconnected', async () => {
    const end = proxy.delay(() => 30);
    client.write(request(PRODUCE, 1));
    client.end();
    await eventually(() => (asked.length === 1 ? true : undefined));
    end();
  });
});
