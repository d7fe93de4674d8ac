/**
 * Threat: guesses multiplied, an approval doubled or a right code lost, by sending everything at once: to the engine, to
 * one server over HTTP, and to two server processes on one database of either kind.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '../../src/app.ts';
import { createEngineHarness, lastCode, startCommand, wrongCode } from '../support/engine-harness.ts';
import { onPostgres } from '../support/fault-run.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { createNativeClient, type NativeClient } from '../support/native-client.ts';
import { openTestStore } from '../support/open-test-store.ts';
import { createTestDatabase, type TestDatabaseServer } from '../support/postgres/test-server.ts';

const AT_ONCE = 50;
const CHECKS_MAX = 5;

type Outcome = string | undefined;
const count = (outcomes: readonly Outcome[], outcome: string) =>
  outcomes.filter((each) => each === outcome).length;

/** One verification, whoever serves it. */
interface Target {
  readonly code: string;
  /** Checks one code; `turn` says which of the nodes is asked. */
  check(code: string, turn: number): Promise<Outcome>;
  /** As it is stored in the end. */
  found(): Promise<{ readonly state: string; readonly checkCount: number; readonly failures: number }>;
}

function describeRaces(start: () => Promise<Target>): void {
  const checkAll = (target: Target, codes: readonly string[]) =>
    Promise.all(codes.map((code, turn) => target.check(code, turn)));
  const repeat = (code: string, times: number) => Array.from({ length: times }, () => code);

  it('approves one of many right checks at once, and the others find it settled', async () => {
    const target = await start();
    const outcomes = await checkAll(target, repeat(target.code, AT_ONCE));
    assert.equal(count(outcomes, 'approved'), 1);
    assert.equal(count(outcomes, 'settled'), AT_ONCE - 1);
    assert.deepEqual(await target.found(), { state: 'approved', checkCount: 1, failures: 0 });
  });

  it('compares no more than the allowed of many wrong checks at once', async () => {
    const target = await start();
    const outcomes = await checkAll(target, repeat(wrongCode(target.code), AT_ONCE));
    assert.equal(count(outcomes, 'incorrect'), CHECKS_MAX);
    assert.equal(count(outcomes, 'locked'), AT_ONCE - CHECKS_MAX);
    assert.deepEqual(await target.found(), { state: 'locked', checkCount: CHECKS_MAX, failures: CHECKS_MAX });
  });

  it('loses no right check to a lock that came after it', async () => {
    for (const place of [0, 2, 4, 5, 30]) {
      const target = await start();
      const codes = repeat(wrongCode(target.code), AT_ONCE).with(place, target.code);
      const outcomes = await checkAll(target, codes);
      const incorrect = count(outcomes, 'incorrect');
      const { state, checkCount } = await target.found();
      if (outcomes[place] === 'approved') {
        assert.ok(incorrect < CHECKS_MAX);
        assert.equal(count(outcomes, 'settled'), AT_ONCE - 1 - incorrect);
        assert.deepEqual([state, checkCount], ['approved', incorrect + 1]);
      } else {
        assert.deepEqual([outcomes[place], incorrect, state], ['locked', CHECKS_MAX, 'locked']);
      }
    }
  });

  it('of right and wrong in turn, approves once or has compared all that is allowed', async () => {
    const target = await start();
    const wrong = wrongCode(target.code);
    const codes = repeat(wrong, AT_ONCE).map((code, index) => (index % 4 === 3 ? target.code : code));
    const outcomes = await checkAll(target, codes);
    const [approved, incorrect] = [count(outcomes, 'approved'), count(outcomes, 'incorrect')];
    assert.ok(approved === 1 ? incorrect < CHECKS_MAX : approved === 0 && incorrect === CHECKS_MAX);
    const { state, checkCount } = await target.found();
    assert.deepEqual([state, checkCount], [approved === 1 ? 'approved' : 'locked', approved + incorrect]);
  });
}

describe('checks at once through the engine', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createEngineHarness(store);
  const principal = await harness.createPrincipal();
  let started = 0;

  const start = async (): Promise<Target> => {
    started += 1;
    const to = `+141555501${String(started).padStart(2, '0')}`;
    const { verification } = await harness.engine.startVerification(principal, startCommand({ to }));
    await harness.dispatcher.settled();
    const { id: verificationId } = verification;
    return {
      code: lastCode(harness.carrier),
      check: async (code) =>
        (await harness.engine.checkVerification(principal, { verificationId, code })).outcome,
      found: async () => foundIn(store, principal.tenant.id, verificationId),
    };
  };
  describeRaces(start);

  it('compares as often as it counts', async (t) => {
    const target = await start();
    const matches = t.mock.method(harness.context.keyring, 'matchesCode');
    await Promise.all(Array.from({ length: AT_ONCE }, () => target.check(wrongCode(target.code), 0)));
    assert.equal(matches.mock.callCount(), CHECKS_MAX);
  });

  it('does not give more guesses to verifications in parallel for one number', async () => {
    const to = '+12125550177';
    const command = startCommand({ to, policy: { onPending: 'start-another' } });
    const targets: { readonly verificationId: string; readonly code: string }[] = [];
    const unlimited = await createEngineHarness(store, { node: 'node-b', limits: [] });
    for (let index = 0; index < AT_ONCE; index += 1) {
      const { verification } = await unlimited.engine.startVerification(principal, command);
      await unlimited.dispatcher.settled();
      targets.push({ verificationId: verification.id, code: lastCode(unlimited.carrier) });
    }
    const outcomes = await Promise.all(
      targets.map(({ verificationId, code }) =>
        unlimited.engine.checkVerification(principal, { verificationId, code: wrongCode(code) }).then(
          ({ outcome }) => outcome,
          ({ code: refusal }) => refusal,
        ),
      ),
    );
    // From the tenth wrong code in a row on the number has to wait, whichever verification is asked.
    assert.equal(count(outcomes, 'incorrect'), 10);
    assert.equal(count(outcomes, 'recipient_blocked'), AT_ONCE - 10);
  });
});

for (const [where, nodes, isPostgres] of [
  ['one server', 1, false],
  ['two servers on one database file', 2, false],
  ['two servers on one PostgreSQL', 2, true],
] as const) {
  describe(`checks at once over HTTP to ${where}`, () => {
    let database: TestDatabaseServer | undefined;
    let installation: Installation;
    let audit: App;
    let clients: readonly NativeClient[];
    let started = 0;
    before(async () => {
      if (isPostgres) database = await createTestDatabase();
      installation = await createInstallation(database && { env: onPostgres(database.url) });
      const running = await Promise.all(Array.from({ length: nodes }, () => installation.startNode()));
      clients = running.map(({ url }) => createNativeClient(url, installation.secret));
      audit = await installation.open();
    });
    after(async () => {
      await audit?.[Symbol.asyncDispose]();
      await installation?.[Symbol.asyncDispose]();
      await database?.[Symbol.asyncDispose]();
    });
    const clientAt = (turn: number) => clients[turn % clients.length] ?? assert.fail();

    describeRaces(async () => {
      const brand = `Race${'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[started]}`;
      started += 1;
      const to = `+141555501${String(started).padStart(2, '0')}`;
      const { status, body } = await clientAt(started).start({ to, brand });
      assert.equal(status, 201, JSON.stringify(body));
      const id = body.id ?? assert.fail();
      return {
        code: await installation.network.codeFor(brand),
        check: async (code, turn) => (await clientAt(turn).check(id, code)).body.outcome,
        found: () => foundIn(audit.parts.store, installation.tenantId, id),
      };
    });
  });
}

async function foundIn(store: App['parts']['store'], tenantId: string, id: string) {
  const { state, checkCount, recipientId } = (await store.findVerification(tenantId, id)) ?? assert.fail();
  const budget = await store.findBudget(tenantId, recipientId);
  return { state, checkCount, failures: budget?.failures ?? 0 };
}
