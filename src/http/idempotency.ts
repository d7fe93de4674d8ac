/**
 * Reads `Idempotency-Key` and makes the hash by which a repeated call is known from another call under the same key.
 * Keeping and comparing them is the engine's work.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { EngineError } from '../core/errors.ts';
import type { Idempotency } from '../engine/engine.ts';

const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
/** Visible ASCII. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * @param route the route's pattern, so that a change of prefix does not make a repeated call a new one
 * @returns undefined where the header was not sent
 * @throws EngineError `invalid_request` for a key of the wrong form
 */
export function readIdempotency(request: FastifyRequest, route: string): Idempotency | undefined {
  const key = request.headers[IDEMPOTENCY_KEY_HEADER];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new EngineError(
      'invalid_request',
      'The Idempotency-Key must be 1 to 255 visible ASCII characters.',
      {
        field: IDEMPOTENCY_KEY_HEADER,
      },
    );
  }
  const call = canonicalJson([request.method, route, request.params ?? null, request.body ?? null]);
  return { key, requestHash: createHash('sha256').update(call).digest('base64url') };
}

/** JSON with the names of every object sorted, so that equal bodies are equal texts (as RFC 8785 §3.2.3). */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
