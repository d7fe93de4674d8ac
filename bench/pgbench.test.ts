import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parsePgbench } from './pgbench.ts';

it('what pgbench did is read from what it says, without the time of connecting', () => {
  const said = `transaction type: pair.sql
number of clients: 16
number of transactions actually processed: 5170
number of failed transactions: 0 (0.000%)
latency average = 9.290 ms
initial connection time = 22.815 ms
tps = 1722.189061 (without initial connection time)
`;
  assert.deepEqual(parsePgbench(said), { pairs: 5170, perSecond: 1722.189061 });
});

it('what says neither is refused', () => {
  assert.throws(() => parsePgbench('pgbench: error: client 3 aborted'), /client 3 aborted/);
});
