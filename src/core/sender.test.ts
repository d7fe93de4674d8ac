import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, SENDER_PATTERN, senderFor } from './sender.ts';

const sender = new RegExp(SENDER_PATTERN, 'u');

test('a sender is a number, a short code, or up to eleven characters with a letter', () => {
  for (const text of ['+14155550123', '46701234567', '12345', 'Acme', 'ZignSec Ltd', 'A.B-C_1', '1ABC']) {
    assert.match(text, sender);
  }
  for (const text of [
    '',
    '12',
    '+',
    '+12x',
    '1234567890123456',
    'TwelveLetter',
    '1-2-3',
    'Ærø',
    'a\nb',
    ' ',
  ]) {
    assert.doesNotMatch(text, sender);
  }
});

test('a sender is chosen by channel and country; a tenant’s own comes before that of all', () => {
  const usual = [
    { channel: 'sms', sender: 'Otpost' },
    { channel: 'sms', country: 'IN', sender: 'OTPIND' },
    { channel: 'email', sender: 'no-reply@otpost.example' },
  ] as const;
  const own = [
    { channel: 'sms', sender: 'Acme' },
    { channel: 'sms', country: 'US', sender: '28261' },
  ] as const;
  const forAll = inOrder([], usual);
  assert.equal(senderFor(forAll, 'sms', 'GE'), 'Otpost');
  assert.equal(senderFor(forAll, 'sms', undefined), 'Otpost');
  assert.equal(senderFor(forAll, 'sms', 'IN'), 'OTPIND');
  assert.equal(senderFor(forAll, 'email', undefined), 'no-reply@otpost.example');
  assert.equal(senderFor(forAll, 'voice', 'GE'), undefined);
  const forOne = inOrder(own, usual);
  assert.equal(senderFor(forOne, 'sms', 'US'), '28261');
  assert.equal(senderFor(forOne, 'sms', 'IN'), 'Acme');
  assert.equal(senderFor(forOne, 'email', undefined), 'no-reply@otpost.example');
});
