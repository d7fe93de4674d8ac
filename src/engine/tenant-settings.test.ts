/** What the config says for one tenant holds for it and for no other. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  createEngineHarness,
  type HarnessOptions,
  NO_SETTINGS,
  startCommand,
} from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import { createScriptedCarrier } from '../../test/support/scripted-carrier.ts';
import type { Limit } from '../core/rate-limit.ts';
import type { TenantSettings } from '../core/tenant-settings.ts';
import type { Store } from './ports.ts';
import { runDueFallbacks } from './run-fallbacks.ts';

const EMAIL = 'ops@acme.example';
const ONCE: Limit = { name: 'once', subject: 'recipient', max: 1, windowSeconds: 600 };

describe('settings of a tenant', () => {
  const stores: Store[] = [];
  after(() => Promise.all(stores.map((store) => store[Symbol.asyncDispose]())));

  async function begin(own: Partial<TenantSettings>, options: HarnessOptions = {}) {
    const store = await openTestStore();
    stores.push(store);
    const settings = { ...NO_SETTINGS, ...own };
    const harness = await createEngineHarness(store, { ...options, ownSettings: { [EMAIL]: settings } });
    const principal = await harness.createPrincipal('live', EMAIL);
    const other = await harness.createPrincipal();
    return { ...harness, principal, other };
  }

  describe('limits', () => {
    it('bound its starts and further sends, and nobody else’s', async () => {
      const { engine, principal, other, clock } = await begin({ limits: [ONCE] });
      const { verification } = await engine.startVerification(principal, startCommand());
      clock.step(clock.now() + 60_000);
      const refusal = await rejectsWith(
        engine.sendAgain(principal, { verificationId: verification.id }),
        'limit_exceeded',
      );
      assert.deepEqual([refusal.details.limit, refusal.details.retryAfterSeconds], ['once', 540]);
      await rejectsWith(engine.startVerification(principal, startCommand()), 'limit_exceeded');
      const { verification: theirs } = await engine.startVerification(other, startCommand());
      clock.step(clock.now() + 60_000);
      await engine.sendAgain(other, { verificationId: theirs.id });
    });

    it('bound its texts', async () => {
      const { engine, principal, other } = await begin({ limits: [ONCE] });
      const command = {
        dialect: 'native',
        to: '+14155550100',
        channel: 'sms',
        body: 'Hello',
        policy: { numberStrictness: 'valid' },
      } as const;
      await engine.sendMessage(principal, command);
      await rejectsWith(engine.sendMessage(principal, command), 'limit_exceeded');
      await engine.sendMessage(other, command);
      await engine.sendMessage(other, command);
    });

    it('bound its fallbacks, which are dropped then', async () => {
      const { engine, principal, other, clock, context, dispatcher, carrier } = await begin({
        limits: [ONCE],
      });
      const command = startCommand({ policy: { fallback: [{ channel: 'voice', afterSeconds: 30 }] } });
      await engine.startVerification(principal, command);
      await engine.startVerification(other, command);
      clock.step(clock.now() + 30_000);
      await runDueFallbacks(context);
      await dispatcher.settled();
      assert.deepEqual(
        carrier.sent.map(({ channel, tenantId }) => [channel, tenantId === principal.tenant.id]),
        [
          ['sms', true],
          ['sms', false],
          ['voice', false],
        ],
      );
    });
  });

  describe('senders', () => {
    const senders: TenantSettings['senders'] = [
      { channel: 'sms', country: 'US', sender: '28261' },
      { channel: 'sms', sender: 'Acme' },
      { channel: 'voice', sender: '+14155550199' },
      { channel: 'email', sender: 'Acme <no-reply@acme.example>' },
    ];
    const sendersOf = (sent: readonly { readonly sender?: string }[]) => sent.map(({ sender }) => sender);

    it('stand in messages that name none, by channel and country, and in nobody else’s', async () => {
      const { engine, principal, other, dispatcher, carrier } = await begin({ senders });
      await engine.startVerification(principal, startCommand());
      await engine.startVerification(principal, startCommand({ to: '+995555123456' }));
      await engine.startVerification(principal, startCommand({ to: 'a@b.example', channel: 'email' }));
      await engine.startVerification(principal, startCommand({ to: '+14155550101', sender: 'Mine' }));
      await engine.startVerification(other, startCommand());
      await dispatcher.settled();
      const expected = ['28261', 'Acme', 'Acme <no-reply@acme.example>', 'Mine', undefined];
      assert.deepEqual(sendersOf(carrier.sent), expected);
    });

    it('are those of the channel when a code goes again', async () => {
      const { engine, principal, dispatcher, carrier, clock, context } = await begin({ senders });
      const policy = { fallback: [{ channel: 'voice', afterSeconds: 90 }] } as const;
      const { verification } = await engine.startVerification(principal, startCommand({ policy }));
      clock.step(clock.now() + 30_000);
      await engine.startVerification(principal, startCommand({ policy }));
      clock.step(clock.now() + 30_000);
      await engine.sendAgain(principal, { verificationId: verification.id, channel: 'voice' });
      clock.step(clock.now() + 30_000);
      await runDueFallbacks(context);
      await dispatcher.settled();
      assert.deepEqual(sendersOf(carrier.sent), ['28261', '28261', '+14155550199', '+14155550199']);
    });

    it('stand in texts, are shown, and count for routes by sender', async () => {
      const numbers = createScriptedCarrier('numbers');
      const names = createScriptedCarrier('names');
      const { engine, principal, dispatcher } = await begin(
        { senders },
        {
          carriers: [numbers, names],
          routes: [
            { channel: 'sms', sender: 'numeric', carriers: [{ id: 'numbers' }] },
            { channel: 'sms', sender: 'alphanumeric', carriers: [{ id: 'names' }] },
          ],
        },
      );
      const text = { dialect: 'native', channel: 'sms', body: 'Hello' } as const;
      const policy = { numberStrictness: 'valid' } as const;
      const { message } = await engine.sendMessage(principal, { ...text, policy, to: '+14155550100' });
      await engine.sendMessage(principal, { ...text, policy, to: '+995555123456' });
      await dispatcher.settled();
      assert.equal(message.sender, '28261');
      assert.deepEqual([sendersOf(numbers.sent), sendersOf(names.sent)], [['28261'], ['Acme']]);
    });
  });

  describe('templates', () => {
    const template = (name: string, body: string, isDefault = false) => ({
      name,
      bodies: { en: body },
      defaultLocale: 'en',
      isDefault,
    });

    async function start(harness: Awaited<ReturnType<typeof begin>>, name?: string, who = harness.principal) {
      const text = { kind: 'template', ...(name !== undefined && { name }) } as const;
      await harness.engine.startVerification(who, startCommand({ text, policy: { cooldownSeconds: 0 } }));
      await harness.dispatcher.settled();
      const { body = '', code = '' } = harness.carrier.sent.at(-1) ?? {};
      return body.replace(code, '#');
    }

    it('stand in for those that the tenant has not stored', async () => {
      const harness = await begin({
        templates: [template('pay', '{{code}} pays'), template('login', '{{code}} in', true)],
      });
      const { engine, principal, other, clock } = harness;
      assert.equal(await start(harness, 'pay'), '# pays');
      await rejectsWith(start(harness, 'pay', other), 'template_not_found');
      await rejectsWith(start(harness, 'nothing'), 'template_not_found');
      await engine.saveTemplate(principal, template('pay', '{{code}} pays now'));
      clock.step(clock.now() + 600_000);
      assert.equal(await start(harness, 'pay'), '# pays now');
    });

    it('have a default, which one that the tenant has stored comes before', async () => {
      const harness = await begin({ templates: [template('login', '{{code}} in', true)] });
      const { engine, principal, clock } = harness;
      assert.equal(await start(harness), '# in');
      await engine.saveTemplate(principal, template('mine', '{{code}} is mine', true));
      clock.step(clock.now() + 600_000);
      assert.equal(await start(harness), '# is mine');
    });
  });
});
