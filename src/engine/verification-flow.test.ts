/** The life of a verification through the engine on SQLite: what a caller is told at each turn. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  createEngineHarness,
  lastCode,
  type StartOptions,
  startCommand,
  wrongCode,
} from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';

describe('a verification', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createEngineHarness(store);
  const { engine, carrier, clock, dispatcher } = harness;
  let numbers = 0;

  /** A tenant and a number of its own for each test, so that none depends on another. */
  async function begin(options: StartOptions = {}) {
    numbers += 1;
    const principal = await harness.createPrincipal();
    const to = `+1415555${String(numbers).padStart(4, '0')}`;
    const command = startCommand({
      to,
      policy: { numberStrictness: 'possible', ...options.policy },
      ...options,
    });
    const withPolicy = { ...command, policy: { ...command.policy, numberStrictness: 'possible' as const } };
    const { verification, message } = await engine.startVerification(principal, withPolicy);
    await dispatcher.settled();
    const check = (code: unknown) =>
      engine.checkVerification(principal, { verificationId: verification.id, code });
    return { principal, command, verification, message, code: lastCode(carrier), check };
  }

  it('is approved by the code that was sent', async () => {
    const { verification, check, code } = await begin();
    assert.equal(verification.state, 'pending');
    const reply = await check(code);
    assert.equal(reply.outcome, 'approved');
    assert.equal(reply.verification.state, 'approved');
    assert.equal(reply.verification.settledAtMs, clock.now());
  });

  it('is settled after its approval: the same code approves nothing twice', async () => {
    const { check, code } = await begin();
    await check(code);
    assert.equal((await check(code)).outcome, 'settled');
  });

  it('tells the carrier which template of the tenant its text was made from', async () => {
    const { principal } = await begin();
    await engine.saveTemplate(principal, {
      name: 'login',
      bodies: { en: 'Log in with {{code}}' },
      defaultLocale: 'en',
      isDefault: false,
    });
    const command = startCommand({ to: '+14155550198', text: { kind: 'template', name: 'login' } });
    await engine.startVerification(principal, command);
    await dispatcher.settled();
    assert.deepEqual(
      carrier.sent.slice(-2).map(({ template }) => template),
      [undefined, 'login'],
    );
  });

  it('forgets its code once settled', async () => {
    const { check, code, verification, principal } = await begin();
    await check(code);
    const stored = await store.findVerification(principal.tenant.id, verification.id);
    assert.equal(stored?.contentSealed, undefined);
  });

  it('counts wrong checks down and is locked by the last', async () => {
    const { check, code } = await begin({ policy: { checksMax: 3 } });
    assert.equal((await check(wrongCode(code))).checksLeft, 2);
    assert.equal((await check(wrongCode(code))).checksLeft, 1);
    const last = await check(wrongCode(code));
    assert.deepEqual([last.outcome, last.checksLeft, last.verification.state], ['incorrect', 0, 'locked']);
    assert.equal((await check(code)).outcome, 'locked');
  });

  it('takes a right code at the last allowed check', async () => {
    const { check, code } = await begin({ policy: { checksMax: 2 } });
    await check(wrongCode(code));
    assert.equal((await check(code)).outcome, 'approved');
  });

  it('is expired for a right code at the expiry instant, and open one millisecond before', async () => {
    const early = await begin();
    clock.step(early.verification.expiresAtMs - 1);
    assert.equal((await early.check(early.code)).outcome, 'approved');
    const late = await begin();
    clock.step(late.verification.expiresAtMs);
    const reply = await late.check(late.code);
    assert.deepEqual([reply.outcome, reply.verification.state], ['expired', 'expired']);
  });

  it('stays expired when the clock steps back', async () => {
    const { check, code, verification } = await begin();
    clock.step(verification.expiresAtMs);
    await check(code);
    clock.step(verification.createdAtMs);
    assert.equal((await check(code)).outcome, 'expired');
  });

  it('refuses what is no code without counting it', async () => {
    const { check, code } = await begin({ policy: { checksMax: 1 } });
    const nonsense: unknown[] = [
      '',
      '   ',
      null,
      undefined,
      [code],
      { code },
      Number(code),
      '１２３４５６',
      '1'.repeat(10_000),
    ];
    nonsense.push(code.slice(1), `${code}0`, 'abcdef');
    for (const value of nonsense) await rejectsWith(check(value), 'invalid_request');
    assert.equal((await check(code)).outcome, 'approved');
  });

  it('takes a code as people type it', async () => {
    const { check, code } = await begin();
    assert.equal((await check(` ${code.slice(0, 3)} ${code.slice(3)} `)).outcome, 'approved');
  });

  it('looks the same to others whether unknown, malformed or another tenant’s', async () => {
    const { verification, code } = await begin();
    const stranger = await harness.createPrincipal();
    for (const verificationId of [verification.id, '018f0000-0000-7000-8000-000000000000', 'x', '']) {
      await rejectsWith(engine.checkVerification(stranger, { verificationId, code }), 'not_found');
      await rejectsWith(engine.getVerification(stranger, verificationId), 'not_found');
      await rejectsWith(engine.cancelVerification(stranger, verificationId), 'not_found');
      await rejectsWith(engine.sendAgain(stranger, { verificationId }), 'not_found');
    }
  });

  it('does not take the code of another verification', async () => {
    const first = await begin();
    const second = await begin();
    if (first.code !== second.code) assert.equal((await first.check(second.code)).outcome, 'incorrect');
  });

  it('sends the same code again after the cool-down, and keeps it when refused before', async () => {
    const { principal, verification, code, check } = await begin();
    const early = await rejectsWith(
      engine.sendAgain(principal, { verificationId: verification.id }),
      'send_too_soon',
    );
    assert.equal(early.details.retryAfterSeconds, 30);
    clock.step(clock.now() + 30_000);
    const { message } = await engine.sendAgain(principal, {
      verificationId: verification.id,
      channel: 'voice',
    });
    await dispatcher.settled();
    assert.equal(message.channel, 'voice');
    assert.equal(lastCode(carrier), code);
    assert.equal((await check(code)).outcome, 'approved');
  });

  it('is sent sendsMax times and no more', async () => {
    const { principal, verification } = await begin({ policy: { sendsMax: 2, cooldownSeconds: 0 } });
    await engine.sendAgain(principal, { verificationId: verification.id });
    await rejectsWith(engine.sendAgain(principal, { verificationId: verification.id }), 'sends_exhausted');
  });

  it('cannot be sent again by a channel that its address does not have', async () => {
    const { principal, verification } = await begin({ policy: { cooldownSeconds: 0 } });
    const send = engine.sendAgain(principal, { verificationId: verification.id, channel: 'email' });
    await rejectsWith(send, 'channel_unavailable');
  });

  it('is canceled once, after which nothing approves it', async () => {
    const { principal, verification, check, code } = await begin();
    assert.equal((await engine.cancelVerification(principal, verification.id)).state, 'canceled');
    assert.equal((await engine.cancelVerification(principal, verification.id)).state, 'canceled');
    assert.equal((await check(code)).outcome, 'settled');
    await rejectsWith(
      engine.sendAgain(principal, { verificationId: verification.id }),
      'verification_settled',
    );
  });

  it('cannot be canceled after its approval', async () => {
    const { principal, verification, check, code } = await begin();
    await check(code);
    await rejectsWith(engine.cancelVerification(principal, verification.id), 'verification_settled');
  });

  it('becomes expired by the sweep, with its event', async () => {
    const { principal, verification } = await begin();
    clock.step(verification.expiresAtMs);
    await harness.sweep();
    const stored = await store.findVerification(principal.tenant.id, verification.id);
    assert.equal(stored?.state, 'expired');
    const { items } = await engine.listEvents(principal, { verificationId: verification.id }, { limit: 10 });
    assert.equal(items[0]?.type, 'verification.expired');
  });

  it('tells its story on the timeline', async () => {
    const { principal, verification, message, check, code } = await begin();
    await harness.receive({ carrierMessageId: `main-${message.id}`, state: 'delivered' });
    await check(wrongCode(code));
    await check(code);
    const { items } = await engine.listEvents(principal, { verificationId: verification.id }, { limit: 10 });
    assert.deepEqual(
      items.map(({ type }) => type),
      [
        'verification.approved',
        'verification.check_failed',
        'message.delivered',
        'message.accepted',
        'verification.created',
      ],
    );
  });

  describe('when a second start finds it pending', () => {
    it('is sent again under resend-same-code, whatever the spelling of the number', async () => {
      const { principal, command, verification, code } = await begin();
      clock.step(clock.now() + 31_000);
      for (const to of [command.to.replace('+1415', '+1 (415) '), command.to.replace('+', '00')]) {
        const again = await engine.startVerification(principal, { ...command, to });
        await dispatcher.settled();
        assert.equal(again.verification.id, verification.id);
        assert.equal(lastCode(carrier), code);
        clock.step(clock.now() + 31_000);
      }
    });

    it('is canceled and replaced under replace-code', async () => {
      const { principal, command, verification, code } = await begin({
        policy: { onPending: 'replace-code' },
      });
      const again = await engine.startVerification(principal, command);
      await dispatcher.settled();
      assert.notEqual(again.verification.id, verification.id);
      assert.equal((await engine.getVerification(principal, verification.id)).state, 'canceled');
      const check = { verificationId: again.verification.id, code };
      if (lastCode(carrier) !== code)
        assert.equal((await engine.checkVerification(principal, check)).outcome, 'incorrect');
    });

    it('stays beside another under start-another', async () => {
      const { principal, command, check, code } = await begin({ policy: { onPending: 'start-another' } });
      await engine.startVerification(principal, command);
      assert.equal((await check(code)).outcome, 'approved');
    });

    it('refuses under reject', async () => {
      const { principal, command } = await begin({ policy: { onPending: 'reject' } });
      await rejectsWith(engine.startVerification(principal, command), 'verification_pending');
    });

    it('is not found by another purpose', async () => {
      const { principal, command, verification } = await begin();
      const other = await engine.startVerification(principal, { ...command, purpose: 'payment' });
      assert.notEqual(other.verification.id, verification.id);
    });
  });

  it('is the same for a retry with the same idempotency key, and refused for another body', async () => {
    const idempotency = { key: 'k-1', requestHash: 'a' };
    const { principal, command, verification } = await begin({ idempotency });
    const sent = carrier.sent.length;
    const again = await engine.startVerification(principal, command);
    assert.deepEqual(
      [again.isReplay, again.verification.id, carrier.sent.length],
      [true, verification.id, sent],
    );
    const other = { ...command, idempotency: { ...idempotency, requestHash: 'b' } };
    await rejectsWith(engine.startVerification(principal, other), 'idempotency_key_reused');
  });
});
