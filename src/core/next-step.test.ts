import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SubmitOutcome } from './delivery.ts';
import { decideNextStep, type StepInput } from './next-step.ts';

const FOR_GOOD: SubmitOutcome = { kind: 'refused', reason: 'bad', permanent: true };
const FOR_NOW: SubmitOutcome = { kind: 'refused', reason: 'busy', permanent: false };
const UNKNOWN: SubmitOutcome = { kind: 'unknown', reason: 'silence' };

function step(input: Partial<StepInput> & Pick<StepInput, 'outcome'>) {
  return decideNextStep({ attemptCount: 1, othersLeft: 0, remainingMs: 600_000, delayMs: 1_000, ...input });
}

describe('after a carrier’s answer', () => {
  const rows: readonly [string, Partial<StepInput> & Pick<StepInput, 'outcome'>, object][] = [
    [
      'refused for good, others left: the next carrier',
      { outcome: FOR_GOOD, othersLeft: 1 },
      { kind: 'next-carrier' },
    ],
    ['refused for good by all: failed', { outcome: FOR_GOOD }, { kind: 'failed', reason: 'bad' }],
    [
      'refused for a moment, others left: the same carrier',
      { outcome: FOR_NOW, othersLeft: 1 },
      { kind: 'retry', delayMs: 1_000, keepsTried: true },
    ],
    [
      'refused for long, others left: the next carrier',
      { outcome: FOR_NOW, othersLeft: 1, delayMs: 30_000 },
      { kind: 'next-carrier' },
    ],
    [
      'refused for long, nobody left: a new round later',
      { outcome: FOR_NOW, delayMs: 30_000 },
      { kind: 'retry', delayMs: 30_000, keepsTried: false },
    ],
    [
      'refused for longer than it is worth: failed',
      { outcome: FOR_NOW, delayMs: 30_000, remainingMs: 30_000 },
      { kind: 'failed', reason: 'busy' },
    ],
    [
      'refused for now at the last attempt: failed',
      { outcome: FOR_NOW, delayMs: undefined },
      { kind: 'failed', reason: 'busy' },
    ],
    [
      'unknown, others left: the next carrier at once',
      { outcome: UNKNOWN, othersLeft: 1 },
      { kind: 'next-carrier' },
    ],
    [
      'unknown, nobody left: again later',
      { outcome: UNKNOWN },
      { kind: 'retry', delayMs: 1_000, keepsTried: false },
    ],
    [
      'unknown three times: unconfirmed',
      { outcome: UNKNOWN, attemptCount: 3 },
      { kind: 'unconfirmed', reason: 'silence' },
    ],
    [
      'unknown with no time left: unconfirmed',
      { outcome: UNKNOWN, remainingMs: 500 },
      { kind: 'unconfirmed', reason: 'silence' },
    ],
  ];
  for (const [title, input, expected] of rows) it(title, () => assert.deepEqual(step(input), expected));
});
