/** Threat: a code in a reply where the caller was not promised one. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEngineHarness, lastCode, startCommand } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { type DisclosedPolicy, NATIVE_POLICY, type Policy } from '../core/policy.ts';
import type { DisclosedStartCommand, Engine, StartCommand } from './engine.ts';

const DISCLOSED: DisclosedPolicy = {
  ...NATIVE_POLICY,
  disclosure: 'to-caller',
  onPending: 'start-another',
  codeAlphabet: 'alphanumeric-mixed',
  codeLength: 32,
};

test('a disclosed start tells the code once, and nothing that it leaves behind does', async (t) => {
  const store = await openTestStore();
  t.after(() => store[Symbol.asyncDispose]());
  const { engine, carrier, dispatcher, announced, context, ...harness } = await createEngineHarness(store);
  const principal = await harness.createPrincipal();
  const started = await engine.startDisclosedVerification(principal, {
    ...startCommand(),
    policy: DISCLOSED,
  });
  await dispatcher.settled();
  assert.equal(started.code, lastCode(carrier));
  assert.match(started.code, /^[A-Za-z0-9]{32}$/);

  const { code, verification, message, ...rest } = started;
  const shown = [
    verification,
    message,
    rest,
    announced,
    await engine.getVerification(principal, verification.id),
    await engine.getMessage(principal, message.id),
    await store.findVerification(principal.tenant.id, verification.id),
  ];
  assert.ok(!JSON.stringify(shown).includes(code));
  const stored = await store.findVerification(principal.tenant.id, verification.id);
  assert.ok(stored && !('disclosure' in stored.details.policy));
  const check = { verificationId: verification.id, code };
  assert.equal((await engine.checkVerification(principal, check)).outcome, 'approved');
  assert.equal(context.clock(), verification.createdAtMs);
});

test('the types keep the two kinds of start apart', () => {
  // It fails by not compiling: an expected error that does not come is one.
  const plain: Policy = NATIVE_POLICY;
  // @ts-expect-error a disclosed policy is no policy
  const asPlain: Policy = DISCLOSED;
  // @ts-expect-error a policy discloses nothing
  const asDisclosed: DisclosedPolicy = plain;
  const mixed = (engine: Engine, start: StartCommand, disclosed: DisclosedStartCommand) => [
    // @ts-expect-error
    () => engine.startVerification({} as never, disclosed),
    // @ts-expect-error
    () => engine.startDisclosedVerification({} as never, start),
  ];
  assert.ok(asPlain && asDisclosed && mixed);
});

test('no dialect but OneConnect’s asks for a disclosed code', () => {
  const root = join(import.meta.dirname, '../dialects');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const asking = files.filter(
    (file) =>
      file.endsWith('.ts') &&
      !file.startsWith('oneconnect') &&
      /to-caller|startDisclosedVerification/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(asking, []);
});
