/** The JSON Web Tokens of the Voice API: ours, signed by the application’s key, and theirs on callbacks. */
import { createHash, createHmac, type KeyObject, sign } from 'node:crypto';
import { parseJson, textAt, valueAt } from '../kit/json-value.ts';
import { isSameSecret } from '../kit/receipt-url.ts';

/** A request follows at once; a token that leaks is of no use soon after. */
const LIFE_SECONDS = 60;

/** @see https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens */
export function makeApplicationJwt(
  applicationId: string,
  key: KeyObject,
  nowMs: number,
  tokenId: string,
): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims = { application_id: applicationId, iat: issuedAt, exp: issuedAt + LIFE_SECONDS, jti: tokenId };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/**
 * True for a callback whose token is signed with the secret and speaks of this very body.
 *
 * @see https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
 */
export function isSignedCallback(
  authorization: string | undefined,
  body: Buffer,
  secret: string,
  nowMs: number,
): boolean {
  const token = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '');
  if (!token) return false;
  const [, header = '', payload = '', signature = ''] = token;
  // The algorithm is ours to choose: a token that names another one, or none, is nobody’s.
  if (textAt(decode(header), 'alg') !== 'HS256') return false;
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  if (!isSameSecret(signature, expected)) return false;
  const claims = decode(payload);
  const expiry = valueAt(claims, ['exp']);
  if (typeof expiry === 'number' && expiry * 1000 <= nowMs) return false;
  return textAt(claims, 'payload_hash') === createHash('sha256').update(body).digest('hex');
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): unknown {
  return parseJson(Buffer.from(part, 'base64url').toString('utf8'));
}
