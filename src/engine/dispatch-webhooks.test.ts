/** Webhooks on their way: order, retries, leases and fairness, on SQLite with a scripted sender. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngineHarness, lastCode, startCommand, wrongCode } from '../../test/support/engine-harness.ts';
import { openTestStores } from '../../test/support/open-test-store.ts';
import { createWebhookHarness, DOWN, FINE, HOUR_MS, SECOND_MS } from '../../test/support/webhook-harness.ts';
import { WEBHOOK_SCHEDULE } from '../core/retry-schedule.ts';
import { ORDER_WAIT_MS } from '../core/webhook.ts';
import { DELIVERY_LEASE_MS } from './dispatch-webhooks.ts';
import { ROOM } from './endpoint-rooms.ts';

/** Lets other work go on until the condition holds; a failure says where instead of hanging. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !condition(); turn += 1) await new Promise(setImmediate);
  assert.ok(condition(), 'the condition came true');
}

describe('a webhook', () => {
  const open = openTestStores();

  async function begin() {
    return createWebhookHarness(await open());
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
});
