/** Webhooks on their way: order, retries, leases, fairness and the end of an endpoint, on SQLite with a scripted sender. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  createEngineHarness,
  type HarnessOptions,
  lastCode,
  startCommand,
  wrongCode,
} from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import type { CallbackFormat } from '../core/callback.ts';
import { WEBHOOK_SCHEDULE } from '../core/retry-schedule.ts';
import { DELIVERY_AGE_MAX_MS, DISABLE_AFTER_MS, ORDER_WAIT_MS, type WebhookAnswer } from '../core/webhook.ts';
import { DELIVERY_LEASE_MS } from './dispatch-webhooks.ts';
import { ROOM } from './endpoint-rooms.ts';
import type { EndpointInput, StartReply } from './engine.ts';
import type { Store } from './ports.ts';

const DOWN: WebhookAnswer = { kind: 'answered', status: 503 };
const FINE: WebhookAnswer = { kind: 'answered', status: 200 };
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const URL_A = 'https://a.example/hooks';

/** Lets other work go on until the condition holds; a failure says where instead of hanging. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !condition(); turn += 1) await new Promise(setImmediate);
  assert.ok(condition(), 'the condition came true');
}

describe('a webhook', () => {
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
  });

  async function begin(options: HarnessOptions = {}) {
    const store = await openTestStore();
    stores.push(store);
    const harness = await createEngineHarness(store, options);
    const { engine, sender, clock, webhookDispatcher } = harness;
    const principal = await harness.createPrincipal();
    let numbers = 0;
    const settle = async () => {
      await harness.dispatcher.settled();
      await webhookDispatcher.settled();
    };
    const register = (input: Partial<EndpointInput> = {}) =>
      engine.createWebhookEndpoint(principal, { url: URL_A, ...input }).then(({ endpoint }) => endpoint);
    const start = async (rest: Parameters<typeof startCommand>[0] = {}): Promise<StartReply> => {
      numbers += 1;
      const to = `+1415555${1000 + numbers}`;
      const policy = { numberStrictness: 'possible', ...rest?.policy } as const;
      const started = await engine.startVerification(principal, startCommand({ to, ...rest, policy }));
      await settle();
      return started;
    };
    const check = async (verificationId: string, code: string) => {
      const reply = await engine.checkVerification(principal, { verificationId, code });
      await settle();
      return reply;
    };
    /** Moves the clock to when something is due, and posts it. */
    const pass = async (ms: number) => {
      clock.step(clock.now() + ms);
      await harness.dispatchWebhooks();
    };
    const types = () => sender.posts.map(({ event }) => event.type);
    const deliveries = async (endpointId: string) =>
      (await engine.listWebhookDeliveries(principal, endpointId, {}, { limit: 100 })).items;
    return { ...harness, principal, settle, register, start, check, pass, types, deliveries };
  }

  it('goes out right after the commit, without a poll, in the order of the events', async () => {
    const { register, start, check, carrier, types, deliveries, outcomes } = await begin();
    const endpoint = await register();
    const { verification } = await start();
    const code = lastCode(carrier);
    await check(verification.id, wrongCode(code));
    await check(verification.id, code);
    const expected = [
      'verification.created',
      'message.accepted',
      'verification.check_failed',
      'verification.approved',
    ];
    assert.deepEqual(types(), expected);
    assert.deepEqual(
      outcomes,
      expected.map(() => 'delivered'),
    );
    const listed = await deliveries(endpoint.id);
    assert.deepEqual(
      listed.map(({ eventType }) => eventType),
      expected.toReversed(),
    );
    assert.ok(
      listed.every(
        ({ state, attemptCount, lastStatus }) =>
          state === 'delivered' && attemptCount === 1 && lastStatus === 204,
      ),
    );
  });

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

  it('is tried twenty times over two days, as the schedule says, and then fails', async () => {
    const { register, start, sender, pass, deliveries, clock } = await begin();
    sender.answer = () => DOWN;
    const endpoint = await register({ eventTypes: ['verification.created'] });
    const beganMs = clock.now();
    await start();
    for (const delayMs of WEBHOOK_SCHEDULE.delaysMs) {
      const before = sender.posts.length;
      await pass(delayMs - 1);
      assert.equal(sender.posts.length, before, 'not a moment too soon');
      await pass(1);
      assert.equal(sender.posts.length, before + 1);
    }
    assert.equal(sender.posts.length, 20);
    assert.ok(Math.abs(clock.now() - beganMs - 48 * HOUR_MS) < HOUR_MS);
    const [delivery] = await deliveries(endpoint.id);
    assert.deepEqual(
      [delivery?.state, delivery?.failure, delivery?.lastStatus],
      ['failed', 'status-503', 503],
    );
    await pass(24 * HOUR_MS);
    assert.equal(sender.posts.length, 20);
    assert.equal(new Set(sender.posts.map(({ event }) => event.id)).size, 1);
  });

  it('waits as long as Retry-After asks, within two hours', async () => {
    const { register, start, sender, pass } = await begin();
    await register({ eventTypes: ['verification.created'] });
    sender.answer = () => ({ ...DOWN, retryAfterMs: 60 * SECOND_MS });
    await start();
    await pass(59 * SECOND_MS);
    assert.equal(sender.posts.length, 1);
    sender.answer = () => ({ ...DOWN, retryAfterMs: 24 * HOUR_MS });
    await pass(SECOND_MS);
    assert.equal(sender.posts.length, 2);
    sender.answer = () => FINE;
    await pass(2 * HOUR_MS);
    assert.equal(sender.posts.length, 3);
  });

  it('waits for an earlier one of the same verification, and goes at once when that is through', async () => {
    const { register, start, check, carrier, sender, pass, types, dispatchWebhooks } = await begin();
    await register({ eventTypes: ['verification.created', 'verification.approved'] });
    sender.answer = () => DOWN;
    const { verification } = await start();
    await check(verification.id, lastCode(carrier));
    assert.deepEqual(types(), ['verification.created']);
    // Another verification of the same endpoint is not held up.
    sender.answer = () => FINE;
    await start();
    assert.deepEqual(types(), ['verification.created', 'verification.created']);
    await pass(5 * SECOND_MS);
    await dispatchWebhooks();
    assert.deepEqual(types().slice(2), ['verification.created', 'verification.approved']);
  });

  it('goes out of order rather than hours late', async () => {
    const { register, start, check, carrier, sender, pass, types } = await begin();
    await register({ eventTypes: ['verification.created', 'verification.approved'] });
    sender.answer = ({ event }) => (event.type === 'verification.created' ? DOWN : FINE);
    const { verification } = await start();
    await check(verification.id, lastCode(carrier));
    for (let passedMs = 0; passedMs < ORDER_WAIT_MS; passedMs += 5 * SECOND_MS) {
      assert.ok(!types().includes('verification.approved'));
      await pass(5 * SECOND_MS);
    }
    assert.ok(types().includes('verification.approved'));
    assert.ok(types().length < 8, 'an endpoint is not asked more often for it');
  });

  it('that hangs holds up neither other endpoints nor other tenants', async () => {
    const { register, sender, webhookDispatcher, engine, principal, dispatcher } = await begin();
    const hanging = 'https://hanging.example/';
    await register({ url: hanging, eventTypes: ['verification.created'] });
    await register({ url: 'https://calm.example/', eventTypes: ['verification.created'] });
    const hung: (() => void)[] = [];
    sender.answer = (post) =>
      post.url === hanging
        ? new Promise((resolve) => hung.push(() => resolve({ kind: 'failed', reason: 'timeout' })))
        : FINE;
    const starts = ROOM + 20;
    for (let each = 0; each < starts; each += 1) {
      const to = `+1415556${String(each).padStart(4, '0')}`;
      const policy = { numberStrictness: 'possible' } as const;
      await engine.startVerification(principal, startCommand({ to, policy }));
    }
    await dispatcher.settled();
    const calmPosts = () => sender.posts.filter(({ url }) => url !== hanging).length;
    await until(() => calmPosts() === starts);
    assert.equal(hung.length, 16, 'no more than the posts that go to one host at once');
    sender.answer = () => ({ kind: 'failed', reason: 'timeout' });
    for (const release of hung) release();
    await webhookDispatcher.settled();
    const before = sender.posts.length;
    await webhookDispatcher.claimDue();
    await webhookDispatcher.settled();
    assert.equal(sender.posts.length, before, 'after so many failures it is given a pause');
  });

  it('to a dead endpoint takes one place at a time, and a success opens the door', async () => {
    const { register, start, sender, pass } = await begin();
    await register({ eventTypes: ['verification.created'] });
    sender.answer = () => DOWN;
    for (let each = 0; each < 8; each += 1) await start();
    assert.equal(sender.posts.length, 5, 'five failures, and the others are left in the store');
    sender.answer = () => FINE;
    await pass(SECOND_MS);
    assert.equal(sender.posts.length, 6);
    await pass(5 * SECOND_MS);
    assert.equal(sender.posts.length, 8 + 5);
  });

  it('is delivered after a crash between commit and post, by whoever claims it', async () => {
    const crashing = await begin();
    const endpoint = await crashing.register({ eventTypes: ['verification.created'] });
    // The process dies with the commit: what was offered is never taken.
    crashing.webhookDispatcher.offer = () => {};
    await crashing.start();
    assert.equal(crashing.sender.posts.length, 0);
    const { clock } = crashing;
    const restarted = await createEngineHarness(crashing.store, { node: 'node-b', clock });
    clock.step(clock.now() + DELIVERY_LEASE_MS - 1);
    await restarted.dispatchWebhooks();
    assert.equal(restarted.sender.posts.length, 0);
    clock.step(clock.now() + 1);
    await restarted.dispatchWebhooks();
    assert.deepEqual(
      restarted.sender.posts.map(({ event }) => event.type),
      ['verification.created'],
    );
    assert.deepEqual(
      (await crashing.deliveries(endpoint.id)).map(({ state }) => state),
      ['delivered'],
    );
  });

  it('whose lease was lost while it was posted is written by the one who has it', async () => {
    const slow = await begin();
    const endpoint = await slow.register({ eventTypes: ['verification.created'] });
    const { clock } = slow;
    const other = await createEngineHarness(slow.store, { node: 'node-b', clock });
    other.sender.answer = () => DOWN;
    slow.sender.answer = async () => {
      clock.step(clock.now() + DELIVERY_LEASE_MS);
      await other.dispatchWebhooks();
      return FINE;
    };
    await slow.start();
    const [delivery] = await slow.deliveries(endpoint.id);
    assert.deepEqual([delivery?.state, delivery?.attemptCount, delivery?.lastStatus], ['pending', 1, 503]);
  });

  it('under way at shutdown is waited for; what is cut short is given back unspoiled', async () => {
    const { register, engine, principal, sender, webhookDispatcher, dispatcher, deliveries, clock, store } =
      await begin();
    const endpoint = await register({ eventTypes: ['verification.created'] });
    sender.answer = (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'failed', reason: 'aborted' }));
      });
    await engine.startVerification(principal, startCommand());
    await dispatcher.settled();
    await until(() => sender.posts.length > 0);
    const stopped = webhookDispatcher.stop(10 * SECOND_MS);
    await clock.advance(10 * SECOND_MS);
    await stopped;
    const [delivery] = await deliveries(endpoint.id);
    assert.deepEqual([delivery?.state, delivery?.attemptCount], ['pending', 0]);
    const next = await createEngineHarness(store, { node: 'node-b', clock });
    await next.dispatchWebhooks();
    assert.equal(next.sender.posts.length, 1);
  });

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
