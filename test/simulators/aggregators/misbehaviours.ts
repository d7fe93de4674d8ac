/**
 * What goes wrong between a carrier and any aggregator over HTTP, by name, with what the carrier must make of it. The
 * same list is run for every carrier; what is particular to a vendor is in that carrier's own test.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { SubmitOutcome } from '../../../src/core/delivery.ts';
import { toHttpDate } from '../../support/http-date.ts';
import { type Aggregator, type AggregatorRig, useAggregatorRig } from './aggregator-rig.ts';
import type { Answer } from './aggregator-stub.ts';

interface Misbehaviour {
  readonly name: string;
  answer(nowMs: number): Answer;
  readonly expected: SubmitOutcome['kind'];
  readonly retryAfterMs?: number;
  /** True where the aggregator never ends its answer: time has to move. */
  readonly isEndless?: true;
}

/** Beyond the time that a carrier waits for an answer. */
const LONG_MS = 60_000;

const reply = (status: number, headers: Record<string, string> = {}, body = ''): Answer => ({
  kind: 'reply',
  status,
  headers,
  body,
});

export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  {
    name: 'it takes the message and answers nothing until the time is up',
    answer: () => ({ kind: 'silence' }),
    expected: 'unknown',
    isEndless: true,
  },
  {
    name: 'it takes the message and breaks the connection',
    answer: () => ({ kind: 'hang-up' }),
    expected: 'unknown',
  },
  {
    name: 'its answer begins well and never ends',
    answer: () => ({ kind: 'slow-body', status: 200, firstPart: '{"messages": [' }),
    expected: 'unknown',
    isEndless: true,
  },
  {
    name: 'it says yes in broken JSON',
    answer: () => reply(200, { 'content-type': 'application/json' }, '{"messages": [{"status"'),
    expected: 'unknown',
  },
  { name: 'it says yes and nothing else', answer: () => reply(200), expected: 'unknown' },
  {
    name: 'it says yes in more words than anybody reads',
    answer: () => reply(200, {}, 'x'.repeat(100_000)),
    expected: 'unknown',
  },
  {
    name: '429 with Retry-After in seconds',
    answer: () => reply(429, { 'retry-after': '7' }),
    expected: 'refused',
    retryAfterMs: 7_000,
  },
  {
    name: '429 with Retry-After as a date',
    answer: (nowMs) => reply(429, { 'retry-after': toHttpDate(nowMs + 30_000) }),
    expected: 'refused',
    retryAfterMs: 30_000,
  },
  { name: '429 without Retry-After', answer: () => reply(429), expected: 'refused' },
  { name: '500 with a page of HTML', answer: () => reply(500, {}, '<h1>Sorry</h1>'), expected: 'refused' },
  {
    name: '503 with Retry-After',
    answer: () => reply(503, { 'retry-after': '2' }),
    expected: 'refused',
    retryAfterMs: 2_000,
  },
  { name: '502 of a gateway that may have passed it on', answer: () => reply(502), expected: 'unknown' },
  { name: '504 of a gateway that may have passed it on', answer: () => reply(504), expected: 'unknown' },
];

/** @param to a number that the aggregator serves */
export function runMisbehaviours(aggregator: Aggregator, to: string): void {
  describe(`${aggregator.name}, when the aggregator misbehaves`, () => {
    for (const misbehaviour of MISBEHAVIOURS) {
      it(`${misbehaviour.name}: ${misbehaviour.expected}`, async (t: TestContext) => {
        const rig = await useAggregatorRig(t, aggregator);
        assertOutcome(await provoke(rig, misbehaviour, to), misbehaviour);
        assert.equal((await rig.send(to)).kind, 'accepted', 'the next message is not harmed');
      });
    }

    it('a redirect is not followed, and is for an operator to repair', async (t: TestContext) => {
      const rig = await useAggregatorRig(t, aggregator);
      rig.stub.answerOnce(reply(302, { location: 'http://127.0.0.1:1/' }));
      const outcome = await rig.send(to);
      assert.ok(outcome.kind === 'refused' && outcome.permanent);
      assert.equal(rig.carrier.health().state, 'down');
    });

    it('credentials that are refused bring the carrier down until it is tried again later', async (t: TestContext) => {
      const rig = await useAggregatorRig(t, aggregator);
      rig.stub.answerOnce(reply(401, { 'content-type': 'application/json' }, '{}'));
      const outcome = await rig.send(to);
      assert.ok(outcome.kind === 'refused' && outcome.permanent);
      assert.equal(rig.carrier.health().state, 'down');
      await rig.clock.advance(LONG_MS);
      assert.equal(rig.carrier.health().state, 'degraded');
      assert.equal((await rig.send(to)).kind, 'accepted');
      assert.equal(rig.carrier.health().state, 'up');
    });

    it('a certificate that nobody trusts: refused for now, because nothing has left', async (t: TestContext) => {
      const rig = await useAggregatorRig(t, aggregator, { scheme: 'https' });
      const outcome = await rig.send(to);
      assert.deepEqual(outcome, { kind: 'refused', reason: 'tls', permanent: false });
      assert.equal(rig.stub.requests.length, 0);
    });

    it('nobody listens: refused for now, because nothing has left', async (t: TestContext) => {
      const rig = await useAggregatorRig(t, aggregator);
      await rig.stub[Symbol.asyncDispose]();
      const outcome = await rig.send(to);
      assert.deepEqual(outcome, { kind: 'refused', reason: 'connect', permanent: false });
    });

    it('time is up before the connection stands: refused for now, because nothing has left', async (t: TestContext) => {
      const deaf = await startDeafServer(t);
      const rig = await useAggregatorRig(t, {
        ...aggregator,
        createCarrier: deaf.misdirect(aggregator),
      });
      const submit = rig.send(to);
      await deaf.connected;
      await rig.clock.advance(LONG_MS);
      const outcome = await submit;
      assert.ok(outcome.kind === 'refused' && !outcome.permanent, JSON.stringify(outcome));
    });

    it('logs nothing of the message and keeps the reason to plain words', async (t: TestContext) => {
      const rig = await useAggregatorRig(t, aggregator);
      rig.stub.answerOnce(reply(400, { 'content-type': 'application/json' }, `{"code":"${to} 483920"}`));
      const outcome = await rig.send(to);
      assert.ok(outcome.kind === 'refused');
      assert.match(outcome.reason, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      const logged = JSON.stringify(rig.logger.lines);
      for (const secret of ['483920', to, to.slice(1)]) assert.ok(!logged.includes(secret));
    });
  });
}

async function provoke(rig: AggregatorRig, misbehaviour: Misbehaviour, to: string): Promise<SubmitOutcome> {
  rig.stub.answerOnce(misbehaviour.answer(rig.clock.now()));
  const submit = rig.send(to);
  if (misbehaviour.isEndless) {
    await rig.stub.seen(1);
    await rig.clock.advance(LONG_MS);
  }
  return submit;
}

function assertOutcome(outcome: SubmitOutcome, { expected, retryAfterMs }: Misbehaviour): void {
  assert.equal(outcome.kind, expected, JSON.stringify(outcome));
  if (outcome.kind !== 'refused') return;
  assert.equal(outcome.permanent, false);
  assert.equal(outcome.retryAfterMs, retryAfterMs);
}

/** Takes TCP connections and never says a word, so that no TLS handshake ends. */
async function startDeafServer(t: TestContext) {
  const sockets = new Set<Socket>();
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    resolve();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return {
    connected,
    misdirect:
      (aggregator: Aggregator): Aggregator['createCarrier'] =>
      (context) =>
        aggregator.createCarrier({ ...context, aggregatorUrl: `https://127.0.0.1:${address.port}` }),
  };
}
