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
  let changes = 0;
  let savepointAt = 0;
  let pending: number[] = [];
  const durable: number[] = [];
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
      durable.push(...pending.splice(0));
    },
    rollback() {
      calls.push('rollback');
      const failure = failures.rollback.shift();
      if (failure) throw failure;
      giveUp();
    },
    savepoint() {
      calls.push('savepoint');
      savepointAt = pending.length;
    },
    release: () => void calls.push('release'),
    rollbackToSavepoint() {
      calls.push('rollback to');
      pending.length = savepointAt;
    },
    changeCount: () => changes,
    isActive: () => isActive,
    isBusy: (error) => error === BUSY,
  };
  const giveUp = () => {
    isActive = false;
    pending = [];
  };
  const write = (value = 0) => {
    changes += 1;
    pending.push(value);
  };
  return { control, calls, failures, giveUp, write, durable };
}

const STEP = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      isPatient: fc.boolean(),
      body: fc.constantFrom(
        'returns',
        'writes',
        'waits',
        'throws',
        'writes and throws',
        'gives up',
        'writes and gives up unnoticed',
        'sticks',
      ),
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

const inOrder = (a: number, b: number) => a - b;

function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'fulfilled' ? result.status : result.reason;
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
    assert.deepEqual(calls, ['begin', 'commit']);
  });

  it('nothing is answered before the commit', async () => {
    const { commits, calls } = setUp();
    const seen: string[] = [];
    const first = commits.run(() => 1).then(() => seen.push(calls.at(-1) ?? ''));
    const failing = commits.run(() => assert.fail('no')).catch(() => seen.push(calls.at(-1) ?? ''));
    await Promise.all([first, failing]);
    assert.deepEqual(seen, ['commit', 'commit']);
  });

  it('a work that fails before it writes costs its neighbours nothing', async () => {
    const { commits, calls, write } = setUp();
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
    const { commits, calls, sizes, write } = setUp();
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
    const { commits, failures, write } = setUp();
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
    assert.deepEqual(calls, ['begin', 'commit']);
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
    assert.deepEqual(calls.slice(1, 5), ['commit', 'rollback', 'rollback', 'begin']);
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
          const { commits, control, failures, clock, giveUp, write, durable } = setUp();
          const ran: number[] = [];
          const writers: number[] = [];
          const answers: Promise<string>[] = [];
          const take = (isPatient: boolean, body: (place: number) => unknown) => {
            const place = answers.length;
            const work = () => {
              assert.ok(control.isActive(), 'a work runs in a transaction');
              ran.push(place);
              return body(place) as Promise<void>;
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
              if (step.body === 'writes' || step.body === 'writes and gives up unnoticed')
                writers.push(answers.length);
              take(
                step.isPatient,
                {
                  returns: () => undefined,
                  writes: write,
                  'writes and throws': (place: number) => {
                    write(place);
                    assert.fail('thrown');
                  },
                  waits: () => new Promise((resolve) => setImmediate(resolve)),
                  throws: () => assert.fail('thrown'),
                  'writes and gives up unnoticed': (place: number) => {
                    write(place);
                    giveUp();
                  },
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
          const firstRuns = [...new Set(ran)];
          assert.deepEqual(firstRuns, firstRuns.toSorted(inOrder));
          assert.ok(firstRuns.every((place) => ran.filter((each) => each === place).length <= 2));
          for (const [place, answer] of said.entries())
            if (answer === 'done') assert.ok(ran.includes(place), 'none is done that did not run');
          // Kept once is what those wrote who were told so, and nothing else.
          assert.deepEqual(
            durable.toSorted(inOrder),
            writers.filter((place) => said[place] === 'done'),
          );
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
