/** Calls of the native wire, as a principal with a key makes them, on an engine of examples. */
import type { TenantSettings } from '../../src/core/tenant-settings.ts';
import { native } from '../../src/dialects/native/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { serveDialect } from './dialect-server.ts';
import { FAKE_SECRET } from './fake-engine.ts';

const auth = { authorization: `Bearer ${FAKE_SECRET}` };
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The native dialect over an engine that answers from examples, or as told; `ask` calls it with a key. */
export async function serveNative(overrides: Partial<Engine> = {}, settings: Partial<TenantSettings> = {}) {
  const server = await serveDialect(native, overrides, {}, settings);
  const ask = (method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    server.app.inject({
      method,
      url: `/otp/v1${path}`,
      headers: { ...auth, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
  return { ...server, ask };
}
