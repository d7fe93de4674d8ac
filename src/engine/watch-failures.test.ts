/** Threat: one code sprayed over many numbers of a tenant, each of which sees a single wrong code. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  createEngineHarness,
  type EngineHarness,
  lastCode,
  startCommand,
  wrongCode,
} from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { createScriptedCarrier, type ScriptedCarrier } from '../../test/support/scripted-carrier.ts';
import type { Principal } from '../core/principal.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import type { Store } from './ports.ts';
import { createFailureWatch, type FailureWatch } from './watch-failures.ts';

const alarm = { max: 5, windowSeconds: 600 };

describe('the failure alarm of a tenant', () => {
  let store: Store;
  let harness: EngineHarness;
  let phone: ScriptedCarrier;
  let engine: Engine;
  let watch: FailureWatch;
  let principal: Principal;
  let numbers = 0;
  beforeEach(async () => {
    store = await openTestStore();
    phone = createScriptedCarrier('phone', { isSimulated: true });
    harness = await createEngineHarness(store, { carriers: [phone] });
    watch = createFailureWatch({ ...harness.context, alarm });
    engine = createEngine({ ...harness.context, announce: watch.announce });
    principal = await harness.createPrincipal();
  });

  afterEach(() => store[Symbol.asyncDispose]());

  /** One wrong code at each of so many numbers, or the right one. */
  async function spray(count: number, by: Principal = principal, isRight = false): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const to = `+1212555${String(100 + (numbers++ % 100)).padStart(4, '0')}`;
      const { verification } = await engine.startVerification(by, startCommand({ to }));
      await harness.dispatcher.settled();
      const code = lastCode(phone);
      const checked = isRight ? code : wrongCode(code);
      await engine.checkVerification(by, { verificationId: verification.id, code: checked });
    }
    await watch.settled();
  }

  const alarmsOf = async ({ tenant }: Principal) =>
    store.listEvents(tenant.id, { type: 'tenant.failure_alarm' }, { limit: 10 });

  it('looks past what is tried with test keys, which is no attack and must not hide one', async () => {
    const testing = { ...principal, mode: 'test' } as const;
    await spray(10, testing);
    assert.deepEqual(await alarmsOf(principal), []);
    await spray(5);
    assert.equal((await alarmsOf(principal)).length, 1);
  });

  it('trips once when the wrong codes of a window are too many, whichever numbers they are for', async () => {
    await spray(4);
    assert.deepEqual(await alarmsOf(principal), []);
    await spray(6);
    const [event, ...others] = await alarmsOf(principal);
    assert.deepEqual([event?.data, others], [{ failures: 5, windowSeconds: 600 }, []]);
    assert.equal(harness.announced.filter(({ type }) => type === 'tenant.failure_alarm').length, 1);
  });

  it('trips again in the next window', async () => {
    await spray(5);
    await harness.clock.advance(600_000);
    await spray(5);
    assert.equal((await alarmsOf(principal)).length, 2);
  });

  it('counts each tenant for itself, and no right codes', async () => {
    const other = await harness.createPrincipal();
    await spray(4);
    await spray(4, other);
    await spray(10, principal, true);
    assert.deepEqual([await alarmsOf(principal), await alarmsOf(other)], [[], []]);
  });

  it('is posted to the tenant’s endpoint', async () => {
    await engine.createWebhookEndpoint(principal, { url: 'https://hooks.example.com/' });
    await harness.context.webhooks.refresh();
    await spray(5);
    await harness.dispatchWebhooks();
    assert.equal(harness.sender.posts.filter(({ event }) => event.type === 'tenant.failure_alarm').length, 1);
  });

  it('can be switched off', async () => {
    watch = createFailureWatch({ ...harness.context, alarm: undefined });
    engine = createEngine({ ...harness.context, announce: watch.announce });
    await spray(8);
    assert.deepEqual(await alarmsOf(principal), []);
  });
});
