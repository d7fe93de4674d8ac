// Receipts in the spellings seen in the field, forged ones, and the forms of message ids.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { COMMAND_STATUSES, commandStatusOf } from './command-status.ts';
import { parseDeliveryReceipt } from './delivery-receipt.ts';
import { canonicalMessageId } from './message-id.ts';
import { toAbsoluteTime, toRelativeTime } from './time-format.ts';
import type { Tlvs } from './tlvs.ts';

const read = (text: string, tlvs: Tlvs = {}, esmClass = 0x04, dataCoding = 0) =>
  parseDeliveryReceipt({ esmClass, dataCoding, shortMessage: Buffer.from(text, 'latin1') }, tlvs);

describe('a delivery receipt', () => {
  it('is read in the words of Appendix B', () => {
    assert.deepEqual(
      read(
        'id:0123456789 sub:001 dlvrd:001 submit date:2403011259 done date:2403011300 stat:DELIVRD err:000 text:Your code',
      ),
      {
        messageId: '0123456789',
        state: 'delivered',
        errorCode: '000',
        submitDate: '2024-03-01T12:59:00',
        doneDate: '2024-03-01T13:00:00',
      },
    );
  });

  for (const [text, messageId, state] of [
    [
      'ID:7 SUB:001 DLVRD:000 SUBMIT DATE:240301125901 DONE DATE:240301130002 STAT:UNDELIV ERR:0a1 TEXT:',
      '7',
      'undeliverable',
    ],
    [
      'id:ab-cd_ef submit_date:20240301125901 done_date:20240301130002 stat:EXPIRED err:1',
      'ab-cd_ef',
      'expired',
    ],
    ['Id: 99 Sub: 1 Dlvrd: 1 Stat: DELIVERED Err: 0', '99', 'delivered'],
    ['message_id:42, status:REJECTED, error_code:11', '42', 'rejected'],
    ['id:42;stat:ACCEPTD;err:0', '42', 'accepted'],
    ['id=42 state=FAILED', '42', 'undeliverable'],
    ['sub:001 stat:DELETED id:0x1F', '0x1F', 'deleted'],
    ['id:1 stat:ENROUTE', '1', 'enroute'],
    ['id:1 stat:WHATEVER', '1', 'unknown'],
    ['id:1 stat:DELIVRD\0', '1', 'delivered'],
  ] as const) {
    it(`is read from “${text.replaceAll('\0', '␀')}”`, () => {
      const receipt = read(text);
      assert.equal(receipt?.messageId, messageId);
      assert.equal(receipt.state, state);
    });
  }

  it('prefers the parameters to the text, whatever esm_class says', () => {
    const tlvs: Tlvs = {
      receiptedMessageId: 'from-tlv',
      messageState: 8,
      networkErrorCode: Buffer.from([3, 0x01, 0x02]),
    };
    for (const esmClass of [0, 0x04]) {
      const receipt = read('id:from-text stat:DELIVRD err:000', tlvs, esmClass);
      assert.deepEqual(
        [receipt?.messageId, receipt?.state, receipt?.errorCode],
        ['from-tlv', 'rejected', '258'],
      );
    }
  });

  it('takes from the text what the parameters lack', () => {
    const receipt = read('id:7 stat:EXPIRED', { messageState: 2 });
    assert.deepEqual([receipt?.messageId, receipt?.state], ['7', 'delivered']);
  });

  it('is found in message_payload, in UCS-2 and behind a user data header', () => {
    const text = 'id:7 stat:DELIVRD';
    const payload = { messagePayload: Buffer.from(text) };
    assert.equal(read('', payload)?.messageId, '7');
    const ucs2 = Buffer.from(text, 'utf16le').swap16();
    assert.equal(
      parseDeliveryReceipt({ esmClass: 4, dataCoding: 8, shortMessage: ucs2 }, {})?.messageId,
      '7',
    );
    const withHeader = Buffer.concat([Buffer.from([5, 0, 3, 1, 1, 1]), Buffer.from(text)]);
    assert.equal(
      parseDeliveryReceipt({ esmClass: 0x44, dataCoding: 0, shortMessage: withHeader }, {})?.messageId,
      '7',
    );
  });

  it('is not made by a phone that sends a text like one', () => {
    assert.equal(read('id:7 stat:DELIVRD err:000', {}, 0), undefined);
  });

  it('is not changed by what the message itself says after text:', () => {
    const receipt = read('id:7 stat:UNDELIV err:001 text:id:8 stat:DELIVRD');
    assert.deepEqual([receipt?.messageId, receipt?.state], ['7', 'undeliverable']);
    assert.equal(read('sub:1 text:id:8 stat:DELIVRD'), undefined);
  });

  it('without an id or a state is none', () => {
    assert.equal(read('stat:DELIVRD'), undefined);
    assert.equal(read('id:7'), undefined);
    assert.equal(read(''), undefined);
  });

  it('drops a date that is none', () => {
    const receipt = read('id:7 submit date:9999999999 done date:24 stat:DELIVRD');
    assert.deepEqual([receipt?.submitDate, receipt?.doneDate], [undefined, undefined]);
  });

  it('is read or refused, without a fault, from any octets', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 255 }),
        (shortMessage, esmClass, dataCoding) => {
          parseDeliveryReceipt({ esmClass, dataCoding, shortMessage }, {});
        },
      ),
    );
  });
});

describe('message ids', () => {
  it('are equal across hexadecimal and decimal, far beyond 53 bits', () => {
    assert.equal(canonicalMessageId('FFFFFFFFFFFFFFFF', 'hex'), '18446744073709551615');
    assert.equal(
      canonicalMessageId('018446744073709551615', 'decimal'),
      canonicalMessageId('ffffffffffffffff', 'hex'),
    );
  });

  it('are compared exactly, without case or without leading zeros, as told', () => {
    assert.notEqual(canonicalMessageId('AB', 'exact'), canonicalMessageId('ab', 'exact'));
    assert.equal(canonicalMessageId('AB', 'case-insensitive'), canonicalMessageId('ab', 'case-insensitive'));
    assert.equal(
      canonicalMessageId('00AB', 'no-leading-zeros'),
      canonicalMessageId('ab', 'no-leading-zeros'),
    );
    assert.equal(canonicalMessageId('000', 'no-leading-zeros'), '0');
  });

  it('that are no numbers are left as texts', () => {
    assert.equal(canonicalMessageId('0x-uuid', 'hex'), 'x-uuid');
    assert.equal(canonicalMessageId('', 'decimal'), '');
    const long = '1'.repeat(100);
    assert.equal(canonicalMessageId(long, 'hex'), long);
  });
});

describe('the table of status codes', () => {
  it('has each code and each name once, and a class for each', () => {
    assert.equal(new Set(COMMAND_STATUSES.map(({ code }) => code)).size, COMMAND_STATUSES.length);
    assert.equal(new Set(COMMAND_STATUSES.map(({ name }) => name)).size, COMMAND_STATUSES.length);
    assert.equal(commandStatusOf(0).class, 'ok');
  });

  it('classifies what decides the way of a message', () => {
    assert.equal(commandStatusOf(0x58).class, 'throttled');
    assert.equal(commandStatusOf(0x14).class, 'throttled');
    assert.equal(commandStatusOf(0x0b).class, 'permanent');
    assert.equal(commandStatusOf(0x08).class, 'temporary');
    assert.equal(commandStatusOf(0x0e).class, 'bind');
    assert.equal(commandStatusOf(0x0435).class, 'temporary');
    assert.equal(commandStatusOf(0x0435).name, '0x00000435');
  });
});

describe('a relative time', () => {
  it('is written in days, hours, minutes and seconds', () => {
    assert.equal(toRelativeTime(600), '000000001000000R');
    assert.equal(toRelativeTime(90_061), '000001010101000R');
  });

  it('is never less than a second or more than a month', () => {
    assert.equal(toRelativeTime(-5), '000000000001000R');
    assert.equal(toRelativeTime(1e9), '000030235959000R');
  });
});

describe('an absolute time', () => {
  it('is an instant with its zone, cut to the tenth of a second', () => {
    assert.equal(toAbsoluteTime('2026-01-31T09:05:07.199Z', 0), '260131090507100+');
    assert.equal(toAbsoluteTime('2026-01-31T14:35:07.000Z', 22), '260131143507022+');
    assert.equal(toAbsoluteTime('2026-01-30T21:05:07.999Z', -48), '260130210507948-');
  });
});
