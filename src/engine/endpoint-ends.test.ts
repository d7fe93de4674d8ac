/** How an endpoint ends, by its own answer, by days of failures or by its tenant, and what becomes of its webhooks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestStores } from '../../test/support/open-test-store.ts';
import { createWebhookHarness, DOWN, FINE, SECOND_MS } from '../../test/support/webhook-harness.ts';
import { WEBHOOK_SCHEDULE } from '../core/retry-schedule.ts';
import { DELIVERY_AGE_MAX_MS, DISABLE_AFTER_MS } from '../core/webhook.ts';

describe('a webhook', () => {
  const open = openTestStores();

  async function begin() {
    return createWebhookHarness(await open());
  }

  it('answered 410 disables its endpoint: no more is made for it, and what waits fails unposted', async () => {
    const { register, start, sender, engine, principal, pass, outcomes, announced, deliveries, context } =
      await begin();
    const endpoint = await register({ eventTypes: ['verification.created'] });
    sender.answer = () => DOWN;
    await start();
    sender.answer = () => ({ kind: 'answered', status: 410 });
    await start();
    const shown = await engine.getWebhookEndpoint(principal, endpoint.id);
    assert.deepEqual([shown.state, shown.disabledReason], ['disabled', 'gone']);
    assert.deepEqual(outcomes, ['retry', 'disabled']);
    const told = announced.find(({ type }) => type === 'endpoint.disabled');
    assert.deepEqual(told?.data, { endpointId: endpoint.id, reason: 'gone' });
    const events = await engine.listEvents(principal, { type: 'endpoint.disabled' }, { limit: 5 });
    assert.equal(events.items.length, 1);
    await context.webhooks.refresh();
    await start();
    await pass(5 * SECOND_MS);
    assert.equal(sender.posts.length, 2);
    assert.deepEqual(
      (await deliveries(endpoint.id)).map(({ failure }) => failure),
      ['status-410', 'endpoint-disabled'],
    );
  });

  it('that fails is logged when that begins and when it is over, and not at every post', async () => {
    const { register, start, sender, pass, context, principal } = await begin();
    const { id: endpointId } = await register({ eventTypes: ['verification.created'] });
    sender.answer = () => DOWN;
    await start();
    for (const delayMs of WEBHOOK_SCHEDULE.delaysMs.slice(0, 2)) await pass(delayMs);
    sender.answer = () => FINE;
    await pass(WEBHOOK_SCHEDULE.delaysMs[2] ?? 0);
    const tenantId = principal.tenant.id;
    assert.deepEqual(
      context.logger.lines.filter(({ message }) => message.startsWith('webhook endpoint')),
      [
        {
          level: 'warn',
          message: 'webhook endpoint fails',
          fields: { endpointId, tenantId, failure: 'status-503' },
        },
        { level: 'info', message: 'webhook endpoint is well again', fields: { endpointId, tenantId } },
      ],
    );
  });

  it('that fails for days disables its endpoint, which its tenant can enable again', async () => {
    const { register, start, sender, pass, engine, principal, context, types } = await begin();
    const endpoint = await register({ eventTypes: ['verification.created'] });
    const show = () => engine.getWebhookEndpoint(principal, endpoint.id);
    sender.answer = () => DOWN;
    await start();
    assert.ok((await show()).failingSinceMs !== undefined);
    await pass(DISABLE_AFTER_MS);
    assert.equal((await show()).state, 'active', 'a quiet spell is no failure');
    await start();
    for (const delayMs of WEBHOOK_SCHEDULE.delaysMs.slice(0, 3)) await pass(delayMs);
    assert.equal((await show()).state, 'active');
    await pass(WEBHOOK_SCHEDULE.delaysMs[3] ?? 0);
    assert.deepEqual([(await show()).state, (await show()).disabledReason], ['disabled', 'failing']);
    await context.webhooks.refresh();
    sender.posts.length = 0;
    sender.answer = () => FINE;
    const enabled = await engine.updateWebhookEndpoint(principal, endpoint.id, { isEnabled: true });
    assert.deepEqual(
      [enabled.state, enabled.disabledReason, enabled.failingSinceMs],
      ['active', undefined, undefined],
    );
    await pass(60 * SECOND_MS);
    await start();
    await pass(60 * SECOND_MS);
    assert.ok(types().includes('verification.created'));
  });

  it('that was long forgotten by everybody is failed rather than sent', async () => {
    const { register, start, sender, pass, deliveries } = await begin();
    const endpoint = await register({ eventTypes: ['verification.created'] });
    sender.answer = () => DOWN;
    await start();
    await pass(DELIVERY_AGE_MAX_MS + 1);
    assert.equal(sender.posts.length, 1);
    assert.equal((await deliveries(endpoint.id))[0]?.failure, 'too-old');
  });

  it('to a deleted endpoint fails unposted', async () => {
    const { register, start, sender, pass, engine, principal, types, store } = await begin();
    const endpoint = await register({ eventTypes: ['verification.created'] });
    sender.answer = () => DOWN;
    await start();
    await engine.deleteWebhookEndpoint(principal, endpoint.id);
    await start();
    await pass(5 * SECOND_MS);
    assert.deepEqual(types(), ['verification.created']);
    assert.equal(await store.countPendingDeliveries(), 0);
  });
});
