import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { correlationOf, FrameSplitter, produceCorrelation } from './kafka-frames.ts';

/** A TCP proxy between the relays and a broker. The broker has to advertise the proxy's port as its own. */
export type KafkaProxy = {
  readonly port: number;
  /**
   * Throws away the responses to the next Produce requests and cuts their connections: the records are on the topic,
   * but the sender does not know it.
   * @param responses how many to throw away.
   */
  swallow(responses: number): void;
  /** Number of responses swallowed so far. */
  readonly swallowed: number;
  /** Resolves when the next Produce request arrives. */
  nextProduce(): Promise<void>;
  /**
   * Delays every request and every response from now on.
   * @param milliseconds returns the length of the next delay.
   * @returns a function that ends the delays.
   */
  delay(milliseconds: () => number): () => void;
  /** Number of requests and responses delayed so far. */
  readonly delayed: number;
  stop(): Promise<void>;
};

/** @param target the port of the broker, which need not listen yet. */
export async function startKafkaProxy(host: string, target: number): Promise<KafkaProxy> {
  const open = new Set<Socket>();
  const delays = new Set<() => number>();
  const awaitingProduce = new Set<() => void>();
  let toSwallow = 0;
  let swallowed = 0;
  let delayed = 0;

  /** Performs writes to a socket in their order, each after its delay, so that the socket's end comes last. */
  function delivery(to: Socket) {
    let last = Promise.resolve();
    return (act: () => void) => {
      const wait = [...delays].reduce((sum, delay) => sum + delay(), 0);
      if (wait > 0) delayed += 1;
      const due = performance.now() + wait;
      last = last.then(async () => {
        const left = due - performance.now();
        if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
        if (!to.destroyed) act();
      });
    };
  }

  const server = createServer({ noDelay: true }, (client) => {
    const broker = connect({ host, port: target, noDelay: true });
    const cut = () => {
      client.destroy();
      broker.destroy();
    };
    const produced = new Set<number>();
    const pass = (from: Socket, to: Socket, mayPass: (frame: Buffer) => boolean) => {
      const frames = new FrameSplitter();
      const deliver = delivery(to);
      open.add(from);
      from.on('data', (bytes: Buffer) => {
        for (const frame of frames.take(bytes)) {
          if (mayPass(frame)) deliver(() => to.write(frame));
          else {
            cut();
            return;
          }
        }
      });
      // Bytes that were received earlier are still delivered, as a network would do.
      from.on('end', () => {
        deliver(() => to.end());
      });
      from.on('error', cut);
      from.on('close', () => {
        open.delete(from);
        deliver(() => to.destroy());
      });
    };
    pass(client, broker, (request) => {
      const correlation = produceCorrelation(request);
      if (correlation === undefined) return true;
      produced.add(correlation);
      for (const resolve of awaitingProduce) resolve();
      awaitingProduce.clear();
      return true;
    });
    pass(broker, client, (response) => {
      if (!produced.delete(correlationOf(response)) || toSwallow === 0) return true;
      toSwallow -= 1;
      swallowed += 1;
      return false;
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    swallow: (responses) => {
      toSwallow += responses;
    },
    get swallowed() {
      return swallowed;
    },
    nextProduce: () => new Promise((resolve) => awaitingProduce.add(resolve)),
    delay: (milliseconds) => {
      delays.add(milliseconds);
      return () => void delays.delete(milliseconds);
    },
    get delayed() {
      return delayed;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
