// The simulator's settings as people write them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAccount, parseDelay, parseFailureRate, parseShare } from './parse-options.ts';

describe('the simulator’s settings on a command line', () => {
  it('are read in every spelling that is documented', () => {
    assert.equal(parseDelay('250'), 250);
    assert.deepEqual(parseDelay('50-250'), [50, 250]);
    assert.deepEqual(parseFailureRate('0x14:0.05'), { status: 0x14, rate: 0.05 });
    assert.deepEqual(parseFailureRate('8:5%'), { status: 8, rate: 0.05 });
    assert.equal(parseShare('100%'), 1);
    assert.deepEqual(parseAccount('acme:se:cret'), ['acme', 'se:cret']);
  });

  for (const [parse, texts] of [
    [parseDelay, ['', '-1', '250-50', '1.5', 'soon', '99999999999']],
    [parseFailureRate, ['0x14', '0:0.5', '0x14:2', '0x14:-1', ':1', 'x:1', '8:.', '8:%']],
    [parseShare, ['', ' ', '101%', '-1', 'often', '%%']],
    [parseAccount, ['acme', ':secret', '']],
  ] as const) {
    it(`are refused when ${parse.name} cannot read them`, () => {
      for (const text of texts) assert.throws(() => parse(text), RangeError, text);
    });
  }

  it('do not show a password in the complaint', () => {
    assert.throws(
      () => parseAccount(':hunter2'),
      (error: unknown) => error instanceof RangeError && !error.message.includes('hunter2'),
    );
  });
});
