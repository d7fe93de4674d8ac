import assert from 'node:assert/strict';
import { EngineError, type EngineErrorCode } from '../../src/core/errors.ts';

/** Asserts that the engine refuses with this code, and gives the error for a look at its details. */
export async function rejectsWith(promise: Promise<unknown>, code: EngineErrorCode): Promise<EngineError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}, but it resolved`),
    (reason: unknown) => reason,
  );
  assert(error instanceof EngineError, `expected ${code}, but got ${error}`);
  assert.equal(error.code, code);
  return error;
}
