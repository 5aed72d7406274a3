import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** The only address on which the local servers listen. */
export const LOOPBACK = '127.0.0.1';

/**
 * The range of ports to choose from. It lies below the ports of outgoing connections (from 32768 on Linux, from 49152
 * elsewhere), because a server cannot listen on a port that such a connection happens to use.
 */
const PORTS = { first: 20_000, count: 12_000 };

/**
 * Finds a port that is free on the loopback address, and reserves it until this process ends. The reservation is a UDP
 * socket on the same number, which this function respects in every process. So two test processes can each start a
 * server that takes seconds to listen on its port.
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

/** Whether a server could listen on this port now. */
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
