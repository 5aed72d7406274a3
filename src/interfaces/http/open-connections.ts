import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

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
