/** Tenants, keys, templates, balances, and what an installation keeps for itself. Part of session.ts. */
import type { Account, Charge } from '../../src/core/ledger.ts';
import type { DataKeyRow } from '../../src/engine/ports.ts';
import { createStoreFixtures } from '../support/store-fixtures.ts';
import type { Part } from './session.ts';

export function tenantPart(): Part {
  const make = createStoreFixtures('tenants');
  const tenant = make.tenant({ defaultCountry: 'GE' });
  const [kept, revoked] = [make.key(tenant.id, { mode: 'test' }), make.key(tenant.id)];
  const hash = new Uint8Array(32).fill(7);
  const template = (name: string) => ({
    tenantId: tenant.id,
    name,
    bodies: { en: '{{code}} is your code.' },
    defaultLocale: 'en',
    subject: 'Your code',
    isDefault: name === 'login',
    updatedAtMs: make.nowMs,
  });
  return {
    async first(store) {
      await store.createTenant(tenant);
      await store.createKey(kept, hash);
      await store.createKey(revoked, new Uint8Array(32).fill(8));
      await store.revokeKey(revoked.id, make.nowMs + 1);
      for (const name of ['login', 'gone']) await store.saveTemplate(template(name));
    },
    second: async (store) => [
      await store.findTenant(tenant.id),
      await store.listTenants(),
      await store.listKeys(tenant.id),
      await store.findKey(kept.id),
      await store.findKeyByHash(hash),
      await store.revokeKey(revoked.id, make.nowMs + 2),
      await store.revokeKey(kept.id, make.nowMs + 2),
      await store.findTemplate(tenant.id, 'login'),
      await store.saveTemplate({ ...template('login'), isDefault: false }),
      await store.deleteTemplate(tenant.id, 'gone'),
      await store.listTemplates(tenant.id),
    ],
  };
}

export function installationPart(): Part {
  const make = createStoreFixtures('installation');
  const row = (name: string, wrapped: number): DataKeyRow => ({
    name,
    purpose: 'seal',
    wrapped: new Uint8Array([wrapped]),
    createdAtMs: make.nowMs,
  });
  const signing = (kid: string, generation: number) => ({
    kid,
    generation,
    publicJwk: { kty: 'RSA', n: 'n', e: 'AQAB' } as const,
    privateSealed: new Uint8Array([generation]),
    createdAtMs: make.nowMs,
    signsFromMs: make.nowMs + generation,
  });
  const verification = make.verification();
  const message = make.messageOf(verification, { state: 'delivered' });
  return {
    async first(store) {
      await store.addDataKeys([row('a', 1), row('b', 2)]);
      await store.addSigningKey(signing('k1', 1));
      await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
    },
    async second(store) {
      const answers: unknown[] = [
        await store.probe(),
        await store.loadDataKeys(),
        await store.addDataKeys([row('c', 3), row('a', 3)]),
        await store.rewrapDataKeys([row('a', 9), row('b', 9)]),
        await store.deleteDataKey('b'),
        await store.loadDataKeys(),
        await store.addSigningKey(signing('late', 1)),
        await store.addSigningKey(signing('k2', 2)),
        await store.loadSigningKeys(),
        await store.deleteSigningKey('k2'),
      ];
      // In the order of ids, which begin with an instant: the last page of each holds what is this part's.
      for (const table of ['verifications', 'messages', 'signing_keys'] as const) {
        const rows = await store.scanSealed(table, '', 100);
        const before = rows.find(({ id }) => id === verification.id || id === 'k1');
        const after = before && { ...before, toSealed: new Uint8Array([5, 5]) };
        answers.push(before, after && (await store.replaceSealed(table, after, before)));
      }
      answers.push(await store.findVerification(verification.tenantId, verification.id));
      return answers;
    },
  };
}

export function accountPart(): Part {
  const make = createStoreFixtures('account');
  const tenant = make.tenant();
  const tenantId = tenant.id;
  const charge = (messageId: string, account: Pick<Account, 'spentMicros'>): Charge => ({
    ...{ tenantId, messageId, amountMicros: 30, atMs: make.nowMs },
    ...{ spentMicros: account.spentMicros + 30, spentDayMs: 0 },
  });
  const verification = make.verification({ tenantId });
  const messages = [make.messageOf(verification), make.messageOf(verification)];
  const credit = (kind: 'top-up' | 'adjustment', amountMicros: number, reference?: string) => ({
    ...{ tenantId, kind, amountMicros, atMs: make.nowMs },
    ...(reference !== undefined && { reference }),
  });
  return {
    async first(store) {
      await store.createTenant(tenant);
      await store.transaction((tx) => tx.saveCredit(credit('top-up', 1000, 'invoice-1')));
      await store.transaction((tx) => tx.saveDailyCap(tenantId, 500));
      for (const [index, message] of messages.entries()) {
        await store.transaction(async (tx) => {
          const account = await tx.loadAccount(tenantId);
          await tx.saveSend({
            ...(index === 0
              ? { verification }
              : { resend: { verificationId: verification.id, sendCount: 2, lastSendAtMs: make.nowMs } }),
            ...{ message, counters: [], events: [] },
          });
          await tx.saveCharge(charge(message.id, account ?? { spentMicros: 0 }));
        });
      }
    },
    second: async (store) => [
      await store.findAccount(tenantId),
      await store.transaction((tx) => tx.saveCredit(credit('top-up', 1000, 'invoice-1'))),
      await store.transaction((tx) => tx.saveCredit(credit('adjustment', -40))),
      // Gives back what its messages were charged.
      await store.transaction((tx) =>
        tx.settleVerification({
          verificationId: verification.id,
          state: 'canceled',
          settledAtMs: make.nowMs,
        }),
      ),
      await store.transaction((tx) => tx.loadAccount(tenantId)),
      await store.transaction((tx) => tx.saveDailyCap(tenantId, undefined)),
      await store.findAccount(tenantId),
      (await store.listLedger(tenantId, 2)).map(({ seq: _, ...entry }) => entry),
      (await store.listLedger(tenantId, 10, 3)).map(({ seq: _, ...entry }) => entry),
      await store.sumLedger(tenantId),
    ],
  };
}
