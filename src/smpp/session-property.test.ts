// Whatever a peer sends, in whatever order: every request ends exactly once, nothing is left behind, nothing but the session's own
// errors comes out.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyPdu } from '../../test/support/arbitrary-pdu.ts';
import { settle } from '../../test/support/manual-timers.ts';
import { createSessionWithPeer, outcomeOf } from '../../test/support/session-with-peer.ts';
import { encodePdu } from './pdu.ts';

type Step =
  | { readonly kind: 'request' | 'close' | 'unbind' | 'our-unbind' }
  | { readonly kind: 'answer' | 'nack' | 'wrong-command'; readonly sequence: number }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  | { readonly kind: 'advance'; readonly ms: number };

const sequence = fc.integer({ min: 1, max: 12 });
const rarely = fc.constantFrom<Step>({ kind: 'close' }, { kind: 'unbind' }, { kind: 'our-unbind' });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Step>({ kind: 'request' }) },
  { weight: 8, arbitrary: sequence.map((number): Step => ({ kind: 'answer', sequence: number })) },
  { weight: 2, arbitrary: sequence.map((number): Step => ({ kind: 'nack', sequence: number })) },
  { weight: 2, arbitrary: sequence.map((number): Step => ({ kind: 'wrong-command', sequence: number })) },
  { weight: 2, arbitrary: anyPdu.map((pdu): Step => ({ kind: 'octets', octets: encodePdu(pdu) })) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 64 }).map((octets): Step => ({ kind: 'octets', octets })),
  },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 900 }).map((ms): Step => ({ kind: 'advance', ms })) },
  { weight: 1, arbitrary: rarely },
);

describe('a session, for any sequence of events', () => {
  it('ends every request exactly once and leaves no timer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { session, timers, peer } = createSessionWithPeer({
          window: 2,
          queueMax: 3,
          responseTimeoutMs: 1_000,
          enquireLinkIntervalMs: 1_500,
          onRequest: async () => ({}),
        });
        const outcomes: Promise<string>[] = [];
        for (const one of steps) {
          if (one.kind === 'request') outcomes.push(outcomeOf(session.request('submit_sm')));
          else if (one.kind === 'answer') peer.send({ command: 'submit_sm_resp', sequence: one.sequence });
          else if (one.kind === 'nack')
            peer.send({ command: 'generic_nack', sequence: one.sequence, status: 8 });
          else if (one.kind === 'wrong-command')
            peer.send({ command: 'data_sm_resp', sequence: one.sequence });
          else if (one.kind === 'octets') peer.sendRaw(one.octets);
          else if (one.kind === 'unbind') peer.send({ command: 'unbind', sequence: 1 });
          else if (one.kind === 'our-unbind') void session.unbind();
          else if (one.kind === 'close') peer.stream.destroy();
          else if (one.kind === 'advance') await timers.advance(one.ms);
          const { inFlight, queued } = session.load;
          // A link check or an unbind may be in flight beside the window.
          assert.ok(inFlight <= 4 && queued <= 3);
        }
        await timers.advance(20_000);
        await Promise.all(outcomes);
        session.destroy();
        await settle();
        assert.deepEqual(session.load, { inFlight: 0, queued: 0 });
        assert.equal(timers.pending, 0);
      }),
      { numRuns: 150 },
    );
  });
});
