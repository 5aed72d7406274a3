import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type Router from '@koa/router';
import Koa from 'koa';
import type { Context, Middleware, Next } from 'koa';
import type { IdGenerator } from '#application/ports/system/id-generator';
import type { Logger } from '#application/ports/system/logger';
import type { Metrics } from '#application/ports/operations/metrics';
import type { RequestScope } from '#application/ports/system/request-scope';
import type { Schemes } from '../authentication/bearer-token.ts';
import { HttpProblem } from '../problems/problem-details.ts';
import { answerErrors } from './error-responses.ts';
import { compression } from './response-compression.ts';
import { crossOrigin } from './cross-origin.ts';
import { answerOnSocket, answerParserError } from './parser-errors.ts';
import { exceptForProbes } from './probe-paths.ts';
import { requestIdentity } from './request-ids.ts';
import { requestLog } from './request-log.ts';
import { privateAnswers, securityHeaders, securityHeadersFor } from './security-headers.ts';

/**
 * Knows which connections of a server wait for nothing. Node's own closeIdleConnections() spares those on which nothing
 * was ever sent, and a server that stops would wait for them.
 */
export class OpenConnections {
  /** Each with the number of its requests that are not answered yet. */
  private readonly waiting = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.waiting.set(socket, 0);
      socket.once('close', () => this.waiting.delete(socket));
    });
  }

  /** To be called at the beginning of each request. */
  busyUntilAnswered({ socket }: IncomingMessage, response: ServerResponse): void {
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
  /** Whether browsers are told to come back over TLS alone. */
  readonly strictTransport: boolean;
  /** What may stand before a token. */
  readonly authorizationSchemes: Schemes;
  /** Of browser apps; empty for none. */
  readonly allowedOrigins: readonly string[];
};

/** Milliseconds for all headers, and for the whole request, to arrive: slow clients are cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Milliseconds after which a client that neither sends nor takes anything is cut off while it is being served. */
const SILENCE_TIMEOUT_MS = 30_000;
const MOST_HEADER_BYTES = 16 * 1024;
/** Longer than the idle timeout of usual load balancers, so that they, and not we, close idle connections. */
const KEEP_ALIVE_MS = 65_000;

export class HttpServer {
  private readonly settings: HttpSettings;
  private readonly server: Server;
  private readonly connections: OpenConnections;
  private stopping = false;

  /** @param guards what each request but those of probes passes before a route is looked for, in this order */
  constructor(
    settings: HttpSettings,
    guards: readonly Middleware[],
    routers: readonly Router[],
    logger: Logger,
    metrics: Metrics,
    requests: RequestScope,
    ids: IdGenerator,
  ) {
    this.settings = settings;
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      if (this.stopping) ctx.set('Connection', 'close');
    });
    app.use(securityHeaders(settings.strictTransport));
    app.use(requestIdentity(requests, ids));
    app.use(requestLog(logger, metrics));
    // Above the errors, whose answers browser apps may read, too: it would write into each error that it sees.
    app.use(crossOrigin(settings.allowedOrigins));
    app.use(compression());
    app.use(answerErrors(logger, requests, settings.authorizationSchemes));
    app.use(refuseUnservable);
    app.use(privateAnswers);
    for (const guard of guards) app.use(exceptForProbes(guard));
    for (const router of routers) {
      // Methods that are known and never answered are 405, not 501 (RFC 9110 §15.5.6, §15.6.2).
      router.methods = [...router.methods, 'TRACE', 'QUERY'];
      app.use(router.routes());
      app.use(router.allowedMethods());
    }
    // Everything is answered above; what reaches Koa's own handler is a broken connection.
    app.on('error', (error: unknown) => {
      logger.debug({ err: error }, 'a connection broke');
    });

    const onEveryAnswer = securityHeadersFor(settings.strictTransport);
    const handle = app.callback();
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.connections.busyUntilAnswered(request, response);
      void handle(request, response);
    };
    this.server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: 1000,
        keepAliveTimeout: KEEP_ALIVE_MS,
        maxHeaderSize: MOST_HEADER_BYTES,
        // Node's own answer to a missing Host has no body; ours is below.
        requireHostHeader: false,
      },
      listener,
    );
    this.server.timeout = SILENCE_TIMEOUT_MS;
    this.connections = new OpenConnections(this.server);
    // Without these two, Node invites every body before anyone has looked at the token.
    this.server.on('checkContinue', listener);
    this.server.on('checkExpectation', listener);
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const requestId = ids.next();
      if (error.code !== 'ECONNRESET') logger.info({ requestId, reason: error.code }, 'not valid HTTP');
      answerParserError(error, socket, requestId, onEveryAnswer);
    });
    // No proxy: without this, Node closes the connection without a word.
    this.server.on('connect', (_request, socket) => {
      // Node has let go of the socket: without a listener, a reset by the client would end the process.
      socket.on('error', () => socket.destroy());
      socket.once('finish', () => socket.destroy());
      answerOnSocket(socket, 'not_implemented', 'The method CONNECT means nothing here.', ids.next(), onEveryAnswer);
    });
  }

  /** @returns the address it listens on, with the port it was given when the setting is 0. */
  async listen(): Promise<{ host: string; port: number }> {
    const { host, port } = this.settings;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return { host, port: (this.server.address() as AddressInfo).port };
  }

  /** Takes no new connections, and resolves when the requests in flight are answered. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
    // A connection that is or becomes idle must not be waited for.
    const sweep = setInterval(() => {
      this.connections.closeIdle();
    }, 50);
    // A closing server no longer looks at its time limits.
    const cutOff = setTimeout(() => {
      this.server.closeAllConnections();
    }, REQUEST_TIMEOUT_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(cutOff);
  }
}

async function refuseUnservable(ctx: Context, next: Next): Promise<void> {
  const hosts = ctx.req.headersDistinct['host']?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && ctx.req.httpVersion === '1.1'))
    throw new HttpProblem('bad_request', 'Exactly one Host header is required (RFC 9112 §3.2).');
  // Koa would throw at an absolute URL that cannot be parsed.
  const target = ctx.req.url ?? '';
  if (!target.startsWith('/') && target !== '*' && !URL.canParse(target))
    throw new HttpProblem('bad_request', 'The request target is not valid (RFC 9112 §3.2).');
  const expected = ctx.get('Expect').toLowerCase();
  if (expected !== '' && expected !== '100-continue')
    throw new HttpProblem('expectation_failed', 'The only expectation that is met here is 100-continue.');
  await next();
}
