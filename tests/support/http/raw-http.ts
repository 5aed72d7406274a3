import { connect, type Socket } from 'node:net';
import { expectDescribed } from './described-responses.ts';

export type RawAnswer = {
  readonly status: number;
  /** The last header of each name, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A connection on which a test can send any bytes. */
export class RawConnection {
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private received = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.wake();
    });
    // A server may reset the connection after its response, while the test still sends.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      const end = () => {
        this.ended = true;
        this.wake();
        resolve();
      };
      socket.once('end', end);
      socket.once('close', end);
    });
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
    const connection = new RawConnection(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return connection;
  }

  send(...parts: readonly (string | Buffer)[]): this {
    this.socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
    );
    return this;
  }

  /** Returns the next complete response. @throws Error when the server closes the connection instead */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const { answer, length } = firstAnswer(this.received) ?? {};
      if (answer) {
        this.received = this.received.subarray(length);
        return answer;
      }
      if (this.ended)
        throw new Error(`the connection ended after: ${JSON.stringify(this.received.toString('latin1'))}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Returns all bytes until the server closes the connection. */
  async rest(): Promise<string> {
    await this.closed;
    return this.received.toString('utf8');
  }

  /** Resets the connection, so that the server sees ECONNRESET. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Sends bytes on a new connection, and returns the first response that is not an interim one. */
export async function ask(url: string, ...parts: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const connection = await RawConnection.open(url);
  try {
    connection.send(...parts);
    let answer = await connection.answer();
    while (answer.status < 200) answer = await connection.answer();
    const [, method, target] = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]\r\n/.exec(String(parts[0])) ?? [];
    if (method && target)
      expectDescribed({ method, target, ...answer, headers: new Headers(answer.headers), body: readable(answer) });
    return answer;
  } finally {
    connection.destroy();
  }
}

function readable({ headers, body }: RawAnswer): string | undefined {
  return headers['content-encoding'] === undefined ? body : undefined;
}

/** Parses responses of this service, in which every body has a Content-Length. */
function firstAnswer(bytes: Buffer): { answer: RawAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  if ('transfer-encoding' in headers) throw new Error('an answer came in chunks');
  const start = end + 4;
  const length = start + Number(headers['content-length'] ?? 0);
  if (bytes.length < length) return undefined;
  return { answer: { status, headers, body: bytes.subarray(start, length).toString('utf8') }, length };
}
