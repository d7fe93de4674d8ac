/**
 * Answers what Node.js could not read as a request: broken framing, headers too large, a request that came too slowly.
 * No route is known then, so the answer is a problem document whatever was asked.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../lib/logger.ts';
import { PROBLEM_MEDIA_TYPE } from './problem.ts';

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

export function createClientErrorHandler(logger: Logger): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const { code } = error as NodeJS.ErrnoException;
    // The peer is gone, or a reply is half on the wire and would be garbled: there is nobody to tell.
    if (code === 'ECONNRESET' || !socket.writable || isReplying(socket)) {
      socket.destroy();
      return;
    }
    const status = STATUS_BY_CODE[code ?? ''] ?? 400;
    logger.debug({ reason: code, status }, 'unreadable request');
    socket.end(replyFor(status), () => socket.destroy());
  };
}

/** Looks where Node.js itself looks before it answers a client error; there is no public way. */
function isReplying(socket: Socket): boolean {
  const { _httpMessage: reply } = socket as Socket & {
    readonly _httpMessage?: { readonly headersSent: boolean } | null;
  };
  return reply?.headersSent === true;
}

function replyFor(status: number): string {
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({
    type: 'urn:otpost:error:invalid_request',
    title,
    status,
    detail: 'The request could not be read.',
    code: 'invalid_request',
  });
  return [
    `HTTP/1.1 ${status} ${title}`,
    'connection: close',
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
