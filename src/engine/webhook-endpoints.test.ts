/** A tenant's endpoints as callers handle them. Threats: inner addresses, other tenants' endpoints, secrets shown twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngineHarness, type HarnessOptions, startCommand } from '../../test/support/engine-harness.ts';
import { openTestStores } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { createKeyring } from '../lib/keyring.ts';
import type { NamedKey } from '../lib/seal.ts';
import { createEngine } from './create-engine.ts';
import { reseal } from './reseal.ts';
import { ENDPOINTS_PER_TENANT_MAX } from './webhook-endpoints.ts';

const URL_A = 'https://a.example/hooks?key=s3cret';
const HOUR_MS = 3_600_000;
const NO_ID = '01900000-0000-7000-8000-0000000000ff';

describe('a webhook endpoint', () => {
  const open = openTestStores();

  async function begin(options: HarnessOptions = {}) {
    const store = await open();
    const harness = await createEngineHarness(store, options);
    const principal = await harness.createPrincipal();
    const settle = async () => {
      await harness.dispatcher.settled();
      await harness.webhookDispatcher.settled();
    };
    const start = async () => {
      await harness.engine.startVerification(principal, startCommand());
      await settle();
    };
    return { ...harness, principal, settle, start };
  }

  it('shows its secret when it is made and never again', async () => {
    const { engine, principal } = await begin();
    const input = { url: URL_A, eventTypes: ['verification.approved'], description: 'billing' } as const;
    const { endpoint, secret } = await engine.createWebhookEndpoint(principal, input);
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual(
      [endpoint.url, endpoint.eventTypes, endpoint.format, endpoint.state],
      [URL_A, input.eventTypes, 'native', 'active'],
    );
    const shown = [
      await engine.getWebhookEndpoint(principal, endpoint.id),
      ...(await engine.listWebhookEndpoints(principal)),
      await engine.updateWebhookEndpoint(principal, endpoint.id, { description: null }),
    ];
    assert.equal(shown.length, 3);
    assert.ok(!JSON.stringify(shown).includes('whsec_'));
  });

  it('keeps its URL and secrets sealed, and they follow a change of keys', async () => {
    const { engine, principal, store, context, clock } = await begin();
    const { endpoint } = await engine.createWebhookEndpoint(principal, { url: URL_A });
    await engine.rotateWebhookSecret(principal, 'requests');
    const [row] = await store.scanSealed('webhook_endpoints', '', 5);
    assert.equal(row?.id, endpoint.id);
    for (const sealed of [row?.toSealed, row?.contentSealed]) {
      assert.ok(
        sealed && !Buffer.from(sealed).includes('a.example') && !Buffer.from(sealed).includes('whsec_'),
      );
    }
    // The harness's own keys, and a newer seal key before them.
    const keyBytes = createSeededRandomBytes('engine/keys');
    const [old, lookup, code] = ['seal-1', 'lookup-1', 'code-1'].map((name) => ({
      name,
      bytes: keyBytes(32),
    }));
    assert.ok(old && lookup && code);
    const newer = { name: 'seal-2', bytes: keyBytes(32) };
    const ringOf = (...seal: NamedKey[]) => createKeyring({ seal, lookup, code: [code] }, keyBytes);
    const report = await reseal({ store, keyring: ringOf(newer, old), timers: clock.timers });
    assert.deepEqual(report, { resealed: 2, unreadable: 0 });
    const later = createEngine({ ...context, keyring: ringOf(newer) });
    assert.equal((await later.getWebhookEndpoint(principal, endpoint.id)).url, URL_A);
    await later.rotateWebhookSecret(principal, endpoint.id);
    await later.rotateWebhookSecret(principal, 'requests');
  });

  it('is refused where its URL may not be called', async () => {
    const { engine, principal } = await begin();
    const urls = [
      'http://a.example/',
      'https://127.0.0.1/',
      'https://0x7f000001/',
      'https://[::ffff:169.254.169.254]/',
      'https://[64:ff9b::a9fe:a9fe]/',
      'https://me:secret@a.example/',
      'ftp://a.example/',
      'a.example',
      '',
    ];
    for (const url of urls) {
      const error = await rejectsWith(engine.createWebhookEndpoint(principal, { url }), 'invalid_request');
      assert.equal(error.details.field, 'url');
    }
    const webhook = { url: 'https://10.0.0.1/', format: 'native' };
    const named = engine.startVerification(principal, startCommand({ webhook }));
    assert.equal((await rejectsWith(named, 'invalid_request')).details.field, 'webhook');
    const { endpoint } = await engine.createWebhookEndpoint(principal, { url: URL_A });
    await rejectsWith(
      engine.updateWebhookEndpoint(principal, endpoint.id, { url: 'http://a.example' }),
      'invalid_request',
    );
    const lenient = await begin({ webhookUrlRules: { allowHttp: true, allowRanges: ['10.0.0.0/8'] } });
    await lenient.engine.createWebhookEndpoint(lenient.principal, { url: 'http://10.0.0.1:8080/' });
  });

  it('has a form that there is, and wants something', async () => {
    const { engine, principal } = await begin();
    const refuse = async (rest: object, field: string) => {
      const error = await rejectsWith(
        engine.createWebhookEndpoint(principal, { url: URL_A, ...rest }),
        'invalid_request',
      );
      assert.equal(error.details.field, field);
    };
    await refuse({ format: 'red' }, 'format');
    await refuse({ eventTypes: [] }, 'eventTypes');
    await refuse({ description: 'x'.repeat(201) }, 'description');
  });

  it('that hears addresses is neither made nor changed by a test key, for it hears of live ones too', async () => {
    const speaking = { name: 'red', events: [], render: () => ({ contentType: 'text/plain', body: '' }) };
    const callbackFormats = [
      { ...speaking, needsAddress: true },
      { ...speaking, name: 'blue', needsAddress: false },
    ];
    const { engine, principal } = await begin({ callbackFormats });
    const testing = { ...principal, mode: 'test' } as const;
    const red = { url: URL_A, format: 'red' };
    await rejectsWith(engine.createWebhookEndpoint(testing, red), 'scope_missing');
    const { endpoint } = await engine.createWebhookEndpoint(principal, red);
    const elsewhere = { url: 'https://b.example/' };
    await rejectsWith(engine.updateWebhookEndpoint(testing, endpoint.id, elsewhere), 'scope_missing');
    assert.equal((await engine.getWebhookEndpoint(testing, endpoint.id)).url, URL_A);
    const blue = await engine.createWebhookEndpoint(testing, { ...red, format: 'blue' });
    await engine.updateWebhookEndpoint(testing, blue.endpoint.id, elsewhere);
  });

  it('is one of twenty at most', async () => {
    const { engine, principal } = await begin();
    for (let each = 0; each < ENDPOINTS_PER_TENANT_MAX; each += 1) {
      await engine.createWebhookEndpoint(principal, { url: URL_A });
    }
    await rejectsWith(engine.createWebhookEndpoint(principal, { url: URL_A }), 'conflict');
  });

  it('is its tenant’s alone, whatever is done to it', async () => {
    const { engine, principal, createPrincipal, start, sender } = await begin();
    const stranger = await createPrincipal();
    const { endpoint } = await engine.createWebhookEndpoint(principal, { url: URL_A });
    await engine.createWebhookEndpoint(stranger, { url: 'https://stranger.example/' });
    await start();
    const { items } = await engine.listWebhookDeliveries(principal, endpoint.id, {}, { limit: 5 });
    for (const id of [endpoint.id, NO_ID, 'nonsense']) {
      await rejectsWith(engine.getWebhookEndpoint(stranger, id), 'not_found');
      await rejectsWith(engine.updateWebhookEndpoint(stranger, id, { isEnabled: false }), 'not_found');
      await rejectsWith(engine.rotateWebhookSecret(stranger, id), 'not_found');
      await rejectsWith(engine.testWebhookEndpoint(stranger, id), 'not_found');
      await rejectsWith(engine.listWebhookDeliveries(stranger, id, {}, { limit: 5 }), 'not_found');
      await rejectsWith(
        engine.replayWebhooks(stranger, id, { kind: 'failed-since', sinceMs: 0 }),
        'not_found',
      );
      await rejectsWith(engine.deleteWebhookEndpoint(stranger, id), 'not_found');
    }
    const deliveryId = items[0]?.id ?? '';
    const [own] = await engine.listWebhookEndpoints(stranger);
    await rejectsWith(
      engine.replayWebhooks(stranger, own?.id ?? '', { kind: 'one', deliveryId }),
      'not_found',
    );
    assert.ok(sender.posts.every(({ url }) => url === URL_A));
  });

  it('hears what it wants from its change on, and nothing while it is disabled', async () => {
    const { engine, principal, start, sender, settle } = await begin();
    const { endpoint } = await engine.createWebhookEndpoint(principal, { url: URL_A });
    const change = { url: 'https://b.example/', eventTypes: ['message.accepted'] } as const;
    await engine.updateWebhookEndpoint(principal, endpoint.id, change);
    await start();
    assert.deepEqual(
      sender.posts.map(({ url, event }) => [url, event.type]),
      [['https://b.example/', 'message.accepted']],
    );
    const disabled = await engine.updateWebhookEndpoint(principal, endpoint.id, { isEnabled: false });
    assert.deepEqual([disabled.state, disabled.disabledReason], ['disabled', 'by-tenant']);
    await engine.startVerification(principal, startCommand({ to: '+14155550199' }));
    await settle();
    assert.equal(sender.posts.length, 1);
    await rejectsWith(engine.testWebhookEndpoint(principal, endpoint.id), 'conflict');
  });

  it('made on another node hears of events once this node has looked', async () => {
    const { engine, principal, start, sender, store, clock, context } = await begin();
    const other = await createEngineHarness(store, { node: 'node-b', clock });
    await other.engine.createWebhookEndpoint(principal, { url: URL_A, eventTypes: ['verification.created'] });
    context.webhooks.start();
    await clock.advance(1_000);
    await start();
    assert.equal(sender.posts.length, 1);
    const stopped = context.webhooks.stop();
    await clock.settle();
    await stopped;
    assert.equal(clock.pendingTimers(), 0);
    assert.equal((await engine.listWebhookEndpoints(principal)).length, 1);
  });

  it('signs with both secrets for a day after a rotation', async () => {
    const { engine, principal, sender, clock, settle } = await begin();
    const { endpoint, secret } = await engine.createWebhookEndpoint(principal, { url: URL_A });
    const rotated = await engine.rotateWebhookSecret(principal, endpoint.id);
    const test = async () => {
      await engine.testWebhookEndpoint(principal, endpoint.id);
      await settle();
      return sender.posts.at(-1)?.secrets;
    };
    assert.deepEqual(await test(), [rotated.secret, secret]);
    clock.step(clock.now() + 24 * HOUR_MS);
    assert.deepEqual(await test(), [rotated.secret]);
  });

  it('can be tested, whatever it subscribes to', async () => {
    const { engine, principal, sender, settle } = await begin();
    const types = ['verification.approved'] as const;
    const { endpoint } = await engine.createWebhookEndpoint(principal, { url: URL_A, eventTypes: types });
    await engine.createWebhookEndpoint(principal, { url: 'https://other.example/' });
    const delivery = await engine.testWebhookEndpoint(principal, endpoint.id);
    assert.deepEqual([delivery.eventType, delivery.state], ['endpoint.tested', 'pending']);
    await settle();
    assert.deepEqual(
      sender.posts.map(({ url, event }) => [url, event.type]),
      [[URL_A, 'endpoint.tested']],
    );
    assert.equal((await engine.getEvent(principal, delivery.eventId)).type, 'endpoint.tested');
  });

  it('is sent what failed once more: one by its id, or everything since an instant', async () => {
    const { engine, principal, sender, start, clock, dispatchWebhooks } = await begin();
    const input = { url: URL_A, eventTypes: ['verification.created'] } as const;
    const { endpoint } = await engine.createWebhookEndpoint(principal, input);
    await start();
    const [delivered] = (await engine.listWebhookDeliveries(principal, endpoint.id, {}, { limit: 5 })).items;
    assert.equal(delivered?.state, 'delivered');
    const one = { kind: 'one', deliveryId: delivered?.id ?? '' } as const;
    assert.deepEqual(await engine.replayWebhooks(principal, endpoint.id, one), {
      replayed: 1,
      isComplete: true,
    });
    assert.deepEqual(await engine.replayWebhooks(principal, endpoint.id, one), {
      replayed: 0,
      isComplete: true,
    });
    await dispatchWebhooks();
    assert.deepEqual(
      sender.posts.map(({ event }) => event.id),
      [delivered?.eventId, delivered?.eventId],
    );
    await rejectsWith(
      engine.replayWebhooks(principal, endpoint.id, { kind: 'one', deliveryId: NO_ID }),
      'not_found',
    );
    await rejectsWith(engine.replayWebhooks(principal, 'requests', one), 'not_found');

    sender.answer = () => ({ kind: 'answered', status: 410 });
    const failedSinceMs = clock.now();
    await engine.replayWebhooks(principal, endpoint.id, one);
    await dispatchWebhooks();
    const failed = await engine.listWebhookDeliveries(
      principal,
      endpoint.id,
      { state: 'failed' },
      { limit: 5 },
    );
    assert.equal(failed.items.length, 1);
    sender.answer = () => ({ kind: 'answered', status: 200 });
    await engine.updateWebhookEndpoint(principal, endpoint.id, { isEnabled: true });
    const since = { kind: 'failed-since', sinceMs: failedSinceMs } as const;
    assert.equal((await engine.replayWebhooks(principal, endpoint.id, since)).replayed, 1);
    assert.equal((await engine.replayWebhooks(principal, endpoint.id, since)).replayed, 0);
    await dispatchWebhooks();
    assert.equal(sender.posts.length, 4);
  });
});
