/** Group commit under whatever may come: works of every kind, crowds, failures at every step, time that passes. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { BUSY, createScriptedGroupCommit } from '../../../test/support/scripted-group-commit.ts';

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

const inOrder = (a: number, b: number) => a - b;

it('whatever fails and however they come, every work is answered, in order, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(STEP, { minLength: 1, maxLength: 60 }),
      fc.boolean(),
      async (steps, closesAtOnce) => {
        const { commits, control, failures, clock, giveUp, write, durable } = createScriptedGroupCommit();
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
