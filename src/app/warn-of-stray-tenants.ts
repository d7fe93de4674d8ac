/** Tells the log which settings are for tenants that there are not. They stop nothing: a tenant may be made later. */
import { maskEmailAddress, parseEmailAddress } from '../core/email-address.ts';
import { findStrayEntries, type Settings } from '../core/tenant-settings.ts';
import type { TenantStore } from '../engine/ports.ts';
import type { Logger } from '../lib/logger.ts';

export async function warnOfStrayTenants(
  settings: Pick<Settings, 'own'>,
  store: Pick<TenantStore, 'listTenants'>,
  logger: Logger,
): Promise<void> {
  if (Object.keys(settings.own).length === 0) return;
  for (const name of findStrayEntries(settings, await store.listTenants())) {
    const address = parseEmailAddress(name);
    const tenant = address.fault === undefined ? maskEmailAddress(address.canonical) : name;
    logger.warn({ tenant }, 'settings for a tenant that there is not');
  }
}
