import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The only address the local servers listen on. */
export const LOOPBACK = '127.0.0.1';

/**
 * Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152): a connection that
 * happens to use a port stops a server from listening on it.
 */
const PORTS = { first: 20_000, count: 12_000 };

/**
 * A port that is free on the loopback address and given to no other process that asks here: its number is taken among the
 * UDP ports, where nothing of ours listens, until this process ends. So two test processes side by side can each start a
 * server that takes seconds to listen.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if ((await reserve(port)) && (await isPortFree(port))) return port;
  }
}

async function reserve(port: number): Promise<boolean> {
  const reservation = createSocket('udp4').unref();
  reservation.bind({ port, address: LOOPBACK, exclusive: true });
  try {
    await once(reservation, 'listening');
    return true;
  } catch {
    reservation.close();
    return false;
  }
}

/** Whether a server could listen on a port now. */
export async function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
