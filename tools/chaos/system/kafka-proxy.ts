import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { correlationOf, FrameSplitter, produceCorrelation } from './kafka-frames.ts';

/** Stands between relays and a broker, which has to advertise the proxy's port as its own. */
export type KafkaProxy = {
  readonly port: number;
  /**
   * Of the next so many produce requests the broker's answer is thrown away, and the connection cut: the records are on the
   * topic, and nobody has heard of it.
   */
  swallow(answers: number): void;
  /** How many answers were swallowed so far. */
  readonly swallowed: number;
  /** Resolves when the next produce request arrives. */
  nextProduce(): Promise<void>;
  /** Holds each request and each answer back from now on, by so many milliseconds each time. @returns what ends it */
  delay(milliseconds: () => number): () => void;
  /** How many requests and answers were held back so far. */
  readonly delayed: number;
  stop(): Promise<void>;
};

/** @param target the port on which the broker listens; it need not listen yet. */
export async function startKafkaProxy(host: string, target: number): Promise<KafkaProxy> {
  const open = new Set<Socket>();
  const delays = new Set<() => number>();
  const expectant = new Set<() => void>();
  let toSwallow = 0;
  let swallowed = 0;
  let delayed = 0;

  /** Sends what it is given in its order, each when its time has come; ends the other side after all of it. */
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
      // What was received before is delivered all the same, as by a network.
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
      for (const tell of expectant) tell();
      expectant.clear();
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
    swallow: (answers) => {
      toSwallow += answers;
    },
    get swallowed() {
      return swallowed;
    },
    nextProduce: () => new Promise((resolve) => expectant.add(resolve)),
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
