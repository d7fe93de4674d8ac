/** Tenants, their keys and templates. Small tables that change by hand. */
import { EngineError } from '../../core/errors.ts';
import type { Key, Tenant } from '../../core/principal.ts';
import type { TenantTemplate } from '../../core/tenant-template.ts';
import type { TenantStore } from '../../engine/ports.ts';
import { type KeyRow, type TemplateRow, type TenantRow, toKey, toTemplate, toTenant } from '../rows.ts';
import { isUniqueViolation } from './failure.ts';
import type { Reader } from './reader.ts';
import { type Call, call, statement } from './statement.ts';
import type { Transactor } from './transactor.ts';

const TENANT_COLUMNS = 'id, name, email, default_country, created_at_ms';
const KEY_COLUMNS = 'id, tenant_id, mode, scopes, created_at_ms, revoked_at_ms';
const TEMPLATE_COLUMNS = 'tenant_id, name, bodies, default_locale, subject, is_default, updated_at_ms';

const INSERT_TENANT = statement(`INSERT INTO tenants (${TENANT_COLUMNS}) VALUES ($1, $2, $3, $4, $5)`);
const FIND_TENANT = statement(`SELECT ${TENANT_COLUMNS} FROM tenants WHERE id = $1`);
const LIST_TENANTS = statement(`SELECT ${TENANT_COLUMNS} FROM tenants ORDER BY id`);
const INSERT_KEY = statement(
  `INSERT INTO keys (${KEY_COLUMNS}, secret_hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);
const REVOKE_KEY = statement('UPDATE keys SET revoked_at_ms = coalesce(revoked_at_ms, $2) WHERE id = $1');
const LIST_KEYS = statement(`SELECT ${KEY_COLUMNS} FROM keys WHERE tenant_id = $1 ORDER BY id`);
const findKey = (condition: string) =>
  statement(`SELECT k.id, k.tenant_id, k.mode, k.scopes, k.created_at_ms, k.revoked_at_ms, t.name, t.email,
    t.default_country, t.created_at_ms AS tenant_created_at_ms
  FROM keys k JOIN tenants t ON t.id = k.tenant_id WHERE ${condition}`);
const FIND_KEY = findKey('k.id = $1');
const FIND_KEY_BY_HASH = findKey('k.secret_hash = $1');
const UNSET_DEFAULT = statement(
  'UPDATE templates SET is_default = false WHERE tenant_id = $1 AND is_default AND name <> $2',
);
const SAVE_TEMPLATE =
  statement(`INSERT INTO templates (${TEMPLATE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (tenant_id, name) DO UPDATE
  SET bodies = excluded.bodies, default_locale = excluded.default_locale, subject = excluded.subject,
    is_default = excluded.is_default, updated_at_ms = excluded.updated_at_ms`);
// One after the other, so that two templates saved as the default at once do not both become it.
const LOCK_TENANT = statement('SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE');
const FIND_TEMPLATE = statement(
  `SELECT ${TEMPLATE_COLUMNS} FROM templates WHERE tenant_id = $1 AND name = $2`,
);
const LIST_TEMPLATES = statement(
  `SELECT ${TEMPLATE_COLUMNS} FROM templates WHERE tenant_id = $1 ORDER BY name COLLATE "C"`,
);
const DELETE_TEMPLATE = statement('DELETE FROM templates WHERE tenant_id = $1 AND name = $2');

interface KeyWithTenantRow extends KeyRow, Pick<TenantRow, 'name' | 'email' | 'default_country'> {
  readonly tenant_created_at_ms: number;
}

export function createTenantMethods(transactor: Transactor, reader: Reader): TenantStore {
  const findOne = (question: Call) => reader.find<KeyWithTenantRow, KeyWithTenant>(question, toKeyWithTenant);
  return {
    async createTenant({ id, name, email, defaultCountry, createdAtMs }) {
      try {
        await transactor.runAlone(call(INSERT_TENANT, id, name, email, defaultCountry ?? null, createdAtMs));
      } catch (error) {
        if (!isUniqueViolation(error, 'tenants_email')) throw error;
        throw new EngineError('conflict', 'a tenant with this e-mail exists', { field: 'email' });
      }
    },
    findTenant: (id) => reader.find<TenantRow, Tenant>(call(FIND_TENANT, id), toTenant),
    listTenants: () => reader.list<TenantRow, Tenant>(call(LIST_TENANTS), toTenant),
    async createKey({ id, tenantId, mode, scopes, createdAtMs, revokedAtMs }, secretHash) {
      const json = JSON.stringify(scopes);
      await transactor.runAlone(
        call(INSERT_KEY, id, tenantId, mode, json, createdAtMs, revokedAtMs ?? null, secretHash),
      );
    },
    revokeKey: async (id, atMs) =>
      ((await transactor.runAlone(call(REVOKE_KEY, id, atMs))).rowCount ?? 0) > 0,
    listKeys: (tenantId) => reader.list<KeyRow, Key>(call(LIST_KEYS, tenantId), toKey),
    findKey: (id) => findOne(call(FIND_KEY, id)),
    findKeyByHash: (secretHash) => findOne(call(FIND_KEY_BY_HASH, secretHash)),
    saveTemplate: (template) =>
      transactor.run(async (session) => {
        const { tenantId, name, bodies, defaultLocale, subject, isDefault, updatedAtMs } = template;
        session.defer(call(LOCK_TENANT, tenantId));
        if (isDefault) session.defer(call(UNSET_DEFAULT, tenantId, name));
        const json = JSON.stringify(bodies);
        session.defer(
          call(SAVE_TEMPLATE, tenantId, name, json, defaultLocale, subject ?? null, isDefault, updatedAtMs),
        );
      }),
    findTemplate: (tenantId, name) =>
      reader.find<TemplateRow, TenantTemplate>(call(FIND_TEMPLATE, tenantId, name), toTemplate),
    listTemplates: (tenantId) =>
      reader.list<TemplateRow, TenantTemplate>(call(LIST_TEMPLATES, tenantId), toTemplate),
    deleteTemplate: async (tenantId, name) =>
      ((await transactor.runAlone(call(DELETE_TEMPLATE, tenantId, name))).rowCount ?? 0) > 0,
  };
}

interface KeyWithTenant {
  readonly key: Key;
  readonly tenant: Tenant;
}

function toKeyWithTenant(row: KeyWithTenantRow): KeyWithTenant {
  return {
    key: toKey(row),
    tenant: toTenant({ ...row, id: row.tenant_id, created_at_ms: row.tenant_created_at_ms }),
  };
}
