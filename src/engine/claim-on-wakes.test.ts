import assert from 'node:assert/strict';
import { it } from 'node:test';
import { claimOnWakes } from './claim-on-wakes.ts';

it('hints that come during a claim are answered by one more, and none after the end', async () => {
  let wake = () => {};
  let isEnded = false;
  const wakes = (listener: () => void) => {
    wake = listener;
    return () => {
      isEnded = true;
    };
  };
  let claims = 0;
  let release = () => {};
  const end = claimOnWakes({ wakes }, () => {
    claims += 1;
    return new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  wake();
  wake();
  wake();
  assert.equal(claims, 1);
  release();
  await settle();
  assert.equal(claims, 2);
  release();
  await settle();
  assert.equal(claims, 2);
  wake();
  assert.equal(claims, 3);
  wake();
  end();
  release();
  await settle();
  assert.deepEqual([claims, isEnded], [3, true]);
});

it('a store without hints is left to the poll', () => {
  claimOnWakes({}, () => assert.fail('claimed'))();
});
