/** What outlives closing, killing and other openers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forkStore } from '../../support/fork-store.ts';
import { DOOMED_TENANT, type StoreReport } from '../../support/store-process.ts';
import { startOnce } from '../../support/store-steps.ts';
import { type OpenDatabase, onStore } from './database.ts';

const ACKNOWLEDGED_BEFORE_KILL = 200;

export function describeDurability(open: OpenDatabase): void {
  describe('durability', () => {
    it(
      'what was acknowledged is there for the next opener, and the other way round',
      onStore(open, async ({ database, store, make }) => {
        const first = await startOnce(store, make);
        const other = await database.open();
        assert.ok(await other.findVerification(first.tenantId, first.verificationId));
        const second = await startOnce(other, make);
        assert.ok(await store.findVerification(second.tenantId, second.verificationId));
        await store[Symbol.asyncDispose]();
        assert.ok(await other.findMessage(first.tenantId, first.messageId));
      }),
    );

    it(
      'reads see nothing of a transaction before it is committed',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        const { tenantId, id } = verification;
        const message = make.messageOf(verification);
        let seenWithin: unknown = 'not looked';
        await store.transaction(async (tx) => {
          await tx.saveSend({ verification, message, counters: [], events: [] });
          seenWithin = await store.findVerification(tenantId, id);
        });
        assert.equal(seenWithin, undefined);
        assert.ok(await store.findVerification(tenantId, id));
      }),
    );

    it(
      'a process killed in the midst of its work loses nothing that it was told was done',
      onStore(open, async ({ database, store }) => {
        await using doomed = await forkStore(database.address);
        const acknowledged: Extract<StoreReport, { readonly kind: 'started' }>['ids'][] = [];
        doomed.child.on('message', (report: StoreReport) => {
          if (report.kind !== 'started') return;
          acknowledged.push(report.ids);
          if (acknowledged.length === ACKNOWLEDGED_BEFORE_KILL) doomed.child.kill('SIGKILL');
        });
        doomed.send({ kind: 'start' });
        assert.equal(await doomed.ended(), 'SIGKILL');
        assert.ok(acknowledged.length >= ACKNOWLEDGED_BEFORE_KILL);
        for (const { tenantId, verificationId, messageId } of acknowledged) {
          assert.ok(await store.findVerification(tenantId, verificationId));
          assert.ok(await store.findMessage(tenantId, messageId));
        }
        await store.probe();
      }),
    );

    it(
      'a process killed within a transaction leaves nothing of it, and the next one is not held up',
      onStore(open, async ({ database, store, make }) => {
        await using doomed = await forkStore(database.address);
        doomed.send({ kind: 'die-in-transaction' });
        assert.equal(await doomed.ended(), 'SIGKILL');
        await startOnce(store, make);
        assert.deepEqual(await store.listVerifications(DOOMED_TENANT, {}, { limit: 10 }), []);
        assert.deepEqual(await store.listMessages(DOOMED_TENANT, {}, { limit: 10 }), []);
      }),
    );

    it(
      'a closed store takes no more work',
      onStore(open, async ({ store, make }) => {
        const last = startOnce(store, make);
        const closing = store[Symbol.asyncDispose]();
        await last;
        await closing;
        await assert.rejects(store.probe(), { name: 'EngineError', code: 'overloaded' });
      }),
    );
  });
}
