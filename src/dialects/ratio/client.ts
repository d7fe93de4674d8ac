/** The two headers by which a Ratio client shows who it is. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../../engine/engine.ts';
import { parseHeader } from '../../http/credentials.ts';

export const CLIENT_ID_HEADER = 'ratio-client-id';
export const CLIENT_SECRET_HEADER = 'ratio-client-secret';

/** Both or nothing. */
export function toCredentials(headers: IncomingHttpHeaders): Credentials | undefined {
  const tenantId = parseHeader(headers, CLIENT_ID_HEADER);
  const secret = parseHeader(headers, CLIENT_SECRET_HEADER);
  return tenantId === undefined || secret === undefined ? undefined : { tenantId, secret };
}
