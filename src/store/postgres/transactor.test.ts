/** When work is run again on another session, and when it is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rejectsWith } from '../../../test/support/rejects-with.ts';
import { systemTimers } from '../../lib/time.ts';
import type { Connection } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import { ConnectionLost, NoAnswer } from './failure.ts';
import { call, statement } from './statement.ts';
import { Transactor } from './transactor.ts';

const ASK = call(statement('SELECT 1'));

/** @param failure of every session */
function createTransactor(failure: Error) {
  let asked = 0;
  const session = {
    isBroken: false,
    run: async () => {
      asked += 1;
      throw failure;
    },
  };
  const pool = new ConnectionPool({
    open: async () => session as unknown as Connection,
    ...{ timers: systemTimers, connectionsMax: 1, waitingMax: 1, waitMs: 1_000 },
  });
  return { transactor: new Transactor({ pool, timers: systemTimers, random: () => 0 }), asked: () => asked };
}

describe('a question to PostgreSQL', () => {
  it('is put to another session where the first was cut, a bounded number of times', async () => {
    const { transactor, asked } = createTransactor(new ConnectionLost('cut'));
    await rejectsWith(transactor.readAlone(ASK), 'overloaded');
    assert.equal(asked(), 6);
  });

  it('is put once where the server is silent: to wait that long for each session would help nobody', async () => {
    const { transactor, asked } = createTransactor(new NoAnswer('silent'));
    await rejectsWith(transactor.readAlone(ASK), 'overloaded');
    assert.equal(asked(), 1);
  });

  it('that writes is put once where nobody knows whether it was written', async () => {
    const { transactor, asked } = createTransactor(new ConnectionLost('cut'));
    await rejectsWith(transactor.runAlone(ASK), 'internal');
    assert.equal(asked(), 1);
  });
});
