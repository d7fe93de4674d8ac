import type { Key, Principal, Tenant } from '../core/principal.ts';
import type { Clock } from '../lib/time.ts';

/** A revoked key must be refused everywhere within two seconds, so a remembered one lives a little less. */
const MEMORY_MS = 1_500;
/** About 1 MB; beyond this many keys a second, the oldest are asked for again. */
const ENTRIES_MAX = 4_096;

export interface KeyWithTenant {
  readonly key: Key;
  readonly tenant: Tenant;
}

/** Who holds the key of this name, remembered for seconds. Unknown and revoked ones are undefined and not remembered. */
export type KeyMemory = (
  name: string,
  find: () => Promise<KeyWithTenant | undefined>,
) => Promise<Principal | undefined>;

export function createKeyMemory(clock: Clock): KeyMemory {
  const known = new Map<string, { readonly principal: Principal; readonly sinceMs: number }>();

  return async (name, find) => {
    const nowMs = clock();
    const entry = known.get(name);
    if (entry && Math.abs(nowMs - entry.sinceMs) < MEMORY_MS) return entry.principal;
    known.delete(name);
    const found = await find();
    if (!found || found.key.revokedAtMs !== undefined) return undefined;
    const { key, tenant } = found;
    const principal = { tenant, keyId: key.id, mode: key.mode, scopes: key.scopes };
    if (known.size >= ENTRIES_MAX) known.delete(known.keys().next().value ?? '');
    known.set(name, { principal, sinceMs: nowMs });
    return principal;
  };
}
