import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { NotifyingRelayWakeUp } from '#infrastructure/persistence/operations/notifying-relay-wake-up';
import { PostgresOutboxQueue } from '#infrastructure/persistence/outbox/postgres-outbox-queue';
import { InProcessRelayWakeUp } from '#infrastructure/system/in-process-relay-wake-up';
import { query } from '../../../support/servers/test-database.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { useMigratedDatabase } from '../../../support/servers/migrated-database.ts';

describe('NotifyingRelayWakeUp', () => {
  const database = useMigratedDatabase();

  const WAKERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'opportunities wake-up'";
  const opened: NotifyingRelayWakeUp[] = [];
  const here = () => {
    const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), database.settings, database.logger, 'here');
    opened.push(wakeUp);
    return wakeUp;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  it('wakes a relay in another process, also after the connection was cut', async () => {
    const elsewhere = new InProcessRelayWakeUp();
    const queue = new PostgresOutboxQueue(database.settings, database.logger, elsewhere, {
      owner: 'test',
      keepsPublished: true,
    });
    try {
      await queue.fetch({ messages: 1, bytes: 1 });
      const writer = here();
      let woken = 0;
      const wakenAgain = async () => {
        const before = woken;
        await eventually(() => {
          writer.nudge();
          return woken > before ? true : undefined;
        });
      };
      elsewhere.nudge = () => void (woken += 1);
      await wakenAgain();
      await query(database.url, `SELECT pg_terminate_backend(pid, 5000) FROM (${WAKERS}) AS wakers`);
      await wakenAgain();
    } finally {
      await queue.release();
    }
  });

  it('does not wake the relay of its own process a second time', async () => {
    let woken: string[] = [];
    const relays = ['here', 'elsewhere'].map((origin) => {
      const wakeUp = { nudge: () => void woken.push(origin), wait: () => Promise.resolve() };
      return new PostgresOutboxQueue(database.settings, database.logger, wakeUp, {
        owner: origin,
        keepsPublished: true,
      });
    });
    const { client, heard } = await listener();
    try {
      for (const relay of relays) await relay.fetch({ messages: 1, bytes: 1 });
      woken = [];
      here().nudge();
      await eventually(() => woken[0]);
      // The server sends pending notifications before it responds to a statement.
      for (const relay of relays) await relay.fetch({ messages: 1, bytes: 1 });
      expect(woken).to.deep.equal(['elsewhere']);
      expect(heard).to.deep.equal(['here']);
    } finally {
      await client.end();
      await Promise.all(relays.map((relay) => relay.release()));
    }
  });

  /** Listens like a relay, and counts notifications. */
  const listener = async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const heard: string[] = [];
    client.on('notification', ({ payload }) => void heard.push(payload ?? ''));
    await client.query('LISTEN outbox');
    return { client, heard };
  };

  it('sends one notification for a burst, and then at most one in five milliseconds', async () => {
    const { client, heard } = await listener();
    try {
      const writer = here();
      for (let nudge = 0; nudge < 100; nudge++) writer.nudge();
      await eventually(() => heard[0]);
      // The server sends pending notifications before its response.
      await client.query('SELECT pg_sleep(0.05)');
      expect(heard).to.have.length(1);

      const began = performance.now();
      while (performance.now() - began < 100) {
        writer.nudge();
        await nextTurn();
      }
      // Timers count whole milliseconds, and may be one millisecond early.
      const most = Math.ceil((performance.now() - began) / 4) + 1;
      await eventually(() => heard[1]);
      await client.query('SELECT pg_sleep(0.05)');
      expect(heard.length - 1).to.be.at.most(most);
    } finally {
      await client.end();
    }
  });

  /** Notifies through a gateway that treats each connection like this. */
  const behindGateway = async (onConnection: (socket: Socket) => void) => {
    const gateway = createServer(onConnection).listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    const behind = new URL(database.url);
    behind.host = `127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const there = { ...database.settings, url: behind.href };
    return { writer: new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), there, database.logger, 'here'), gateway };
  };

  it('has one connection at a time, which survives a late failure of an earlier one', async () => {
    const { hostname, port } = new URL(database.url);
    const accepted: Socket[] = [];
    const { writer, gateway } = await behindGateway((socket) => {
      socket.on('error', () => socket.destroy());
      // The first connection waits for a response until it is cut.
      if (accepted.push(socket) === 1) return;
      const server = connect({ host: hostname, port: Number(port) });
      server.on('error', () => server.destroy());
      socket.pipe(server).pipe(socket);
    });
    const { client, heard } = await listener();
    try {
      const began = performance.now();
      await eventually(() => {
        writer.nudge();
        // This is later than the next allowed attempt to connect.
        if (performance.now() - began > 1500) accepted[0]?.destroy();
        return performance.now() - began > 1500 ? (heard[0] ?? undefined) : undefined;
      });
      const before = heard.length;
      await eventually(() => {
        writer.nudge();
        return heard.length > before ? true : undefined;
      });
      expect(accepted).to.have.length(2);
      expect(await query(database.url, WAKERS)).to.have.length(1);
    } finally {
      await writer.close();
      await client.end();
      gateway.close();
    }
  });

  it('sends nothing while the last notification is unanswered, and then one for all nudges since', async () => {
    const { hostname, port } = new URL(database.url);
    let holdsAnswers = true;
    let answers: Socket | undefined;
    const { writer, gateway } = await behindGateway((socket) => {
      answers = connect({ host: hostname, port: Number(port) });
      for (const end of [socket, answers]) end.on('error', () => end.destroy());
      socket.on('data', (chunk) => {
        if (holdsAnswers && chunk.includes('NOTIFY')) answers?.pause();
      });
      socket.pipe(answers).pipe(socket);
    });
    const { client, heard } = await listener();
    try {
      writer.nudge();
      await eventually(() => heard[0]);
      for (let nudge = 0; nudge < 10; nudge++) {
        writer.nudge();
        await sleep(6);
      }
      holdsAnswers = false;
      answers?.resume();
      await eventually(() => heard[1]);
      await sleep(50);
      await client.query('SELECT 1');
      expect(heard).to.have.length(2);
    } finally {
      await writer.close();
      await client.end();
      gateway.close();
    }
  });

  it('ignores a database that cannot be reached', async () => {
    const nowhere = { ...database.settings, url: 'postgresql://nobody@127.0.0.1:1/test' };
    const wakeUp = new NotifyingRelayWakeUp(new InProcessRelayWakeUp(), nowhere, database.logger, 'here');
    database.logger.lines.length = 0;
    wakeUp.nudge();
    await eventually(() =>
      database.logger.lines.some(({ message }) => message.includes('not woken')) ? true : undefined,
    );
    await wakeUp.wait(60_000);
    await wakeUp.close();
  });

  it('leaves no connection behind', async () => {
    const wakeUp = here();
    wakeUp.nudge();
    await eventually(async () => ((await query(database.url, WAKERS)).length > 0 ? true : undefined));
    await wakeUp.close();
    await eventually(async () => ((await query(database.url, WAKERS)).length === 0 ? true : undefined));
  });
});
