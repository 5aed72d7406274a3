import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type HttpErrorCode, PROBLEMS } from '../problems/problem-codes.ts';
import { problemDetails } from '../problems/problem-details.ts';

type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

/** Responds to a request that Node's parser refused, which no middleware ever sees, and closes the connection. */
export function respondToParserError(
  error: ParserError,
  socket: Duplex,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): void {
  const inProgress = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
  // A client would read a second response as the continuation of one that was sent in part.
  if (error.code === 'ECONNRESET' || !socket.writable || inProgress?.headersSent) {
    socket.destroy();
    return;
  }
  if (inProgress?.req.complete) {
    // The malformed bytes follow a request that is still being served. Its response is the last one on this connection.
    inProgress.setHeader('Connection', 'close');
    return;
  }
  const [code, detail] = meaningOf(error);
  respondOnSocket(socket, code, detail, requestId, headers);
}

/** Writes a response without Koa, and closes the connection. */
export function respondOnSocket(
  socket: Duplex,
  code: HttpErrorCode,
  detail: string,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): void {
  const { status } = PROBLEMS[code];
  const body = JSON.stringify(problemDetails(code, detail, requestId));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function meaningOf({ code, rawPacket }: ParserError): [HttpErrorCode, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers_too_large', 'The headers may have at most 16 KiB.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['body_too_large', 'The chunk extensions are too large.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request_timeout', 'The request did not arrive in time.'];
    case 'HPE_INVALID_METHOD':
      // The method is unknown if this is a request line at all. Otherwise the request is not HTTP.
      if (/^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/1\.[01]\r\n/.test(rawPacket?.toString('latin1') ?? ''))
        return ['not_implemented', 'This service does not implement the method.'];
  }
  return ['bad_request', 'The request is not valid HTTP/1.1.'];
}
