/** An audit that finds nothing is worth what it would have found: each kind of fault is planted once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Store } from '../../src/engine/ports.ts';
import { type AuditedStore, findFaults, readTenant } from './audit.ts';
import { createEngineHarness, lastCode, startCommand, wrongCode } from './engine-harness.ts';
import { createJournal, type Journal } from './journal.ts';
import { openTestStore } from './open-test-store.ts';

let store: Store;
let found: AuditedStore;
let journal: Journal;
let approvedId: string;
let lockedId: string;
let messageId: string;

before(async () => {
  store = await openTestStore();
  const harness = await createEngineHarness(store);
  const principal = await harness.createPrincipal();
  const { engine } = harness;
  await engine.topUp(principal, 1_000_000_000);
  journal = createJournal();
  const start = async (to: string) => {
    const { verification } = await engine.startVerification(principal, startCommand({ to }));
    await harness.dispatcher.settled();
    journal.started({ key: to, body: { brand: 'Acme' } }, { status: 201, body: { id: verification.id } });
    return { verificationId: verification.id, code: lastCode(harness.carrier) };
  };
  const check = async (command: { readonly verificationId: string; readonly code: string }) => {
    const { outcome, checksLeft, verification } = await engine.checkVerification(principal, command);
    const body = {
      outcome,
      checksLeft,
      verification: { id: verification.id, status: verification.state, checksLeft },
    };
    journal.checked(command.verificationId, { status: 200, body });
  };
  const approved = await start('+14155550101');
  await check(approved);
  const locked = await start('+14155550102');
  for (let turn = 0; turn < 5; turn += 1) await check({ ...locked, code: wrongCode(locked.code) });
  for (const { id } of harness.carrier.sent) {
    await harness.receive({ carrierMessageId: `main-${id}`, state: 'delivered' });
  }
  found = await readTenant(store, { tenantId: principal.tenant.id });
  [approvedId, lockedId] = [approved.verificationId, locked.verificationId];
  messageId = [...found.messages.keys()][0] ?? assert.fail();
});
after(() => store[Symbol.asyncDispose]());

test('the audit finds nothing where there is nothing', () => {
  assert.deepEqual(findFaults(found, journal), []);
});

const changed = <T>(map: ReadonlyMap<string, T>, id: string, change: Partial<T>) =>
  new Map([...map].map(([key, value]) => [key, key === id ? { ...value, ...change } : value]));
const without = <T>(map: ReadonlyMap<string, T>, id: string) =>
  new Map([...map].filter(([key]) => key !== id));

const plants: readonly {
  readonly name: string;
  readonly plant: () => Partial<AuditedStore>;
  readonly finds: RegExp;
}[] = [
  {
    name: 'a lost verification',
    plant: () => ({ verifications: without(found.verifications, lockedId) }),
    finds: /acknowledged and is lost/,
  },
  {
    name: 'a lost message',
    plant: () => ({ messages: without(found.messages, messageId) }),
    finds: /counts 1 sends and has 0 messages/,
  },
  {
    name: 'an approval taken back',
    plant: () => ({ verifications: changed(found.verifications, approvedId, { state: 'expired' }) }),
    finds: /was told to be approved and is expired/,
  },
  {
    name: 'a second approval',
    plant: () => ({
      events: [...found.events, ...found.events.filter(({ type }) => type === 'verification.approved')],
    }),
    finds: /has 2 events of approval/,
  },
  {
    name: 'a count rolled back',
    plant: () => ({ verifications: changed(found.verifications, lockedId, { checkCount: 4 }) }),
    finds: /5 comparisons were answered, 4 are counted/,
  },
  {
    name: 'a guess too many',
    plant: () => ({ verifications: changed(found.verifications, lockedId, { checkCount: 6 }) }),
    finds: /6 guesses of 5/,
  },
  {
    name: 'guesses beyond the budget',
    plant: () => ({ verifications: changed(found.verifications, lockedId, { checkCount: 31 }) }),
    finds: /31 wrong codes in one window/,
  },
  {
    name: 'a message without an end',
    plant: () => ({ messages: changed(found.messages, messageId, { state: 'accepted' }) }),
    finds: /is still accepted/,
  },
  { name: 'money gone', plant: () => ({ balanceMicros: found.balanceMicros - 1 }), finds: /the balance is/ },
  {
    name: 'a second charge',
    plant: () => ({ ledger: [...found.ledger, ...found.ledger.filter(({ kind }) => kind === 'charge')] }),
    finds: /has 2 charges/,
  },
];

for (const { name, plant, finds } of plants) {
  test(`the audit finds ${name}`, () => {
    const faults = findFaults({ ...found, ...plant() }, journal);
    assert.ok(
      faults.some((fault) => finds.test(fault)),
      faults.join('\n'),
    );
  });
}

test('the journal finds answers that contradict each other', () => {
  const told = createJournal();
  const approval = { outcome: 'approved', verification: { id: 'v', status: 'approved', checksLeft: 0 } };
  told.checked('v', { status: 200, body: approval });
  told.checked('v', { status: 200, body: approval });
  told.read('v', { status: 404, body: {} });
  told.read('v', { status: 200, body: { status: 'pending' } });
  const start = { key: 'k', body: { brand: 'Acme' } };
  told.started(start, { status: 201, body: { id: 'a' } });
  told.started(start, { status: 201, body: { id: 'b' } });
  assert.deepEqual(told.contradictions, [
    'v was approved 2 times',
    'v was acknowledged and is not found',
    'v was approved and then pending',
    'key k gave a and then b',
  ]);
});
