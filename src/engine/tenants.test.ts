import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { EngineError } from '../core/errors.ts';
import { hashKeySecret, isSecretWellFormed } from '../lib/key-secret.ts';
import { createUuidMaker } from '../lib/uuid.ts';
import { createAuthenticate } from './authenticate.ts';
import { createKeyMemory } from './key-memory.ts';
import type { Store } from './ports.ts';
import { createKey, createTenant, getTenant, revokeKey, type TenantContext } from './tenants.ts';

describe('tenants and keys', () => {
  let store: Store;
  let context: TenantContext;
  beforeEach(async () => {
    store = await openTestStore();
    const clock = createManualClock().now;
    const randomBytes = createSeededRandomBytes('tenants');
    context = { store, clock, randomBytes, makeId: createUuidMaker(clock, randomBytes) };
  });
  afterEach(() => store[Symbol.asyncDispose]());

  const acme = { name: ' Acme ', email: 'Ops@Acme.Example', defaultCountry: 'ge' };
  const fault = (code: string, field?: string) => (error: unknown) =>
    error instanceof EngineError && error.code === code && error.details.field === field;

  it('a tenant is kept as it is meant: trimmed, its e-mail in lower case, its country in upper case', async () => {
    const { id, name, email, defaultCountry } = await createTenant(context, acme);
    assert.deepEqual([name, email, defaultCountry], ['Acme', 'ops@acme.example', 'GE']);
    assert.deepEqual(await getTenant(store, id.toUpperCase()), await store.findTenant(id));
  });

  it('what is no name, e-mail address or country is refused by its field, and an address in use', async () => {
    for (const [field, input] of [
      ['name', { ...acme, name: ' ' }],
      ['name', { ...acme, name: 'two\nlines' }],
      ['name', { ...acme, name: 'x'.repeat(101) }],
      ['email', { ...acme, email: 'acme.example' }],
      ['defaultCountry', { ...acme, defaultCountry: 'XX' }],
    ] as const)
      await assert.rejects(createTenant(context, input), fault('invalid_request', field), field);
    assert.deepEqual(await store.listTenants(), []);
    await createTenant(context, acme);
    await assert.rejects(
      createTenant(context, { ...acme, email: 'ops@acme.example' }),
      fault('conflict', 'email'),
    );
  });

  it('a key opens the door of its tenant until it is revoked; its secret is not stored', async () => {
    const tenant = await createTenant(context, acme);
    const { key, secret } = await createKey(context, {
      tenantId: tenant.id,
      mode: 'test',
      scopes: ['manage', 'verify'],
    });
    assert.deepEqual([key.mode, key.scopes], ['test', ['verify', 'manage']]);
    assert(isSecretWellFormed(secret) && secret.startsWith('otpost_test_'));
    assert.equal((await store.findKeyByHash(hashKeySecret(secret)))?.key.id, key.id);
    assert.doesNotMatch(JSON.stringify(await store.listKeys(tenant.id)), new RegExp(secret.slice(12)));
    const principal = await createAuthenticate(store, createKeyMemory(context.clock))({ secret });
    assert.equal(principal?.tenant.id, tenant.id);
    await revokeKey(context, key.id);
    assert.equal(await createAuthenticate(store, createKeyMemory(context.clock))({ secret }), undefined);
  });

  it('keys of nobody, without scopes, and ids that are none', async () => {
    const tenant = await createTenant(context, acme);
    await assert.rejects(createKey(context, { tenantId: context.makeId() }), fault('not_found'));
    await assert.rejects(
      createKey(context, { tenantId: tenant.id, scopes: [] }),
      fault('invalid_request', 'scopes'),
    );
    await assert.rejects(revokeKey(context, context.makeId()), fault('not_found'));
    await assert.rejects(revokeKey(context, 'x'), fault('not_found'));
    await assert.rejects(getTenant(store, ''), fault('not_found'));
  });
});
