import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMessageIds } from './message-ids.ts';

function setUp(form: Parameters<typeof createMessageIds>[0]['form'] = 'exact') {
  const unusable: string[] = [];
  let made = 0;
  const ids = createMessageIds({
    form,
    makeId: () => String(++made),
    onUnusable: (why) => unusable.push(why),
  });
  return { ids, unusable };
}

describe('the ids of submitted messages', () => {
  it('are matched as the settings say', () => {
    for (const [form, answer, receipt] of [
      ['exact', '0AbC', '0AbC'],
      ['case-insensitive', '0AbC', '0aBc'],
      ['no-leading-zeros', '0AbC', 'aBc'],
      ['hex-then-decimal', 'DEADBEEF', '3735928559'],
      ['decimal-then-hex', '3735928559', '00deadbeef'],
    ] as const) {
      const { ids } = setUp(form);
      assert.deepEqual(ids.fromAnswers([answer]), [ids.fromReceipt(receipt)], form);
    }
    assert.notEqual(setUp().ids.fromReceipt('0abc'), '0AbC');
  });

  it('an empty one becomes one that no receipt bears', () => {
    const { ids, unusable } = setUp();
    assert.deepEqual(ids.fromAnswers(['']), ['unnamed-1']);
    assert.deepEqual(ids.fromAnswers(['7', '']), ['7', 'unnamed-2']);
    assert.deepEqual(unusable, ['empty', 'empty']);
  });

  it('one for all parts of a message is the message’s, and is recorded once', () => {
    assert.deepEqual(setUp().ids.fromAnswers(['9', '9', '9']), ['9']);
  });

  it('one for all messages names none of them: its receipts are dropped rather than given to the wrong one', () => {
    const { ids, unusable } = setUp();
    assert.deepEqual(ids.fromAnswers(['same']), ['same']);
    assert.equal(ids.fromReceipt('same'), 'same', 'so far it names one');
    assert.deepEqual(ids.fromAnswers(['same']), ['unnamed-1']);
    assert.equal(ids.fromReceipt('same'), undefined);
    ids.forgetSeen();
    assert.deepEqual(ids.fromAnswers(['same']), ['unnamed-2']);
    assert.deepEqual(unusable, ['repeated', 'repeated']);
  });

  it('an SMSC that was restarted may begin to count again', () => {
    const { ids } = setUp();
    ids.fromAnswers(['1']);
    ids.forgetSeen();
    assert.deepEqual(ids.fromAnswers(['1']), ['1']);
    assert.equal(ids.fromReceipt('1'), '1');
  });

  it('are remembered up to a bound', () => {
    const { ids } = setUp();
    for (let i = 0; i <= 10_000; i++) ids.fromAnswers([`id-${i}`]);
    assert.deepEqual(ids.fromAnswers(['id-0']), ['id-0']);
    assert.deepEqual(ids.fromAnswers(['id-9999']), ['unnamed-1']);
  });
});
