import type { Principal } from '../core/principal.ts';
import { hashKeySecret, isSecretWellFormed } from '../lib/key-secret.ts';
import type { Credentials } from './engine.ts';
import type { KeyMemory } from './key-memory.ts';
import type { Store } from './ports.ts';

export type Authenticate = (credentials: Credentials) => Promise<Principal | undefined>;

/** Looks a key up by the hash of its secret. */
export function createAuthenticate(store: Store, remember: KeyMemory): Authenticate {
  return async ({ secret, tenantId, email }) => {
    if (!isSecretWellFormed(secret)) return undefined;
    const hash = hashKeySecret(secret);
    const name = Buffer.from(hash).toString('base64');
    const principal = await remember(name, () => store.findKeyByHash(hash));
    if (!principal) return undefined;
    if (tenantId !== undefined && tenantId.toLowerCase() !== principal.tenant.id) return undefined;
    if (email !== undefined && email.toLowerCase() !== principal.tenant.email) return undefined;
    return principal;
  };
}
