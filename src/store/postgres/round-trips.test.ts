/** That a start and a check cost few round trips: over a network each is half a millisecond that nothing else can hide. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  createEngineHarness,
  lastCode,
  type StartOptions,
  startCommand,
  wrongCode,
} from '../../../test/support/engine-harness.ts';
import { createTestDatabase, type TestDatabaseServer } from '../../../test/support/postgres/test-server.ts';
import { startWireProxy, type WireProxy } from '../../../test/support/postgres/wire-proxy.ts';
import type { Principal } from '../../core/principal.ts';
import type { Store } from '../../engine/ports.ts';
import { openPostgresStore } from './open-postgres-store.ts';

describe('round trips to PostgreSQL', () => {
  let database: TestDatabaseServer;
  let proxy: WireProxy;
  let store: Store;
  let harness: Awaited<ReturnType<typeof createEngineHarness>>;

  before(async () => {
    database = await createTestDatabase();
    proxy = await startWireProxy(database.url);
    // One session, so that a new one's first words are not counted.
    store = await openPostgresStore({ url: proxy.url, clock: () => 0, connectionsMax: 1 });
    await store.probe();
    harness = await createEngineHarness(store);
  });
  after(async () => {
    await harness.dispatcher.settled();
    await store[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  let number = 0;
  const prepare = async (balanceMicros?: number) => {
    const principal = await harness.createPrincipal();
    if (balanceMicros !== undefined) await harness.engine.topUp(principal, balanceMicros);
    // The first start of a tenant reads its templates, which are then known for a while.
    await harness.engine.startVerification(principal, startCommand());
    number += 1;
    return { principal, to: `+1415555${String(number).padStart(4, '0')}` };
  };
  const counted = async <T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly trips: number }> => {
    await harness.dispatcher.settled();
    proxy.takeRoundTrips();
    const result = await work();
    return { result, trips: proxy.takeRoundTrips() };
  };
  /** The carrier answers when the call is over, so that what the dispatcher writes is not counted with the caller's. */
  const duringCall = async <T>(work: () => Promise<T>): Promise<T> => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { answer } = harness.carrier;
    harness.carrier.answer = async (...submit) => {
      await held;
      return answer(...submit);
    };
    try {
      return await work();
    } finally {
      harness.carrier.answer = answer;
      release();
    }
  };
  const start = (principal: Principal, options: StartOptions) =>
    duringCall(() => counted(() => harness.engine.startVerification(principal, startCommand(options))));
  const check = (principal: Principal, verificationId: string, code: string) =>
    counted(() => harness.engine.checkVerification(principal, { verificationId, code }));

  it('a start is two, with an Idempotency-Key as without', async () => {
    const { principal, to } = await prepare();
    assert.equal((await start(principal, { to, idempotency: { key: 'k', requestHash: 'h' } })).trips, 2);
    const other = await prepare();
    assert.equal((await start(other.principal, { to: other.to })).trips, 2);
  });

  it('a start that is charged is three, and one that replaces another and takes its message back, four', async () => {
    const { principal, to } = await prepare(100_000_000);
    assert.equal((await start(principal, { to })).trips, 3);
    await harness.dispatcher.settled();
    harness.carrier.answer = () => ({ kind: 'refused', reason: 'busy', permanent: false });
    await harness.clock.advance(31_000);
    const policy = { onPending: 'replace-code' } as const;
    await harness.engine.startVerification(principal, startCommand({ to, policy }));
    await harness.dispatcher.settled();
    assert.equal((await start(principal, { to, policy })).trips, 4);
  });

  it('a check is two, wrong or right', async () => {
    const { principal, to } = await prepare();
    harness.carrier.answer = (message) => ({ kind: 'accepted', carrierMessageIds: [message.id] });
    const { verification } = await harness.engine.startVerification(principal, startCommand({ to }));
    await harness.dispatcher.settled();
    const code = lastCode(harness.carrier);
    const wrong = await check(principal, verification.id, wrongCode(code));
    assert.deepEqual([wrong.result.outcome, wrong.trips], ['incorrect', 2]);
    const right = await check(principal, verification.id, code);
    assert.deepEqual([right.result.outcome, right.trips], ['approved', 2]);
  });

  it('a right check before the carrier had the message is three: it says which message it takes back', async () => {
    const { principal, to } = await prepare(100_000_000);
    const { verification } = await harness.engine.startVerification(principal, startCommand({ to }));
    await harness.dispatcher.settled();
    const code = lastCode(harness.carrier);
    harness.carrier.answer = () => ({ kind: 'refused', reason: 'busy', permanent: false });
    await harness.clock.advance(31_000);
    await harness.engine.sendAgain(principal, { verificationId: verification.id });
    await harness.dispatcher.settled();
    const right = await check(principal, verification.id, code);
    assert.deepEqual([right.result.outcome, right.trips], ['approved', 3]);
  });

  it('what came of a submit is two, and a receipt too', async () => {
    const { principal, to } = await prepare();
    harness.carrier.answer = (message) => ({ kind: 'accepted', carrierMessageIds: [message.id] });
    await start(principal, { to });
    // The call is over, and the answer to the submit is let go with it.
    await harness.dispatcher.settled();
    assert.equal(proxy.takeRoundTrips(), 2);
    const carrierMessageId = harness.carrier.sent.at(-1)?.id ?? '';
    const receipt = await counted(() => harness.receive({ carrierMessageId, state: 'delivered' }));
    assert.equal(receipt.trips, 2);
  });
});
