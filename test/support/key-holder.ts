/** A tenant with a key that is really in the store, unlike the harness's principals. */
import { type KeyMode, type Principal, SCOPES, type Scope } from '../../src/core/principal.ts';
import { hashKeySecret, makeKeySecret } from '../../src/lib/key-secret.ts';
import type { EngineHarness } from './engine-harness.ts';

export interface KeyHolder {
  readonly principal: Principal;
  readonly secret: string;
}

export async function createKeyHolder(
  { context, store, clock }: EngineHarness,
  { mode = 'live', scopes = SCOPES }: { readonly mode?: KeyMode; readonly scopes?: readonly Scope[] } = {},
): Promise<KeyHolder> {
  const id = context.makeId();
  const tenant = { id, name: 'Acme', email: `${id}@acme.example`, createdAtMs: clock.now() };
  const key = { id: context.makeId(), tenantId: id, mode, scopes, createdAtMs: clock.now() };
  const secret = makeKeySecret(mode, context.randomBytes);
  await store.createTenant(tenant);
  await store.createKey(key, hashKeySecret(secret));
  return { principal: { tenant, keyId: key.id, mode, scopes }, secret };
}
