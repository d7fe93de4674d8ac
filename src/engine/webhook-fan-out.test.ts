/** Which webhooks an event becomes: for which endpoints, for a URL that a call named, in whose words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HarnessOptions } from '../../test/support/engine-harness.ts';
import { openTestStores } from '../../test/support/open-test-store.ts';
import { createWebhookHarness, HOUR_MS } from '../../test/support/webhook-harness.ts';
import type { CallbackFormat } from '../core/callback.ts';

describe('a webhook', () => {
  const open = openTestStores();

  async function begin(options: HarnessOptions = {}) {
    return createWebhookHarness(await open(), options);
  }

  it('is not made for a tenant without endpoints, nor for a type that none wants', async () => {
    const { register, start, types, store } = await begin();
    const { start: startOther, types: otherTypes } = await begin();
    await register({ eventTypes: ['verification.approved'] });
    await start();
    await startOther();
    assert.deepEqual([types(), otherTypes(), await store.countPendingDeliveries()], [[], [], 0]);
  });

  it('follows every way that an event is written: cancel, replacement, receipt, expiry and what the sweep closes', async () => {
    const { register, start, engine, principal, receive, clock, sweep, settle, types, sender } =
      await begin();
    await register();
    const first = await start();
    await receive({ carrierMessageId: `main-${first.message.id}`, state: 'delivered' });
    await engine.cancelVerification(principal, first.verification.id);
    await settle();
    assert.deepEqual(types(), [
      'verification.created',
      'message.accepted',
      'message.delivered',
      'verification.canceled',
    ]);
    sender.posts.length = 0;
    const to = '+14155550190';
    await start({ to });
    await start({ to, policy: { onPending: 'replace-code' } });
    assert.deepEqual(types().filter((type) => type === 'verification.canceled').length, 1);
    sender.posts.length = 0;
    clock.step(clock.now() + 49 * HOUR_MS);
    await sweep();
    await settle();
    assert.ok(types().includes('verification.expired'));
    assert.ok(types().includes('message.unconfirmed'));
  });

  it('to a URL that a call named tells of that verification only, signed with the tenant’s secret for these', async () => {
    const { start, sender, engine, principal, types, clock } = await begin();
    const { secret } = await engine.rotateWebhookSecret(principal, 'requests');
    const webhook = { url: 'https://named.example/x?y=1', format: 'native' };
    const { verification } = await start({ webhook });
    await start();
    assert.deepEqual(types(), ['verification.created', 'message.accepted']);
    assert.ok(
      sender.posts.every(({ url, event }) => url === webhook.url && event.verificationId === verification.id),
    );
    assert.deepEqual(sender.posts[0]?.secrets, [secret]);
    const rotated = await engine.rotateWebhookSecret(principal, 'requests');
    await start({ webhook });
    assert.deepEqual(sender.posts.at(-1)?.secrets, [rotated.secret, secret]);
    clock.step(clock.now() + 24 * HOUR_MS);
    await start({ webhook });
    assert.deepEqual(sender.posts.at(-1)?.secrets, [rotated.secret]);
    const listed = await engine.listWebhookDeliveries(principal, 'requests', {}, { limit: 10 });
    assert.equal(listed.items.length, 6);
  });

  it('of a dialect’s form tells of what came through that dialect, in its words only', async () => {
    const format: CallbackFormat = {
      name: 'red',
      events: ['message.accepted'],
      needsAddress: true,
      render: () => ({ contentType: 'text/plain', body: '' }),
    };
    const { register, start, sender, types } = await begin({ callbackFormats: [format] });
    await register({ format: 'red' });
    await register({ url: 'https://native.example/', eventTypes: ['message.accepted'] });
    await start();
    assert.deepEqual(types(), ['message.accepted']);
    assert.equal(sender.posts[0]?.subject.to, undefined);
    await start({ dialect: 'red', to: '+14155550177' });
    const red = sender.posts.filter((post) => post.format === 'red');
    assert.deepEqual(
      red.map(({ event, subject }) => [event.type, subject.to]),
      [['message.accepted', '+14155550177']],
    );
  });
});
