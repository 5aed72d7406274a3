import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { OpportunityCatalogue } from '#application/ports/opportunities/opportunity-catalogue';
import { eventually } from '../../support/system/eventually.ts';
import {
  type Body,
  type InMemoryService,
  OPPORTUNITIES,
  startInMemoryService,
} from '../../support/in-memory/in-memory-service.ts';
import { type RawAnswer, RawConnection } from '../../support/http/raw-http.ts';
import { RecordingLogger, recordingLogger } from '../../support/system/recording-logger.ts';

const HOST = 'Host: opportunities.example\r\n';

describe('connections', () => {
  /** Returns Node's server inside of the service. */
  const serverOf = async (started: InMemoryService): Promise<Server> => {
    let found: Server | undefined;
    const look = (message: unknown) => {
      found = (message as { server: Server }).server;
    };
    subscribe('http.server.request.start', look);
    await started.anonymous('GET', '/health/live');
    unsubscribe('http.server.request.start', look);
    return found!;
  };

  describe('of slow clients', () => {
    let service: InMemoryService;

    afterEach(() => service.app.stop());

    it('get a 408 and are closed when headers or body do not arrive in time', async function () {
      this.timeout(6000);
      const logger = new RecordingLogger();
      service = await startInMemoryService({}, recordingLogger(logger));
      const server = await serverOf(service);
      expect([server.headersTimeout, server.requestTimeout]).to.deep.equal([10_000, 15_000]);
      // Pretends that the time has passed. Node checks the clock once a second.
      server.headersTimeout = 100;
      server.requestTimeout = 200;

      const slowHeaders = await RawConnection.open(service.url);
      slowHeaders.send(`GET /health/live HTTP/1.1\r\n${HOST}X-Slow: `);
      const slowBody = await RawConnection.open(service.url);
      const authorization = `Authorization: Bearer ${service.as('ada').token}\r\nContent-Type: application/json\r\n`;
      slowBody.send(`POST ${OPPORTUNITIES} HTTP/1.1\r\n${HOST}${authorization}Content-Length: 100\r\n\r\n{"ti`);

      const answers: RawAnswer[] = await Promise.all([slowHeaders.answer(), slowBody.answer()]);
      for (const { status, headers, body } of answers) {
        const problem = JSON.parse(body) as Body;
        expect([status, problem.code]).to.deep.equal([408, 'request_timeout']);
        expect(problem.instance).to.equal(`urn:request:${headers['x-request-id']!}`);
        expect(headers).to.include({ 'content-type': 'application/problem+json', connection: 'close' });
      }
      expect(await Promise.all([slowHeaders.rest(), slowBody.rest()]), 'and nothing more').to.deep.equal(['', '']);
      slowHeaders.destroy();
      slowBody.destroy();
      await eventually(() => logger.lines.find(({ fields }) => fields['route'] === OPPORTUNITIES));
    });
  });

  describe('of clients that do not read', () => {
    it('are closed when the service can send nothing more', async () => {
      const service = await startInMemoryService();
      const server = await serverOf(service);
      expect(server.timeout).to.equal(30_000);
      server.timeout = 300;
      const cut = new Promise((resolve) => {
        server.once('connection', (accepted) => accepted.once('close', resolve));
      });
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.pause();
      // Requests more responses than the buffers of both ends can hold.
      socket.write(`GET /problems HTTP/1.1\r\n${HOST}\r\n`.repeat(2000));
      await cut;
      socket.destroy();
      await service.app.stop();
    });
  });

  describe('of a service that stops', () => {
    it('are closed at once when they are idle', async () => {
      const service = await startInMemoryService({ SHUTDOWN_TIMEOUT_SECONDS: '1' });
      const silent = await RawConnection.open(service.url);
      const halfAsked = await RawConnection.open(service.url);
      halfAsked.send('GET /health/live HT');
      const idle = await RawConnection.open(service.url);
      await idle.send(`GET /health/live HTTP/1.1\r\n${HOST}\r\n`).answer();
      await service.app.stop();
      await Promise.all([silent.closed, halfAsked.closed, idle.closed]);
      for (const connection of [silent, halfAsked, idle]) expect(await connection.rest()).to.equal('');
    });

    it('get the responses to running requests and are closed; new connections are refused', async () => {
      const reading = Promise.withResolvers<undefined>();
      let asked = false;
      const slow = new ContainerModule(({ rebind }) => {
        const wait = () => {
          asked = true;
          return reading.promise.then(() => ({ items: [], next: null }));
        };
        rebind(OpportunityCatalogue).toConstantValue({ find: () => Promise.resolve(undefined), list: wait });
      });
      const service = await startInMemoryService({}, slow);
      const connection = await RawConnection.open(service.url);
      const authorization = `Authorization: Bearer ${service.as('ada').token}\r\n`;
      connection.send(`GET ${OPPORTUNITIES}?mine=true HTTP/1.1\r\n${HOST}${authorization}\r\n`);
      await eventually(() => asked || undefined);

      let stopped = false;
      const stopping = service.app.stop().then(() => {
        stopped = true;
      });
      // A service that did not wait would have stopped by then.
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(stopped).to.equal(false);
      const refused = await RawConnection.open(service.url).then(
        () => 'taken',
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
      expect(refused).to.equal('ECONNREFUSED');

      reading.resolve(undefined);
      const { status, headers } = await connection.answer();
      expect([status, headers['connection']]).to.deep.equal([200, 'close']);
      await stopping;
      await connection.closed;
      connection.destroy();
    });
  });
});
