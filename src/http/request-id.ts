/** The id that a request has in every log line and in the `x-request-id` of its reply. */
import type { IncomingMessage } from 'node:http';
import type { MakeUuid } from '../lib/uuid.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** Long enough for a UUID with a prefix or a trace id; no spaces, so that it cannot break a log line or a header. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,128}$/;
/** It goes into the log, and a number might be somebody's telephone. */
const ONLY_NUMBERS = /^[0-9._-]+$/;

/** The caller's own id where it sent a well-formed one, else a new one. */
export function createRequestIds(makeUuid: MakeUuid): (request: IncomingMessage) => string {
  return (request) => {
    const given = request.headers[REQUEST_ID_HEADER];
    if (typeof given === 'string' && WELL_FORMED.test(given) && !ONLY_NUMBERS.test(given)) return given;
    return makeUuid();
  };
}
