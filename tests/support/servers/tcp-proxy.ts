import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Watches one connection. Each function is told of bytes that arrived and says how many of them go on; when it is less
 * than all, the connection is cut after them.
 */
export type Watch = {
  readonly toServer: (bytes: Buffer) => number;
  readonly toClient: (bytes: Buffer) => number;
};

export type TcpProxy = {
  readonly port: number;
  /** Cuts all connections, and each new one as soon as it is made, until restore() is called. */
  cut(): void;
  restore(): void;
  stop(): Promise<void>;
};

/** A proxy between a client and a server on this machine. The watch of a connection sees its bytes and can cut it. */
export async function startTcpProxy(
  target: { host: string; port: number },
  watch: () => Watch = () => cutAfter({ toServer: Infinity, toClient: Infinity }),
): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let isCut = false;
  const proxy = createServer({ noDelay: true }, (client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const server = connect({ ...target, noDelay: true });
    const { toServer, toClient } = watch();
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    const pass = (from: Socket, to: Socket, allowed: (bytes: Buffer) => number) => {
      open.add(from);
      from.on('data', (bytes: Buffer) => {
        if (to.destroyed) return;
        const length = allowed(bytes);
        if (length >= bytes.length) to.write(bytes);
        else to.write(bytes.subarray(0, length), cut);
      });
      from.on('end', () => to.end());
      from.on('error', cut);
      from.on('close', () => {
        open.delete(from);
        cut();
      });
    };
    pass(client, server, toServer);
    pass(server, client, toClient);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    restore: () => {
      isCut = false;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

/** Lets this many bytes pass in each direction, Infinity included, and then cuts the connection. */
export function cutAfter({ toServer, toClient }: { toServer: number; toClient: number }): Watch {
  const upTo = (limit: number) => {
    let left = limit;
    return (bytes: Buffer) => {
      const allowed = Math.min(bytes.length, left);
      left -= allowed;
      return allowed;
    };
  };
  return { toServer: upTo(toServer), toClient: upTo(toClient) };
}
