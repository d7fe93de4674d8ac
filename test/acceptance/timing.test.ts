/**
 * Threat: ids that can be told apart by how long an answer takes. Wall time proves nothing on a busy machine; the same
 * calls of the store in the same number do.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EngineError } from '../../src/core/errors.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type CountingStore, countCalls } from '../support/counting-store.ts';
import { createEngineHarness, type EngineHarness, startCommand } from '../support/engine-harness.ts';
import { openTestStore } from '../support/open-test-store.ts';

describe('an unknown, a malformed and another tenant’s id', () => {
  let counting: CountingStore;
  let harness: EngineHarness;
  let principal: Principal;
  let ids: readonly string[];
  before(async () => {
    counting = countCalls(await openTestStore());
    harness = await createEngineHarness(counting.store);
    principal = await harness.createPrincipal();
    const other = await harness.createPrincipal();
    const { verification, message } = await harness.engine.startVerification(other, startCommand());
    await harness.dispatcher.settled();
    const [event] = (await harness.engine.listEvents(other, {}, { limit: 1 })).items;
    ids = [
      verification.id,
      message.id,
      event?.id ?? '',
      harness.context.makeId(),
      'none',
      '',
      'x'.repeat(500),
    ];
  });
  after(() => counting.store[Symbol.asyncDispose]());

  const asks: Readonly<Record<string, (engine: Engine, id: string) => Promise<unknown>>> = {
    'reading a verification': (engine, id) => engine.getVerification(principal, id),
    'a check': (engine, id) => engine.checkVerification(principal, { verificationId: id, code: '123456' }),
    'a further send': (engine, id) => engine.sendAgain(principal, { verificationId: id }),
    'a cancel': (engine, id) => engine.cancelVerification(principal, id),
    'reading a message': (engine, id) => engine.getMessage(principal, id),
    'reading an event': (engine, id) => engine.getEvent(principal, id),
    'reading a webhook endpoint': (engine, id) => engine.getWebhookEndpoint(principal, id),
  };

  for (const [name, ask] of Object.entries(asks)) {
    it(`cost ${name} the same work`, async () => {
      const costs = new Set<string>();
      for (const id of ids) {
        counting.takeCalls();
        await assert.rejects(
          ask(harness.engine, id),
          (error) => error instanceof EngineError && error.code === 'not_found',
        );
        costs.add(JSON.stringify(counting.takeCalls()));
      }
      assert.equal(costs.size, 1, [...costs].join('\n'));
      assert.notEqual([...costs][0], '[]', 'something is read');
    });
  }

  it('of a device cost the same work', async () => {
    const other = await harness.createPrincipal();
    const { device } = await harness.engine.enrollDevice(other, { subject: 'ann', name: 'phone' });
    const costs = new Set<string>();
    for (const id of [device.id, ...ids]) {
      counting.takeCalls();
      await assert.rejects(harness.engine.getDevice(principal, 'ann', { id }));
      costs.add(JSON.stringify(counting.takeCalls()));
    }
    assert.equal(costs.size, 1, [...costs].join('\n'));
  });
});
