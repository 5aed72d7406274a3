import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type Router from '@koa/router';
import Koa from 'koa';
import type { IdGenerator } from '#application/ports/system/id-generator';
import type { Logger } from '#application/ports/operations/logger';
import type { Guards } from './guards.ts';
import { respondOnSocket, respondToParserError } from './parser-errors.ts';
import { securityHeadersFor } from './security-headers.ts';

/**
 * Knows which connections of a server are idle. Node's own closeIdleConnections() keeps connections on which nothing was
 * ever sent, and a stopping server would wait for them.
 */
export class OpenConnections {
  /** Open connections, each with the number of its requests that wait for a response. */
  private readonly waiting = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.waiting.set(socket, 0);
      socket.once('close', () => this.waiting.delete(socket));
    });
  }

  /** Counts a request. The server calls this at the beginning of each one. */
  busyUntilClosed({ socket }: IncomingMessage, response: ServerResponse): void {
    this.count(socket, 1);
    response.once('close', () => {
      this.count(socket, -1);
    });
  }

  closeIdle(): void {
    for (const [socket, requests] of this.waiting) if (requests === 0) socket.destroy();
  }

  private count(socket: Socket, change: number): void {
    const requests = this.waiting.get(socket);
    if (requests !== undefined) this.waiting.set(socket, requests + change);
  }
}

export type HttpSettings = {
  readonly host: string;
  readonly port: number;
  /** Whether browsers are told to use only TLS from now on. */
  readonly strictTransport: boolean;
};

/** The routes of one subject. The server serves every class that the module binds under this name. */
export abstract class Routes {
  abstract readonly router: Router;
}

/** Milliseconds within which all headers, and the whole request, must arrive. Slower clients are disconnected. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Milliseconds after which a client is disconnected that neither sends nor receives anything during a request. */
const SILENCE_TIMEOUT_MS = 30_000;
const MOST_HEADER_BYTES = 16 * 1024;
/** Milliseconds after which an idle connection is closed. Usual load balancers wait less long and close it first. */
const KEEP_ALIVE_MS = 65_000;

export class HttpServer {
  private readonly settings: HttpSettings;
  private readonly server: Server;
  private readonly connections: OpenConnections;
  private stopping = false;

  constructor(
    settings: HttpSettings,
    { inOrder }: Guards,
    routes: readonly Routes[],
    logger: Logger,
    ids: IdGenerator,
  ) {
    this.settings = settings;
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      if (this.stopping) ctx.set('Connection', 'close');
    });
    for (const guard of inOrder) app.use(guard);
    for (const { router } of routes) {
      // Known methods without a route are 405, not 501 (RFC 9110 §15.5.6, §15.6.2).
      router.methods = [...router.methods, 'TRACE', 'QUERY'];
      app.use(router.routes());
      app.use(router.allowedMethods());
    }
    // The error responses handle every other error, so this can only be a broken connection.
    app.on('error', (error: unknown) => {
      logger.debug({ err: error }, 'a connection broke');
    });

    const headers = securityHeadersFor(settings.strictTransport);
    const handle = app.callback();
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.connections.busyUntilClosed(request, response);
      void handle(request, response);
    };
    this.server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: 1000,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MOST_HEADER_BYTES,
        // A guard checks the Host header: Node's own response to a missing one has no body.
        requireHostHeader: false,
      },
      listener,
    );
    this.server.timeout = SILENCE_TIMEOUT_MS;
    this.connections = new OpenConnections(this.server);
    // Without these two listeners, Node would invite every body before a guard has checked the token.
    this.server.on('checkContinue', listener);
    this.server.on('checkExpectation', listener);
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const requestId = ids.next();
      if (error.code !== 'ECONNRESET') logger.info({ requestId, reason: error.code }, 'a request is not valid HTTP');
      respondToParserError(error, socket, requestId, headers);
    });
    // This service is no proxy. Without this listener, Node closes the connection without a response.
    this.server.on('connect', (_request, socket) => {
      // Node has detached its listeners from the socket. Without this one, a reset by the client would end the process.
      socket.on('error', () => socket.destroy());
      socket.once('finish', () => socket.destroy());
      respondOnSocket(
        socket,
        'not_implemented',
        'This service does not implement the method CONNECT.',
        ids.next(),
        headers,
      );
    });
  }

  /** @returns the address of the server. Port 0 in the settings lets the system choose a port. */
  async listen(): Promise<{ host: string; port: number }> {
    const { host, port } = this.settings;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return { host, port: (this.server.address() as AddressInfo).port };
  }

  /** Accepts no new connections, and resolves after the responses to all running requests. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
    // The server would wait for idle connections, and for those that become idle.
    const sweep = setInterval(() => {
      this.connections.closeIdle();
    }, 50);
    // A closing server no longer applies its timeouts.
    const cutOff = setTimeout(() => {
      this.server.closeAllConnections();
    }, REQUEST_TIMEOUT_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(cutOff);
  }
}
