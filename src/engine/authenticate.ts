import type { Principal } from '../core/principal.ts';
import { hashKeySecret, isSecretWellFormed } from '../lib/key-secret.ts';
import type { Clock } from '../lib/time.ts';
import type { Credentials } from './engine.ts';
import type { Store } from './ports.ts';

/** A revoked key must be refused everywhere within two seconds, so a remembered one lives a little less. */
const CACHE_TTL_MS = 1_500;
/** About 1 MB; beyond this many keys a second, the oldest are asked for again. */
const CACHE_ENTRIES_MAX = 4_096;

export type Authenticate = (credentials: Credentials) => Promise<Principal | undefined>;

/** Looks a key up by its hash, and remembers found ones for seconds. Unknown ones are not remembered. */
export function createAuthenticate(store: Store, clock: Clock): Authenticate {
  const cache = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();

  return async ({ secret, tenantId, email }) => {
    if (!isSecretWellFormed(secret)) return undefined;
    const hash = hashKeySecret(secret);
    const cacheKey = Buffer.from(hash).toString('base64');
    const nowMs = clock();
    const known = cache.get(cacheKey);
    const isFresh = known !== undefined && nowMs < known.untilMs && nowMs > known.untilMs - 2 * CACHE_TTL_MS;
    const principal = isFresh ? known.principal : await find(hash);
    if (!principal) {
      cache.delete(cacheKey);
      return undefined;
    }
    if (!isFresh) {
      cache.delete(cacheKey);
      if (cache.size >= CACHE_ENTRIES_MAX) cache.delete(cache.keys().next().value ?? '');
      cache.set(cacheKey, { principal, untilMs: nowMs + CACHE_TTL_MS });
    }
    if (tenantId !== undefined && tenantId.toLowerCase() !== principal.tenant.id) return undefined;
    if (email !== undefined && email.toLowerCase() !== principal.tenant.email) return undefined;
    return principal;
  };

  async function find(hash: Uint8Array): Promise<Principal | undefined> {
    const found = await store.findKeyByHash(hash);
    if (!found || found.key.revokedAtMs !== undefined) return undefined;
    const { key, tenant } = found;
    return { tenant, keyId: key.id, mode: key.mode, scopes: key.scopes };
  }
}
