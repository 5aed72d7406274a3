import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type FreezableProxy = {
  readonly port: number;
  /** Holds all bytes back and keeps the connections open, as a stopped server or a cut cable does. */
  freeze(): void;
  /** Delivers the bytes that were held back. */
  thaw(): void;
  stop(): Promise<void>;
};

/** A proxy between clients and a server on this machine. */
export async function startFreezableProxy(target: { host: string; port: number }): Promise<FreezableProxy> {
  const links = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  const flow = ([client, server]: readonly [Socket, Socket]) => {
    if (frozen) {
      client.unpipe(server);
      server.unpipe(client);
    } else client.pipe(server).pipe(client);
  };
  const proxy = createServer((client) => {
    const link = [client, connect(target)] as const;
    links.add(link);
    for (const end of link) {
      end.on('error', () => end.destroy());
      end.on('close', () => {
        links.delete(link);
        for (const each of link) each.destroy();
      });
    }
    flow(link);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const set = (state: boolean) => {
    frozen = state;
    for (const link of links) flow(link);
  };
  return {
    port: (proxy.address() as AddressInfo).port,
    freeze: () => {
      set(true);
    },
    thaw: () => {
      set(false);
    },
    stop: async () => {
      for (const end of [...links].flat()) end.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
