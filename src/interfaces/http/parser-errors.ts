import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type HttpErrorCode, problemDetails, PROBLEMS } from './problem.ts';

/** Answers what Node's parser refused, which no middleware ever sees, and closes the connection. */
export function answerParserError(error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void {
  // Once part of an answer is out, a second one would be read as its continuation.
  const answering = (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable || answering) {
    socket.destroy();
    return;
  }
  const [code, detail] = meaningOf(error.code);
  const { status } = PROBLEMS[code];
  const body = JSON.stringify(problemDetails(code, detail, requestId));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function meaningOf(parserCode: string | undefined): [HttpErrorCode, string] {
  switch (parserCode) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers_too_large', 'The headers may have at most 16 KiB.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['body_too_large', 'The chunk extensions are too large.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request_timeout', 'The request did not arrive in time.'];
    default:
      return ['bad_request', 'The request is not valid HTTP/1.1.'];
  }
}
