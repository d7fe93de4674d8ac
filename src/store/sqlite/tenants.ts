/** Tenants, their keys and templates. Small tables that change by hand. */
import type { DatabaseSync } from 'node:sqlite';
import { EngineError } from '../../core/errors.ts';
import type { Key, Tenant } from '../../core/principal.ts';
import type { TenantTemplate } from '../../core/tenant-template.ts';
import { type KeyRow, type TemplateRow, type TenantRow, toKey, toTemplate, toTenant } from '../rows.ts';
import { isUniqueViolation } from './connection.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const TENANT_COLUMNS = 'id, name, email, default_country, created_at_ms';
const KEY_COLUMNS = 'id, tenant_id, mode, scopes, created_at_ms, revoked_at_ms';
const TEMPLATE_COLUMNS = 'tenant_id, name, bodies, default_locale, subject, is_default, updated_at_ms';

const INSERT_TENANT = `INSERT INTO tenants (${TENANT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)`;
const FIND_TENANT = `SELECT ${TENANT_COLUMNS} FROM tenants WHERE id = ?1`;
const LIST_TENANTS = `SELECT ${TENANT_COLUMNS} FROM tenants ORDER BY id`;
const INSERT_KEY = `INSERT INTO keys (${KEY_COLUMNS}, secret_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`;
const REVOKE_KEY = 'UPDATE keys SET revoked_at_ms = coalesce(revoked_at_ms, ?2) WHERE id = ?1';
const LIST_KEYS = `SELECT ${KEY_COLUMNS} FROM keys WHERE tenant_id = ?1 ORDER BY id`;
const FIND_KEY = `SELECT ${KEY_COLUMNS} FROM keys WHERE id = ?1`;
const FIND_KEY_BY_HASH = `SELECT ${KEY_COLUMNS} FROM keys WHERE secret_hash = ?1`;
const UNSET_DEFAULT = 'UPDATE templates SET is_default = 0 WHERE tenant_id = ?1 AND is_default = 1';
const SAVE_TEMPLATE = `INSERT INTO templates (${TEMPLATE_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (tenant_id, name) DO UPDATE
  SET bodies = excluded.bodies, default_locale = excluded.default_locale, subject = excluded.subject,
    is_default = excluded.is_default, updated_at_ms = excluded.updated_at_ms`;
const FIND_TEMPLATE = `SELECT ${TEMPLATE_COLUMNS} FROM templates WHERE tenant_id = ?1 AND name = ?2`;
const LIST_TEMPLATES = `SELECT ${TEMPLATE_COLUMNS} FROM templates WHERE tenant_id = ?1 ORDER BY name`;
const DELETE_TEMPLATE = 'DELETE FROM templates WHERE tenant_id = ?1 AND name = ?2';

export function createTenantWrites(database: DatabaseSync) {
  const insertTenant = prepareCommand(database, INSERT_TENANT);
  const insertKey = prepareCommand(database, INSERT_KEY);
  const revokeKey = prepareCommand(database, REVOKE_KEY);
  const unsetDefault = prepareCommand(database, UNSET_DEFAULT);
  const saveTemplate = prepareCommand(database, SAVE_TEMPLATE);
  const deleteTemplate = prepareCommand(database, DELETE_TEMPLATE);

  return {
    createTenant({ id, name, email, defaultCountry, createdAtMs }: Tenant): void {
      try {
        insertTenant(id, name, email, defaultCountry ?? null, createdAtMs);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new EngineError('conflict', 'a tenant with this e-mail exists', { field: 'email' });
      }
    },
    createKey(key: Key, secretHash: Uint8Array): void {
      const { id, tenantId, mode, scopes, createdAtMs, revokedAtMs } = key;
      insertKey(id, tenantId, mode, JSON.stringify(scopes), createdAtMs, revokedAtMs ?? null, secretHash);
    },
    revokeKey: (id: string, atMs: number) => revokeKey(id, atMs) > 0,
    saveTemplate(template: TenantTemplate): void {
      const { tenantId, name, bodies, defaultLocale, subject, isDefault, updatedAtMs } = template;
      if (isDefault) unsetDefault(tenantId);
      const bodiesJson = JSON.stringify(bodies);
      saveTemplate(
        tenantId,
        name,
        bodiesJson,
        defaultLocale,
        subject ?? null,
        isDefault ? 1 : 0,
        updatedAtMs,
      );
    },
    deleteTemplate: (tenantId: string, name: string) => deleteTemplate(tenantId, name) > 0,
  };
}

export function createTenantReads(database: DatabaseSync) {
  const findTenant = prepareQuery<TenantRow>(database, FIND_TENANT);
  const listTenants = prepareQuery<TenantRow>(database, LIST_TENANTS);
  const listKeys = prepareQuery<KeyRow>(database, LIST_KEYS);
  const findKey = prepareQuery<KeyRow>(database, FIND_KEY);
  const findKeyByHash = prepareQuery<KeyRow>(database, FIND_KEY_BY_HASH);
  const findTemplate = prepareQuery<TemplateRow>(database, FIND_TEMPLATE);
  const listTemplates = prepareQuery<TemplateRow>(database, LIST_TEMPLATES);

  /** Tenants are never deleted, so the two reads cannot disagree. */
  const withTenant = (
    keyRow: KeyRow | undefined,
  ): { readonly key: Key; readonly tenant: Tenant } | undefined => {
    const tenantRow = keyRow && findTenant.first(keyRow.tenant_id);
    return tenantRow && { key: toKey(keyRow), tenant: toTenant(tenantRow) };
  };

  return {
    findTenant(id: string): Tenant | undefined {
      const row = findTenant.first(id);
      return row && toTenant(row);
    },
    listTenants: () => listTenants.all().map(toTenant),
    listKeys: (tenantId: string) => listKeys.all(tenantId).map(toKey),
    findKey: (id: string) => withTenant(findKey.first(id)),
    findKeyByHash: (secretHash: Uint8Array) => withTenant(findKeyByHash.first(secretHash)),
    findTemplate(tenantId: string, name: string): TenantTemplate | undefined {
      const row = findTemplate.first(tenantId, name);
      return row && toTemplate(row);
    },
    listTemplates: (tenantId: string) => listTemplates.all(tenantId).map(toTemplate),
  };
}
