/** Opens what a command works with, on the settings of its environment, and closes it whatever comes of it. */
import { loadAppConfig } from '../app/load-app-config.ts';
import { openDatabase } from '../app/open-database.ts';
import { type OpenEngine, openEngine } from '../app/open-engine.ts';
import type { Config } from '../config/config.ts';
import { EngineError } from '../core/errors.ts';
import { type Principal, SCOPES, type Tenant } from '../core/principal.ts';
import type { Store } from '../engine/ports.ts';
import { getTenant, type TenantContext } from '../engine/tenants.ts';
import { createLogger } from '../lib/logger.ts';
import { noMetrics } from '../lib/metrics.ts';
import { createSystemRandomBytes } from '../lib/random.ts';
import { systemClock, systemTimers } from '../lib/time.ts';
import { createUuidMaker } from '../lib/uuid.ts';
import type { CliIo } from './cli-io.ts';

/** For what needs no keys: tenants and their credentials. */
export async function withDatabase<T>(
  io: CliIo,
  work: (context: TenantContext, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadAppConfig(io.env);
  const clock = systemClock;
  const store = await openDatabase(config, { clock, timers: systemTimers });
  const randomBytes = createSystemRandomBytes();
  try {
    return await work({ store, clock, randomBytes, makeId: createUuidMaker(clock, randomBytes) }, config);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** @param sends whether carriers are connected to; what is to be sent is left to a running server otherwise */
export async function withEngine<T>(
  io: CliIo,
  { sends }: { readonly sends: boolean },
  work: (parts: OpenEngine, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadAppConfig(io.env);
  const logger = createLogger({ level: 'silent', pretty: false });
  const parts = await openEngine(config, { logger, metrics: noMetrics, sends, takesNew: false });
  try {
    return await work(parts, config);
  } finally {
    await parts[Symbol.asyncDispose]();
  }
}

/** The operator as a caller in the name of a tenant: the named one, or the only one there is. */
export async function operatorOf(store: Store, named: string | undefined): Promise<Principal> {
  return toPrincipal(named === undefined ? await onlyTenant(store) : await getNamedTenant(store, named));
}

/** @param named an id or an e-mail address. @throws EngineError */
export async function getNamedTenant(store: Store, named: string): Promise<Tenant> {
  const byEmail = named.includes('@') ? await findByEmail(store, named) : undefined;
  return byEmail ?? getTenant(store, named);
}

/** Operators know tenants by their addresses; there is one for each. */
async function findByEmail(store: Store, email: string): Promise<Tenant | undefined> {
  const tenants = await store.listTenants();
  return tenants.find((tenant) => tenant.email === email.toLowerCase());
}

function toPrincipal(tenant: Tenant): Principal {
  return { tenant, keyId: 'operator', mode: 'live', scopes: SCOPES };
}

async function onlyTenant(store: Store): Promise<Tenant> {
  const [tenant, ...others] = await store.listTenants();
  if (!tenant)
    throw new EngineError('not_found', 'There is no tenant yet: make one with `otpost tenant create`.');
  if (others.length > 0) {
    throw new EngineError('invalid_request', 'There are several tenants: name one with --tenant.', {
      field: 'tenant',
    });
  }
  return tenant;
}
