/** Group commit, against a control that records what it is asked and fails when told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { EngineError } from '../../core/errors.ts';
import { GroupCommit, type TransactionControl } from './group-commit.ts';

const BUSY = new Error('busy');

function createScriptedControl() {
  const calls: string[] = [];
  const failures: { begin: Error[]; commit: Error[]; rollback: Error[] } = {
    begin: [],
    commit: [],
    rollback: [],
  };
  let isActive = false;
  const control: TransactionControl = {
    begin() {
      calls.push('begin');
      const failure = failures.begin.shift() ?? (isActive ? new Error('within a transaction') : undefined);
      if (failure) throw failure;
      isActive = true;
    },
    commit() {
      calls.push('commit');
      const failure = failures.commit.shift();
      if (failure) throw failure;
      isActive = false;
    },
    rollback() {
      calls.push('rollback');
      const failure = failures.rollback.shift();
      if (failure) throw failure;
      isActive = false;
    },
    savepoint: () => void calls.push('savepoint'),
    release: () => void calls.push('release'),
    rollbackToSavepoint: () => void calls.push('rollback to'),
    isActive: () => isActive,
    isBusy: (error) => error === BUSY,
  };
  const giveUp = () => {
    isActive = false;
  };
  return { control, calls, failures, giveUp };
}

const STEP = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      isPatient: fc.boolean(),
      body: fc.constantFrom('returns', 'waits', 'throws', 'gives up', 'sticks'),
    }),
  },
  fc.record({
    kind: fc.constant('crowd' as const),
    isPatient: fc.boolean(),
    size: fc.integer({ min: 100, max: 300 }),
  }),
  fc.record({
    kind: fc.constant('fail' as const),
    at: fc.constantFrom('begin', 'commit', 'rollback'),
    isBusy: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 5, 2_000) }),
);

function setUp() {
  const scripted = createScriptedControl();
  const clock = createManualClock();
  const sizes: number[] = [];
  const commits = new GroupCommit({
    control: scripted.control,
    timers: clock.timers,
    random: () => 0.5,
    onCommit: (size) => sizes.push(size),
  });
  const count = (call: string) => scripted.calls.filter((each) => each === call).length;
  return { ...scripted, clock, sizes, commits, count };
}

describe('group commit', () => {
  it('transactions that wait together share one commit, in their order', async () => {
    const { commits, calls, sizes } = setUp();
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
    const work = ['savepoint', 'release'];
    assert.deepEqual(calls, ['begin', ...work, ...work, ...work, 'commit']);
  });

  it('nothing is answered before the commit', async () => {
    const { commits, calls } = setUp();
    const seen: string[] = [];
    const first = commits.run(() => 1).then(() => seen.push(calls.at(-1) ?? ''));
    const failing = commits.run(() => assert.fail('no')).catch(() => seen.push(calls.at(-1) ?? ''));
    await Promise.all([first, failing]);
    assert.deepEqual(seen, ['commit', 'commit']);
  });

  it('a failing work takes back its own writes and harms no neighbour', async () => {
    const { commits, calls } = setUp();
    const refusal = new EngineError('limit_exceeded', 'too many');
    const results = await Promise.allSettled([
      commits.run(() => 'a'),
      commits.run(() => Promise.reject(refusal)),
      commits.run(() => 'c'),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(results[1]?.status === 'rejected' && results[1].reason, refusal);
    const kept = ['savepoint', 'release'];
    assert.deepEqual(calls, ['begin', ...kept, 'savepoint', 'rollback to', ...kept, 'commit']);
  });

  it('a failed commit rejects all of its group, and the next group goes on', async () => {
    const { commits, failures, count } = setUp();
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
    const { commits, failures } = setUp();
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
    const { commits, giveUp, count } = setUp();
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
    const { commits, clock, sizes } = setUp();
    const patient = [1, 2].map((number) => commits.run(() => number, { isPatient: true }));
    await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    assert.deepEqual(sizes, []);
    assert.equal(await commits.run(() => 3), 3);
    assert.deepEqual(await Promise.all(patient), [1, 2]);
    assert.deepEqual(sizes, [3]);
    assert.equal(clock.pendingTimers(), 0);
  });

  it('what nobody waits for waits for company again after others were in a hurry, or were all refused', async () => {
    const { commits, clock, failures, sizes } = setUp();
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
    const { commits, clock, sizes } = setUp();
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
    const { commits, sizes } = setUp();
    await Promise.all(Array.from({ length: 300 }, (_, index) => commits.run(() => index)));
    assert.deepEqual(sizes, [128, 128, 44]);
  });

  it('the queue is bounded: what comes too late is told when to come again', async () => {
    const { commits } = setUp();
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
    const { commits, clock, calls } = setUp();
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
    assert.deepEqual(calls.slice(0, 3), ['begin', 'savepoint', 'rollback to']);
    goOn();
    await clock.settle();
    assert.equal(isOpenLater, false);
    assert.equal(clock.pendingTimers(), 0);
  });

  it('while another process writes, it waits and tries again', async () => {
    const { commits, failures, clock, count } = setUp();
    failures.begin.push(BUSY, BUSY, BUSY);
    const answer = commits.run(() => 'done');
    await clock.advance(100);
    assert.equal(await answer, 'done');
    assert.equal(count('begin'), 4);
  });

  it('after five seconds of that, everything that waits is told to come again', async () => {
    const { commits, failures, clock } = setUp();
    failures.begin.push(...Array.from({ length: 10_000 }, () => BUSY));
    const answers = Promise.allSettled([commits.run(() => 1), commits.run(() => 2)]);
    await clock.advance(10_000);
    for (const answer of await answers) {
      assert.equal(answer.status === 'rejected' && answer.reason.code, 'overloaded');
    }
  });

  it('a group that cannot even be rolled back is told so, and the next one begins with that', async () => {
    const { commits, failures, calls } = setUp();
    failures.commit.push(new Error('disk I/O error'));
    failures.rollback.push(new Error('disk I/O error'));
    await assert.rejects(
      commits.run(() => 1),
      { message: 'the store could not commit' },
    );
    assert.equal(await commits.run(() => 'next'), 'next');
    assert.deepEqual(calls.slice(2, 7), ['release', 'commit', 'rollback', 'rollback', 'begin']);
  });

  it('closing twice waits twice', async () => {
    const { commits } = setUp();
    const last = commits.run(() => 'last', { isPatient: true });
    await Promise.all([commits.close(), commits.close()]);
    await commits.close();
    assert.equal(await last, 'last');
  });

  it('whatever fails and however they come, every work is answered, in order, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(STEP, { minLength: 1, maxLength: 60 }),
        fc.boolean(),
        async (steps, closesAtOnce) => {
          const { commits, control, failures, clock, giveUp } = setUp();
          const ran: number[] = [];
          const answers: Promise<string>[] = [];
          const take = (isPatient: boolean, body: () => unknown) => {
            const place = answers.length;
            const work = () => {
              assert.ok(control.isActive(), 'a work runs in a transaction');
              ran.push(place);
              return body() as Promise<void>;
            };
            answers.push(
              commits.run(work, { isPatient }).then(
                () => 'done',
                (error: Error) => error.message,
              ),
            );
          };
          const never = Promise.withResolvers<void>();
          for (const step of steps) {
            if (step.kind === 'run') {
              take(
                step.isPatient,
                {
                  returns: () => undefined,
                  waits: () => new Promise((resolve) => setImmediate(resolve)),
                  throws: () => assert.fail('thrown'),
                  'gives up': () => {
                    giveUp();
                    throw new Error('disk full');
                  },
                  sticks: () => never.promise,
                }[step.body],
              );
            } else if (step.kind === 'crowd') {
              for (let left = step.size; left > 0; left -= 1) take(step.isPatient, () => undefined);
            } else if (step.kind === 'fail') failures[step.at].push(step.isBusy ? BUSY : new Error('broken'));
            else await clock.advance(step.ms);
          }
          // A work that sticks takes two seconds to be given up.
          const turnsMax = 4 * (steps.length + 1);
          const passTimeUntil = async (work: Promise<unknown>) => {
            let isOver = false;
            void work.then(() => {
              isOver = true;
            });
            for (let left = turnsMax; left > 0 && !isOver; left -= 1) await clock.advance(2_000);
            assert.ok(isOver, 'it ends');
          };
          if (!closesAtOnce) await passTimeUntil(Promise.all(answers));
          await passTimeUntil(commits.close());
          const said = await Promise.all(answers);
          assert.equal(said.length, answers.length);
          assert.deepEqual(
            ran,
            ran.toSorted((a, b) => a - b),
          );
          assert.equal(new Set(ran).size, ran.length, 'none ran twice');
          for (const [place, answer] of said.entries())
            if (answer === 'done') assert.ok(ran.includes(place), 'none is done that did not run');
          assert.equal(clock.pendingTimers(), 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('closing answers what waits and refuses what comes', async () => {
    const { commits } = setUp();
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
