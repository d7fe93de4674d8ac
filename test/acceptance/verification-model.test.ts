/**
 * Threat: some order of starts, sends, checks, cancels and clock moves that yields a guess too many, a second
 * approval, or an approval after the end. Random sequences run against the engine and against a model of ten lines.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { EngineError } from '../../src/core/errors.ts';
import type { OnPending } from '../../src/core/policy.ts';
import { createEngineHarness, lastCode, startCommand, wrongCode } from '../support/engine-harness.ts';
import { openTestStore } from '../support/open-test-store.ts';

const CHECKS_MAX = 3;
const TTL_SECONDS = 60;

type Step =
  | { readonly kind: 'start' | 'send' | 'cancel' | 'sweep' }
  | { readonly kind: 'check'; readonly isRight: boolean; readonly which: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  /** To the expiry instant of the newest, or a millisecond beside it. */
  | { readonly kind: 'wait-for-expiry'; readonly offsetMs: number }
  | { readonly kind: 'step-back'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'start' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'send' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'cancel' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'sweep' }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('check' as const), isRight: fc.boolean(), which: fc.nat(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('step-back' as const),
      seconds: fc.integer({ min: 1, max: 90 }),
    }),
  },
);

/** What is known of one verification from outside: enough to say which answers are impossible. */
interface Known {
  readonly id: string;
  readonly code: string;
  readonly expiresAtMs: number;
  compared: number;
  approvals: number;
  /** Set once it was seen expired, locked, canceled or approved. */
  end?: string;
}

describe('no sequence of calls', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());

  for (const onPending of [
    'resend-same-code',
    'replace-code',
    'start-another',
    'reject',
  ] satisfies OnPending[]) {
    it(`beats the policy under ${onPending}`, async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 80, size: 'max' }), async (steps) => {
          runs += 1;
          await play(steps, onPending, runs);
        }),
        { numRuns: 80, seed: 20_260_101 },
      );
    });
  }

  async function play(steps: readonly Step[], onPending: OnPending, run: number): Promise<void> {
    const harness = await createEngineHarness(store, { seed: `model-${onPending}-${run}`, limits: [] });
    const { engine, clock, carrier, dispatcher, sweep } = harness;
    const principal = await harness.createPrincipal();
    const policy = {
      onPending,
      checksMax: CHECKS_MAX,
      ttlSeconds: TTL_SECONDS,
      cooldownSeconds: 0,
      sendsMax: 20,
    };
    const all: Known[] = [];
    const newest = () => all.at(-1);

    for (const each of steps) {
      switch (each.kind) {
        case 'start': {
          const reply = await allowed(engine.startVerification(principal, startCommand({ policy })));
          await dispatcher.settled();
          if (!reply || all.some(({ id }) => id === reply.verification.id)) break;
          for (const older of onPending === 'replace-code' ? all : []) {
            const { state } = await engine.getVerification(principal, older.id);
            assert.notEqual(state, 'pending', 'a replaced code is still live');
            if (state === 'canceled') older.end ??= state;
          }
          const { id, expiresAtMs } = reply.verification;
          all.push({ id, expiresAtMs, code: lastCode(carrier), compared: 0, approvals: 0 });
          break;
        }
        case 'send':
          await allowed(engine.sendAgain(principal, { verificationId: newest()?.id ?? '' }));
          await dispatcher.settled();
          break;
        case 'cancel': {
          const known = newest();
          const view = known && (await allowed(engine.cancelVerification(principal, known.id)));
          if (known && view) known.end ??= view.state;
          break;
        }
        case 'sweep':
          await sweep();
          for (const known of all) if (clock.now() >= known.expiresAtMs) known.end ??= 'expired';
          break;
        case 'wait':
          clock.step(clock.now() + each.seconds * 1000);
          break;
        case 'wait-for-expiry':
          clock.step(Math.max(clock.now(), (newest()?.expiresAtMs ?? 0) + each.offsetMs));
          break;
        case 'step-back':
          clock.step(clock.now() - each.seconds * 1000);
          break;
        case 'check': {
          const known = all.at(-1 - (each.which % Math.max(1, all.length)));
          if (known) await check(known, each.isRight);
        }
      }
    }

    async function check(known: Known, isRight: boolean): Promise<void> {
      const nowMs = clock.now();
      const code = isRight ? known.code : wrongCode(known.code);
      const reply = await allowed(engine.checkVerification(principal, { verificationId: known.id, code }));
      if (!reply) return;
      if (reply.outcome === 'approved' || reply.outcome === 'incorrect') {
        known.compared += 1;
        assert.equal(known.end, undefined, `compared after it was ${known.end}`);
        assert(nowMs < known.expiresAtMs, 'compared after its time');
        assert.equal(reply.outcome === 'approved', isRight);
        assert(known.compared <= CHECKS_MAX, `${known.compared} codes compared`);
      }
      if (reply.outcome === 'approved') {
        known.approvals += 1;
        assert.equal(known.approvals, 1);
      }
      if (reply.verification.state !== 'pending') known.end ??= reply.verification.state;
      if (known.end) assert.equal(reply.verification.state, known.end, 'a terminal state never changes');
    }
  }
});

/** A refusal is an answer too. */
async function allowed<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch((error: unknown) => {
    if (error instanceof EngineError) return undefined;
    throw error;
  });
}
