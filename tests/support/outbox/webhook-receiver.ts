import type { IncomingHttpHeaders } from 'node:http';
import type { Message } from '#application/messages/message';
import { bodyOf, BreakableHttpServer } from '../servers/breakable-http-server.ts';

/** A receiver of CloudEvents in binary mode that stores each message before it responds. */
export class WebhookReceiver {
  readonly received: Message[] = [];
  /** The status of the response to a message, by its id. Other messages are stored, with the status 204. */
  readonly statuses = new Map<string, number>();
  /** Milliseconds before each response. */
  delayMs = 0;
  /** The largest number of requests that were open at the same time. */
  mostAtOnce = 0;
  /** The Authorization header of the last request. */
  authorization: string | undefined;
  readonly server: BreakableHttpServer;
  private open = 0;

  constructor() {
    this.server = new BreakableHttpServer((request, response) => {
      this.authorization = request.headers.authorization;
      void bodyOf(request).then(async (payload) => {
        this.open += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.open);
        if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
        response.statusCode = request.method === 'POST' ? this.store(request.headers, payload) : 405;
        this.open -= 1;
        response.end();
      });
    });
  }

  private store(headers: IncomingHttpHeaders, payload: string): number {
    const attributes = attributesIn(headers);
    const { partitionkey: key = '', ...others } = attributes;
    const id = others['id'] ?? '';
    const status = this.statuses.get(id) ?? 204;
    if (status < 300) this.received.push({ id, key, attributes: others, payload });
    return status;
  }
}

function attributesIn(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const attribute = name === 'content-type' ? 'datacontenttype' : /^ce-(.+)$/.exec(name)?.[1];
      return attribute === undefined ? [] : [[attribute, decodeURIComponent(String(value))]];
    }),
  );
}
