/** Tenants and their keys: what the command line and the demo do, without a principal. Authentication is authenticate.ts. */
import { parseEmailAddress } from '../core/email-address.ts';
import { EngineError } from '../core/errors.ts';
import { isCountry } from '../core/phone-number.ts';
import { type Key, type KeyMode, SCOPES, type Scope, type Tenant } from '../core/principal.ts';
import { hashKeySecret, makeKeySecret } from '../lib/key-secret.ts';
import { parseUuid } from '../lib/uuid.ts';
import type { EngineContext } from './context.ts';
import type { Store } from './ports.ts';

export type TenantContext = Pick<EngineContext, 'store' | 'clock' | 'makeId' | 'randomBytes'>;

export interface NewTenant {
  readonly name: string;
  readonly email: string;
  /** ISO 3166-1 alpha-2, in any case. */
  readonly defaultCountry?: string;
}

export interface NewKey {
  readonly tenantId: string;
  /** `live` unless told. */
  readonly mode?: KeyMode;
  /** All unless told. */
  readonly scopes?: readonly Scope[];
}

/** A key with its secret, which is shown this once and stored nowhere. */
export interface CreatedKey {
  readonly key: Key;
  readonly secret: string;
}

const NAME_CHARACTERS_MAX = 100;

/** @throws EngineError `invalid_request` with the field, `conflict` where the e-mail address is taken */
export async function createTenant(context: TenantContext, input: NewTenant): Promise<Tenant> {
  const name = input.name.trim();
  if (name === '' || name.length > NAME_CHARACTERS_MAX || /\p{Cc}/u.test(name)) {
    throw invalid('name', `A tenant's name has 1 to ${NAME_CHARACTERS_MAX} characters on one line.`);
  }
  const email = parseEmailAddress(input.email);
  if (email.fault) throw invalid('email', 'This is not an e-mail address.');
  const defaultCountry = input.defaultCountry?.toUpperCase();
  if (defaultCountry !== undefined && !isCountry(defaultCountry)) {
    throw invalid('defaultCountry', 'A country is given by its two letters, such as GE.');
  }
  const tenant: Tenant = {
    id: context.makeId(),
    name,
    email: email.mailbox.toLowerCase(),
    ...(defaultCountry !== undefined && { defaultCountry }),
    createdAtMs: context.clock(),
  };
  await context.store.createTenant(tenant);
  return tenant;
}

/** @throws EngineError `not_found` where there is no such tenant, `invalid_request` for scopes that are none */
export async function createKey(context: TenantContext, input: NewKey): Promise<CreatedKey> {
  const { mode = 'live', scopes = SCOPES } = input;
  if (scopes.length === 0) throw invalid('scopes', 'A key has at least one scope.');
  const tenant = await getTenant(context.store, input.tenantId);
  const secret = makeKeySecret(mode, context.randomBytes);
  const key: Key = {
    id: context.makeId(),
    tenantId: tenant.id,
    mode,
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    createdAtMs: context.clock(),
  };
  await context.store.createKey(key, hashKeySecret(secret));
  return { key, secret };
}

/** Running servers refuse the key within two seconds. @throws EngineError `not_found` */
export async function revokeKey(context: Pick<TenantContext, 'store' | 'clock'>, id: string): Promise<void> {
  const known = parseUuid(id);
  const wasThere = known !== undefined && (await context.store.revokeKey(known, context.clock()));
  if (!wasThere) throw new EngineError('not_found', 'There is no such key.');
}

/** @throws EngineError `not_found` */
export async function getTenant(store: Pick<Store, 'findTenant'>, id: string): Promise<Tenant> {
  const known = parseUuid(id);
  const tenant = known === undefined ? undefined : await store.findTenant(known);
  if (!tenant) throw new EngineError('not_found', 'There is no such tenant.');
  return tenant;
}

function invalid(field: string, message: string): EngineError {
  return new EngineError('invalid_request', message, { field });
}
