/** Group commit, against a control that records what it is asked and fails when told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUSY, createScriptedGroupCommit } from '../../../test/support/scripted-group-commit.ts';
import { EngineError } from '../../core/errors.ts';

function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'fulfilled' ? result.status : result.reason;
}

describe('group commit', () => {
  it('transactions that wait together share one commit, in their order', async () => {
    const { commits, calls, sizes } = createScriptedGroupCommit();
    const order: number[] = [];
    const answers = await Promise.all(
      [1, 2, 3].map((number) =>
        commits.run(async () => {
          await undefined;
          order.push(number);
          return number * 10;
        }),
      ),
    );
    assert.deepEqual(answers, [10, 20, 30]);
    assert.deepEqual(order, [1, 2, 3]);
    assert.deepEqual(sizes, [3]);
    assert.deepEqual(calls, ['begin', 'commit']);
  });

  it('nothing is answered before the commit', async () => {
    const { commits, calls } = createScriptedGroupCommit();
    const seen: string[] = [];
    const first = commits.run(() => 1).then(() => seen.push(calls.at(-1) ?? ''));
    const failing = commits.run(() => assert.fail('no')).catch(() => seen.push(calls.at(-1) ?? ''));
    await Promise.all([first, failing]);
    assert.deepEqual(seen, ['commit', 'commit']);
  });

  it('a work that fails before it writes costs its neighbours nothing', async () => {
    const { commits, calls, write } = createScriptedGroupCommit();
    const refusal = new EngineError('limit_exceeded', 'too many');
    const results = await Promise.allSettled([
      commits.run(() => write()),
      commits.run(() => Promise.reject(refusal)),
      commits.run(() => write()),
    ]);
    assert.deepEqual(results.map(outcomeOf), ['fulfilled', refusal, 'fulfilled']);
    assert.deepEqual(calls, ['begin', 'commit']);
  });

  it('a work that fails after it wrote takes back its own writes, and those before it run again', async () => {
    const { commits, calls, sizes, write } = createScriptedGroupCommit();
    const refusal = new EngineError('limit_exceeded', 'too many');
    const scopes: { isOpen: boolean }[] = [];
    const answers = [
      commits.run((scope) => {
        scopes.push(scope);
        write();
        return scopes.length;
      }),
      commits.run(async () => {
        write();
        throw refusal;
      }),
      commits.run(() => write()),
    ];
    const answered: string[] = [];
    void answers[0]?.then(() => answered.push(...calls));
    const results = await Promise.allSettled(answers);
    assert.deepEqual(results.map(outcomeOf), ['fulfilled', refusal, 'fulfilled']);
    assert.equal(await answers[0], 2, 'the answer is that of the run that was committed');
    assert.equal(new Set(scopes).size, 2);
    assert.ok(scopes.every(({ isOpen }) => !isOpen));
    const kept = ['savepoint', 'release'];
    const apart = [...kept, 'savepoint', 'rollback to', ...kept];
    assert.deepEqual(calls, ['begin', 'rollback', 'begin', ...apart, 'commit']);
    assert.deepEqual(answered, calls);
    assert.deepEqual(sizes, [3]);
  });

  it('where the database is not to be had again for the second run, everybody is told', async () => {
    const { commits, failures, write } = createScriptedGroupCommit();
    const answers = [
      commits.run(() => write()),
      commits.run(() => {
        write();
        failures.begin.push(new Error('disk I/O error'));
        assert.fail('no');
      }),
    ];
    for (const result of await Promise.allSettled(answers))
      assert.equal(result.status === 'rejected' && result.reason.message, 'the store could not commit');
    assert.equal(await commits.run(() => 'next'), 'next');
  });

  it('a failed commit rejects all of its group, and the next group goes on', async () => {
    const { commits, failures, count } = createScriptedGroupCommit();
    failures.commit.push(new Error('disk full'));
    const results = await Promise.allSettled([
      commits.run(() => 1),
      commits.run(() => assert.fail()),
      commits.run(() => 2),
    ]);
    for (const result of results) {
      assert.equal(result.status === 'rejected' && result.reason.message, 'the store could not commit');
    }
    assert.equal(count('rollback'), 1);
    assert.equal(await commits.run(() => 'next'), 'next');
  });

  it('after a lost group a probe writes until that succeeds, and before and afterwards it writes nothing', async () => {
    const { commits, failures } = createScriptedGroupCommit();
    let written = 0;
    const probe = () => commits.probe(() => (written += 1));
    await probe();
    assert.equal(written, 0);
    failures.commit.push(new Error('disk full'));
    await assert.rejects(
      commits.run(() => 1),
      { code: 'internal' },
    );
    await commits.run(() => 'nothing written');
    failures.commit.push(new Error('disk full'));
    await assert.rejects(probe(), { code: 'internal' });
    await probe();
    assert.equal(written, 2);
    await probe();
    assert.equal(written, 2);
  });

  it('a transaction that the database has given up fails the whole group', async () => {
    const { commits, giveUp, count } = createScriptedGroupCommit();
    const results = await Promise.allSettled([
      commits.run(() => 1),
      commits.run(() => {
        giveUp();
        throw new Error('disk I/O error');
      }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual([count('commit'), count('rollback')], [0, 0]);
  });

  it('what nobody waits for waits for company', async () => {
    const { commits, clock, sizes } = createScriptedGroupCommit();
    const patient = [1, 2].map((number) => commits.run(() => number, { isPatient: true }));
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    assert.deepEqual(sizes, []);
    assert.equal(await commits.run(() => 3), 3);
    assert.deepEqual(await Promise.all(patient), [1, 2]);
    assert.deepEqual(sizes, [3]);
    assert.equal(clock.pendingTimers(), 0);
  });

  it('what nobody waits for waits for company again after others were in a hurry, or were all refused', async () => {
    const { commits, clock, failures, sizes } = createScriptedGroupCommit();
    const assertPatient = async () => {
      const before = sizes.length;
      const alone = commits.run(() => 'alone', { isPatient: true });
      await clock.settle();
      assert.equal(sizes.length, before);
      await clock.advance(5);
      assert.equal(await alone, 'alone');
    };
    await commits.run(() => 1);
    await assertPatient();
    failures.begin.push(new Error('disk I/O error'));
    await assert.rejects(commits.run(() => 2));
    await assertPatient();
  });

  it('what nobody waits for does not wait for long', async () => {
    const { commits, clock, sizes } = createScriptedGroupCommit();
    const alone = commits.run(() => 'alone', { isPatient: true });
    await clock.advance(5);
    assert.equal(await alone, 'alone');
    const crowd = Array.from({ length: 130 }, () => commits.run(() => {}, { isPatient: true }));
    await Promise.all(crowd.slice(0, 128));
    assert.deepEqual(sizes, [1, 128]);
    await commits.close();
    await Promise.all(crowd);
    assert.deepEqual(sizes, [1, 128, 2]);
  });

  it('a group is bounded', async () => {
    const { commits, sizes } = createScriptedGroupCommit();
    await Promise.all(Array.from({ length: 300 }, (_, index) => commits.run(() => index)));
    assert.deepEqual(sizes, [128, 128, 44]);
  });

  it('the queue is bounded: what comes too late is told when to come again', async () => {
    const { commits } = createScriptedGroupCommit();
    const waiting = Array.from({ length: 4096 }, () => commits.run(() => {}));
    await assert.rejects(
      commits.run(() => {}),
      (error) =>
        error instanceof EngineError && error.code === 'overloaded' && error.details.retryAfterSeconds === 1,
    );
    await Promise.all(waiting);
    await commits.run(() => {});
  });

  it('a work that waits for something else is failed, cannot write afterwards, and holds up nothing more', async () => {
    const { commits, clock, calls } = createScriptedGroupCommit();
    let isOpenLater: boolean | undefined;
    let goOn = () => {};
    const stuck = commits.run(async (scope) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      isOpenLater = scope.isOpen;
    });
    const next = commits.run(() => 'next');
    const failed = assert.rejects(stuck, { code: 'internal', message: /waited for something other/ });
    await clock.advance(2_000);
    await failed;
    assert.equal(await next, 'next');
    assert.deepEqual(calls, ['begin', 'commit']);
    goOn();
    await clock.settle();
    assert.equal(isOpenLater, false);
    assert.equal(clock.pendingTimers(), 0);
  });

  it('while another process writes, it waits and tries again', async () => {
    const { commits, failures, clock, count } = createScriptedGroupCommit();
    failures.begin.push(BUSY, BUSY, BUSY);
    const answer = commits.run(() => 'done');
    await clock.advance(100);
    assert.equal(await answer, 'done');
    assert.equal(count('begin'), 4);
  });

  it('after five seconds of that, everything that waits is told to come again', async () => {
    const { commits, failures, clock } = createScriptedGroupCommit();
    failures.begin.push(...Array.from({ length: 10_000 }, () => BUSY));
    const answers = Promise.allSettled([commits.run(() => 1), commits.run(() => 2)]);
    await clock.advance(10_000);
    for (const answer of await answers) {
      assert.equal(answer.status === 'rejected' && answer.reason.code, 'overloaded');
    }
  });

  it('a group that cannot even be rolled back is told so, and the next one begins with that', async () => {
    const { commits, failures, calls } = createScriptedGroupCommit();
    failures.commit.push(new Error('disk I/O error'));
    failures.rollback.push(new Error('disk I/O error'));
    await assert.rejects(
      commits.run(() => 1),
      { message: 'the store could not commit' },
    );
    assert.equal(await commits.run(() => 'next'), 'next');
    assert.deepEqual(calls.slice(1, 5), ['commit', 'rollback', 'rollback', 'begin']);
  });

  it('closing twice waits twice', async () => {
    const { commits } = createScriptedGroupCommit();
    const last = commits.run(() => 'last', { isPatient: true });
    await Promise.all([commits.close(), commits.close()]);
    await commits.close();
    assert.equal(await last, 'last');
  });

  it('closing answers what waits and refuses what comes', async () => {
    const { commits } = createScriptedGroupCommit();
    const last = commits.run(() => 'last');
    const closing = commits.close();
    await assert.rejects(
      commits.run(() => {}),
      { code: 'overloaded' },
    );
    await closing;
    assert.equal(await last, 'last');
  });
});
