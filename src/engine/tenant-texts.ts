import type { TenantTemplate } from '../core/tenant-template.ts';
import type { Clock } from '../lib/time.ts';
import type { Store } from './ports.ts';

/** A changed template is used by every node within this time, and a start does not wait for a look-up. */
const CACHE_TTL_MS = 1_500;
const CACHE_TENANTS_MAX = 1_024;

/** The templates of a tenant, remembered for seconds. */
export interface TenantTexts {
  /** By name, or the tenant's default where none is named. */
  find(tenantId: string, name: string | undefined): Promise<TenantTemplate | undefined>;
  forget(tenantId: string): void;
}

export function createTenantTexts(store: Store, clock: Clock): TenantTexts {
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
    async find(tenantId, name) {
      const templates = await load(tenantId);
      return templates.find((template) => (name === undefined ? template.isDefault : template.name === name));
    },
    forget: (tenantId) => cache.delete(tenantId),
  };
}
