import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type HttpErrorCode, problemDetails, PROBLEMS } from '../problems/problem-details.ts';

type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

/** Answers what Node's parser refused, which no middleware ever sees, and closes the connection. */
export function answerParserError(
  error: ParserError,
  socket: Duplex,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): void {
  const underWay = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
  // Once part of an answer is out, a second one would be read as its continuation.
  if (error.code === 'ECONNRESET' || !socket.writable || underWay?.headersSent) {
    socket.destroy();
    return;
  }
  if (underWay?.req.complete) {
    // What is wrong came after a request that is being served: the next answer is that one's, and the last.
    underWay.setHeader('Connection', 'close');
    return;
  }
  const [code, detail] = meaningOf(error);
  answerOnSocket(socket, code, detail, requestId, headers);
}

/** Answers without Koa, and closes the connection. */
export function answerOnSocket(
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
      // A request line with a method that nobody has heard of, or no request line at all?
      if (/^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/1\.[01]\r\n/.test(rawPacket?.toString('latin1') ?? ''))
        return ['not_implemented', 'This method means nothing here.'];
  }
  return ['bad_request', 'The request is not valid HTTP/1.1.'];
}
