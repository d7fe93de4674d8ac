/** Threat: guessing across verifications, bombing a phone, and locking a person out by asking for codes. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createEngineHarness, lastCode, startCommand, wrongCode } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import type { Principal } from '../core/principal.ts';
import { DEFAULT_LIMITS } from '../core/rate-limit.ts';
import { networkOf } from './limits.ts';
import type { Transaction } from './ports.ts';

const ANOTHER = { onPending: 'start-another', cooldownSeconds: 0, checksMax: 20 } as const;
const MINUTE_MS = 60_000;

describe('a check whose outcome cannot be written', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());

  it('is a guess all the same: the error tells nothing of the code and gives none back', async () => {
    let isBroken = false;
    const breaking = (tx: Transaction): Transaction =>
      new Proxy(tx, {
        get(inner, name) {
          if (name === 'settleCheck' && isBroken) return () => Promise.reject(new Error('no room'));
          const value: unknown = Reflect.get(inner, name, inner);
          return typeof value === 'function' ? value.bind(inner) : value;
        },
      });
    const { engine, carrier, dispatcher, createPrincipal } = await createEngineHarness({
      ...store,
      transaction: (work, options) => store.transaction((tx) => work(breaking(tx)), options),
    });
    const principal = await createPrincipal();
    const { verification } = await engine.startVerification(principal, startCommand());
    await dispatcher.settled();
    const code = lastCode(carrier);
    const check = (typed: string) =>
      engine.checkVerification(principal, { verificationId: verification.id, code: typed });
    isBroken = true;
    for (const typed of [wrongCode(code), code, wrongCode(code)])
      await assert.rejects(check(typed), { message: 'no room' });
    isBroken = false;
    const { recipientId, checkCount } =
      (await store.findVerification(principal.tenant.id, verification.id)) ?? assert.fail();
    assert.equal(checkCount, 3);
    assert.equal((await store.findBudget(principal.tenant.id, recipientId))?.failures, 3);
    assert.equal((await check(code)).outcome, 'approved');
  });
});

describe('the limits on sends', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());

  it('allow five sends to a recipient in ten minutes, over every spelling and channel', async () => {
    const { engine, clock, createPrincipal } = await createEngineHarness(store, { seed: 'a' });
    const principal = await createPrincipal();
    const spellings = [
      '+14155550101',
      '+1 415 555 0101',
      '0014155550101',
      '14155550101',
      '+1 (415) 555-0101',
    ];
    const start = (to: string, channel: 'sms' | 'voice' = 'sms') =>
      engine.startVerification(principal, startCommand({ to, channel, policy: ANOTHER }));
    for (const to of spellings) await start(to);
    const refused = await rejectsWith(start('+14155550101', 'voice'), 'limit_exceeded');
    assert.deepEqual(refused.details, { limit: 'sends-per-recipient-10m', retryAfterSeconds: 600 });
    clock.step(clock.now() + 10 * MINUTE_MS);
    await start('+14155550101');
  });

  it('allow twenty sends to a recipient in a day', async () => {
    const { engine, clock, createPrincipal } = await createEngineHarness(store, { seed: 'b' });
    const principal = await createPrincipal();
    const start = () =>
      engine.startVerification(principal, startCommand({ to: '+14155550102', policy: ANOTHER }));
    for (let sends = 0; sends < 20; sends += 1) {
      await start();
      clock.step(clock.now() + 5 * MINUTE_MS);
    }
    const refused = await rejectsWith(start(), 'limit_exceeded');
    assert.equal(refused.details.limit, 'sends-per-recipient-day');
  });

  it('count a refused send for nothing and leave the live code valid', async () => {
    const { engine, carrier, dispatcher, createPrincipal } = await createEngineHarness(store, { seed: 'c' });
    const principal = await createPrincipal();
    const command = startCommand({ to: '+14155550103', policy: ANOTHER });
    const first = await engine.startVerification(principal, command);
    await dispatcher.settled();
    const code = lastCode(carrier);
    for (let sends = 1; sends < 5; sends += 1) await engine.startVerification(principal, command);
    await rejectsWith(engine.startVerification(principal, command), 'limit_exceeded');
    const reply = await engine.checkVerification(principal, { verificationId: first.verification.id, code });
    assert.equal(reply.outcome, 'approved');
  });

  it('never lock a person out of a code by starting verifications', async () => {
    const { engine, carrier, dispatcher, clock, createPrincipal } = await createEngineHarness(store, {
      seed: 'd',
    });
    const principal = await createPrincipal();
    const command = startCommand({ to: '+14155550104' });
    const { verification } = await engine.startVerification(principal, command);
    await dispatcher.settled();
    const code = lastCode(carrier);
    for (let tries = 0; tries < 50; tries += 1)
      await engine.startVerification(principal, command).catch(() => {});
    clock.step(clock.now() + 1_000);
    const reply = await engine.checkVerification(principal, { verificationId: verification.id, code });
    assert.equal(reply.outcome, 'approved');
  });

  it('are kept apart by tenant', async () => {
    const { engine, createPrincipal } = await createEngineHarness(store, { seed: 'e' });
    const one = await createPrincipal();
    const other = await createPrincipal();
    const command = startCommand({ to: '+14155550105', policy: ANOTHER });
    for (let sends = 0; sends < 5; sends += 1) await engine.startVerification(one, command);
    await engine.startVerification(other, command);
  });

  it('hold per tenant, per prefix and per client address where configured', async () => {
    const limits = [
      { name: 'tenant-hour', subject: 'tenant', max: 4, windowSeconds: 3600 },
      { name: 'prefix-hour', subject: 'prefix', max: 3, windowSeconds: 3600, prefixDigits: 5 },
      { name: 'client-hour', subject: 'client-ip', max: 2, windowSeconds: 3600 },
    ] as const;
    const { engine, createPrincipal } = await createEngineHarness(store, { seed: 'f', limits });
    const principal = await createPrincipal();
    const start = (to: string, clientIp: string) =>
      engine.startVerification(principal, startCommand({ to, clientIp, policy: ANOTHER }));
    await start('+14155550106', '2001:db8::1');
    await start('+14155550107', '2001:db8::ffff');
    const byClient = await rejectsWith(start('+12125550108', '2001:db8:0:0:1::'), 'limit_exceeded');
    assert.equal(byClient.details.limit, 'client-hour');
    await start('+14155550109', '192.0.2.1');
    const byPrefix = await rejectsWith(start('+14155550110', '192.0.2.2'), 'limit_exceeded');
    assert.equal(byPrefix.details.limit, 'prefix-hour');
    await start('+12125550111', '192.0.2.3');
    const byTenant = await rejectsWith(start('+13105550112', '192.0.2.4'), 'limit_exceeded');
    assert.equal(byTenant.details.limit, 'tenant-hour');
  });

  it('have names of their own', () => {
    assert.equal(new Set(DEFAULT_LIMITS.map(({ name }) => name)).size, DEFAULT_LIMITS.length);
  });
});

describe('the failure budget of a recipient', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());

  /** A tenant whose recipient gets a new verification for each round of guesses. */
  async function guesser(seed: string) {
    const harness = await createEngineHarness(store, { seed, limits: [] });
    const principal = await harness.createPrincipal();
    const { engine, carrier, dispatcher } = harness;
    return {
      ...harness,
      principal,
      async start(by: Principal = principal) {
        const command = startCommand({ to: '+14155550120', policy: ANOTHER });
        const { verification } = await engine.startVerification(by, command);
        await dispatcher.settled();
        const code = lastCode(carrier);
        return {
          right: () => engine.checkVerification(by, { verificationId: verification.id, code }),
          wrong: () =>
            engine.checkVerification(by, { verificationId: verification.id, code: wrongCode(code) }),
        };
      },
    };
  }

  it('survives new verifications: guesses do not multiply', async () => {
    const { start, clock } = await guesser('g');
    let compared = 0;
    for (let verifications = 0; verifications < 10; verifications += 1) {
      const live = await start().catch(() => undefined);
      for (let guesses = 0; live && guesses < 20; guesses += 1) {
        const isCompared = await live.wrong().then(
          () => true,
          () => false,
        );
        if (isCompared) compared += 1;
        clock.step(clock.now() + 15_000);
      }
      clock.step(clock.now() + 15_000);
    }
    assert(compared <= 30, `${compared} guesses in less than an hour`);
  });

  it('refuses while it is spent, even the right code, and says when to come back', async () => {
    const { start, clock } = await guesser('h');
    const live = await start();
    for (let guesses = 0; guesses < 10; guesses += 1) await live.wrong();
    const refused = await rejectsWith(live.right(), 'recipient_blocked');
    const { retryAfterSeconds = 0 } = refused.details;
    clock.step(clock.now() + retryAfterSeconds * 1000 - 1);
    await rejectsWith(live.right(), 'recipient_blocked');
    clock.step(clock.now() + 1);
    assert.equal((await live.right()).outcome, 'approved');
  });

  it('is refunded by success: the slips of one sign-in do not add up with those of the next', async () => {
    const { start } = await guesser('i');
    for (let signIns = 0; signIns < 20; signIns += 1) {
      const live = await start();
      await live.wrong();
      await live.wrong();
      assert.equal((await live.right()).outcome, 'approved');
    }
  });

  it('is not refunded for other verifications by a right code', async () => {
    const { start, clock } = await guesser('j');
    const attacked = await start();
    let compared = 0;
    for (let rounds = 0; rounds < 10; rounds += 1) {
      const own = await start().catch(() => undefined);
      for (let guesses = 0; guesses < 5; guesses += 1) {
        const isCompared = await attacked.wrong().then(
          ({ outcome }) => outcome === 'incorrect',
          () => false,
        );
        if (isCompared) compared += 1;
      }
      await own?.right().catch(() => {});
      clock.step(clock.now() + 60_000);
    }
    assert(compared <= 30, `${compared} guesses`);
  });

  it('is disabled after a hundred wrong codes in a row until it is lifted', async () => {
    const { start, clock, engine, principal } = await guesser('k');
    for (let failures = 0; failures < 100; ) {
      const live = await start();
      for (let guesses = 0; guesses < 5 && failures < 100; guesses += 1, failures += 1) await live.wrong();
      clock.step(clock.now() + 3_600_000);
    }
    await rejectsWith(start(), 'recipient_disabled');
    clock.step(clock.now() + 30 * 86_400_000);
    await rejectsWith(start(), 'recipient_disabled');
    await engine.liftBlock(principal, '+1 415 555 0120');
    assert.equal((await (await start()).right()).outcome, 'approved');
  });

  it('belongs to one tenant', async () => {
    const { start, createPrincipal } = await guesser('l');
    const live = await start();
    for (let guesses = 0; guesses < 10; guesses += 1) await live.wrong();
    const other = await start(await createPrincipal());
    assert.equal((await other.right()).outcome, 'approved');
  });
});

it('an address of IPv6 counts by its /64, one of IPv4 by itself', () => {
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('::1'), '0:0:0:0::/64');
  assert.equal(networkOf('not an address'), undefined);
});
