import type { SettingsOf } from '../core/tenant-settings.ts';
import type { TemplateInput, TenantTemplate } from '../core/tenant-template.ts';
import type { Clock } from '../lib/time.ts';
import type { Store } from './ports.ts';

/** A changed template is used by every node within this time, and a start does not wait for a look-up. */
const CACHE_TTL_MS = 1_500;
const CACHE_TENANTS_MAX = 1_024;

type TenantRef = Parameters<SettingsOf>[0];

/** The templates of a tenant, remembered for seconds. */
export interface TenantTexts {
  /** By name, or the default where none is named: the tenant's own, else the config's. */
  find(tenant: TenantRef, name: string | undefined): Promise<TemplateInput | undefined>;
  forget(tenantId: string): void;
}

export function createTenantTexts(store: Store, clock: Clock, settingsOf: SettingsOf): TenantTexts {
  const cache = new Map<
    string,
    { readonly templates: readonly TenantTemplate[]; readonly sinceMs: number }
  >();

  async function load(tenantId: string): Promise<readonly TenantTemplate[]> {
    const nowMs = clock();
    const known = cache.get(tenantId);
    if (known && Math.abs(nowMs - known.sinceMs) < CACHE_TTL_MS) return known.templates;
    const templates = await store.listTemplates(tenantId);
    if (cache.size >= CACHE_TENANTS_MAX) cache.delete(cache.keys().next().value ?? '');
    cache.delete(tenantId);
    cache.set(tenantId, { templates, sinceMs: nowMs });
    return templates;
  }

  return {
    async find(tenant, name) {
      const isMeant = (template: TemplateInput) =>
        name === undefined ? template.isDefault : template.name === name;
      return (await load(tenant.id)).find(isMeant) ?? settingsOf(tenant).templates.find(isMeant);
    },
    forget: (tenantId) => cache.delete(tenantId),
  };
}
