import { expect } from 'chai';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { freePort, isPortFree, LOOPBACK } from '../../../tools/local/processes/ports.ts';

describe('a free port', () => {
  it('can be listened on, and lies below the ports of outgoing connections', async () => {
    const port = await freePort();
    expect(port).to.be.within(20_000, 31_999);
    const server = createServer().listen(port, LOOPBACK);
    await once(server, 'listening');
    expect(await isPortFree(port)).to.equal(false);
    server.close();
  });

  it('is given to no other process while this one runs', async () => {
    const port = await freePort();
    // The first draw of another process falls on the same port, the next ones above it.
    const other = `
      let draw = ${(port - 20_000).toString()};
      Math.random = () => (draw++ + 0.5) / 12_000;
      const { freePort } = await import('${new URL('../../../tools/local/processes/ports.ts', import.meta.url).href}');
      console.log(await freePort());`;
    const given = Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', other], { encoding: 'utf8' }),
    );
    expect(given).to.be.above(port);
  });

  it('is free for others once its process has ended', async () => {
    const here = new URL('../../../tools/local/processes/ports.ts', import.meta.url).href;
    const script = `const { freePort } = await import('${here}'); console.log(await freePort());`;
    const port = Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }),
    );
    const socket = createSocket('udp4').bind(port, LOOPBACK);
    await once(socket, 'listening');
    socket.close();
  });
});
