import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createCapturingLogger } from '../../test/support/capturing-logger.ts';
import { createEngineHarness, lastCode, startCommand } from '../../test/support/engine-harness.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { createMaster, makeMasterSecret } from '../lib/master.ts';
import { SealError } from '../lib/seal.ts';
import { ACTIVATION_MS, createLiveKeyring, REFRESH_MS } from './live-keyring.ts';
import type { SealedRow, Store } from './ports.ts';
import { reseal, startKeyCare } from './reseal.ts';
import { rotateDataKeys, rotateMaster } from './rotate-keys.ts';

const randomBytes = createSeededRandomBytes('rotation');
const newMaster = () => createMaster(makeMasterSecret(randomBytes), randomBytes);

describe('data keys', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore();
  });
  afterEach(() => store[Symbol.asyncDispose]());

  function createRig() {
    const clock = createManualClock();
    const context = { store, master: newMaster(), clock: clock.now, timers: clock.timers, randomBytes };
    return { clock, context, open: () => createLiveKeyring(context) };
  }

  it('are made once, whoever comes first', async () => {
    const { open } = createRig();
    const [a, b] = await Promise.all([open(), open()]);
    assert.equal((await store.loadDataKeys()).length, 3);
    assert.equal(b.open(a.seal('text', 'x'), 'x'), 'text');
    assert.deepEqual(a.lookupHash('sms', 't', '1'), b.lookupHash('sms', 't', '1'));
  });

  it('of another master secret are not opened, and the error names whose they are', async () => {
    const { context, open } = createRig();
    await open();
    await assert.rejects(
      createLiveKeyring({ ...context, master: newMaster() }),
      (error) => error instanceof SealError && error.keyName === `master-${context.master.fingerprint()}`,
    );
  });

  it('that are new are opened by every node before any node seals with them', async () => {
    const { clock, context, open } = createRig();
    const [a, b] = [await open(), await open()];
    await clock.advance(ACTIVATION_MS);
    assert.deepEqual(await rotateDataKeys(context), ['seal-2', 'code-2']);
    await a.refresh();
    assert.deepEqual([a.currentSealKey, a.currentCodeKey], ['seal-1', 'code-1']);
    await clock.advance(ACTIVATION_MS - 1);
    await b.refresh();
    await clock.advance(1);
    await a.refresh();
    assert.deepEqual([a.currentSealKey, a.currentCodeKey], ['seal-2', 'code-2']);
    assert.equal(b.currentSealKey, 'seal-1');
    assert.equal(b.open(a.seal('text', 'x'), 'x'), 'text');
    assert.equal(b.matchesCode('id', '123456', a.hashCode('id', '123456')), true);
    assert.equal(a.open(b.seal('text', 'x'), 'x'), 'text');
  });

  it('are wrapped anew under another master secret; a node that runs goes on, the old secret opens nothing', async () => {
    const { context, open } = createRig();
    const running = await open();
    const next = newMaster();
    await rotateMaster(store, context.master, next);
    await running.refresh();
    const restarted = await createLiveKeyring({ ...context, master: next });
    assert.equal(restarted.open(running.seal('text', 'x'), 'x'), 'text');
    await assert.rejects(open(), SealError);
    await assert.rejects(rotateDataKeys(context), SealError);
  });

  it('re-seal what older ones sealed, and leave what nobody can open', async () => {
    const { clock, context, open } = createRig();
    const keyring = await open();
    const harness = await createEngineHarness(store, { clock });
    const principal = await harness.createPrincipal();
    Object.assign(harness.context, { keyring });
    const started = await harness.engine.startVerification(principal, startCommand());
    const foreign = await createForeignRow(harness, principal);
    await clock.advance(ACTIVATION_MS);
    await rotateDataKeys(context);
    await clock.advance(ACTIVATION_MS);
    await keyring.refresh();

    const report = await reseal({ store, keyring, timers: clock.timers });
    assert.deepEqual(report, { resealed: 2, unreadable: 2 });
    const names = (rows: readonly SealedRow[]) => rows.map(({ toSealed }) => keyring.sealedWith(toSealed));
    const rows = await store.scanSealed('verifications', '', 10);
    assert.deepEqual(names(rows.filter(({ id }) => id !== foreign)), ['seal-2']);
    assert.deepEqual(await reseal({ store, keyring, timers: clock.timers }), { resealed: 0, unreadable: 2 });
    const view = await harness.engine.getVerification(principal, started.verification.id);
    assert.equal(view.to, '+14155550100');
    const checked = await harness.engine.checkVerification(principal, {
      verificationId: started.verification.id,
      code: lastCode(harness.carrier),
    });
    assert.equal(checked.outcome, 'approved');
  });

  it('are looked after while a node runs', async () => {
    const { clock, context, open } = createRig();
    const keyring = await open();
    const logger = createCapturingLogger();
    await clock.advance(ACTIVATION_MS);
    const care = startKeyCare({ ...context, keyring, logger, reseals: true });
    await rotateDataKeys(context);
    for (let looks = 0; looks <= ACTIVATION_MS / REFRESH_MS; looks += 1) await clock.advance(REFRESH_MS);
    assert.deepEqual(
      logger.lines.map(({ message, fields }) => [message, fields.sealKey]),
      [
        ['seal key in use', 'seal-2'],
        ['re-sealed', 'seal-2'],
      ],
    );
    await care.stop();
    assert.equal(clock.pendingTimers(), 0);
  });
});

/** A verification sealed by a keyring of somewhere else. @returns its id */
async function createForeignRow(
  { store, clock }: Awaited<ReturnType<typeof createEngineHarness>>,
  principal: Awaited<ReturnType<Awaited<ReturnType<typeof createEngineHarness>>['createPrincipal']>>,
): Promise<string> {
  const other = await createEngineHarness(store, { clock, seed: 'elsewhere' });
  const { verification } = await other.engine.startVerification(
    principal,
    startCommand({ to: '+14155550101' }),
  );
  return verification.id;
}
