/** Tenants, keys, templates. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TenantTemplate } from '../../../src/core/tenant-template.ts';
import { type OpenDatabase, onStore } from './database.ts';

export function describeTenants(open: OpenDatabase): void {
  describe('tenants', () => {
    it(
      'a tenant comes back as it was written, and no two share an e-mail',
      onStore(open, async ({ store, make }) => {
        const tenant = make.tenant({ defaultCountry: 'GE' });
        const plain = make.tenant();
        await store.createTenant(tenant);
        await store.createTenant(plain);
        const duplicate = store.createTenant(make.tenant({ email: tenant.email }));
        await assert.rejects(duplicate, { name: 'EngineError', code: 'conflict' });
        assert.deepEqual(await store.findTenant(tenant.id), tenant);
        assert.deepEqual(await store.listTenants(), [tenant, plain]);
        assert.equal(await store.findTenant(make.makeId()), undefined);
      }),
    );

    it(
      'a key is found by its id and by the hash of its secret, with its tenant',
      onStore(open, async ({ store, make }) => {
        const tenant = make.tenant();
        const key = make.key(tenant.id, { mode: 'test' });
        const hash = Uint8Array.from({ length: 32 }, (_, index) => index);
        await store.createTenant(tenant);
        await store.createKey(key, hash);
        assert.deepEqual(await store.findKeyByHash(hash), { key, tenant });
        assert.deepEqual(await store.findKey(key.id), { key, tenant });
        assert.equal(await store.findKey(make.makeId()), undefined);
        assert.equal(await store.findKeyByHash(hash.toReversed()), undefined);
        await assert.rejects(store.createKey(make.key(tenant.id), hash));
      }),
    );

    it(
      'a key is revoked once and stays listed',
      onStore(open, async ({ store, make }) => {
        const tenant = make.tenant();
        const [first, second] = [make.key(tenant.id), make.key(tenant.id)];
        await store.createTenant(tenant);
        await store.createKey(first, new Uint8Array([1]));
        await store.createKey(second, new Uint8Array([2]));
        assert.equal(await store.revokeKey(first.id, make.nowMs + 1), true);
        await store.revokeKey(first.id, make.nowMs + 2);
        assert.equal(await store.revokeKey(make.makeId(), make.nowMs), false);
        assert.deepEqual(await store.listKeys(tenant.id), [
          { ...first, revokedAtMs: make.nowMs + 1 },
          second,
        ]);
        const found = await store.findKeyByHash(new Uint8Array([1]));
        assert.equal(found?.key.revokedAtMs, make.nowMs + 1);
      }),
    );

    it(
      'templates belong to a tenant by name, are written over, and have one default',
      onStore(open, async ({ store, make }) => {
        const tenant = make.tenant();
        await store.createTenant(tenant);
        const template = (name: string, rest: Partial<TenantTemplate> = {}): TenantTemplate => ({
          tenantId: tenant.id,
          name,
          bodies: { en: '{{code}} is yours', ka: 'კოდი {{code}}' },
          defaultLocale: 'en',
          isDefault: false,
          updatedAtMs: make.nowMs,
          ...rest,
        });
        await store.saveTemplate(template('welcome', { isDefault: true }));
        await store.saveTemplate(template('payment', { isDefault: true, subject: 'Your payment' }));
        await store.saveTemplate(template('welcome', { updatedAtMs: make.nowMs + 1 }));
        const expected = [
          template('payment', { isDefault: true, subject: 'Your payment' }),
          template('welcome', { updatedAtMs: make.nowMs + 1 }),
        ];
        assert.deepEqual(await store.listTemplates(tenant.id), expected);
        assert.deepEqual(await store.findTemplate(tenant.id, 'payment'), expected[0]);
        assert.equal(await store.findTemplate(make.makeId(), 'payment'), undefined);
        assert.equal(await store.deleteTemplate(tenant.id, 'payment'), true);
        assert.equal(await store.deleteTemplate(tenant.id, 'payment'), false);
      }),
    );
  });
}
