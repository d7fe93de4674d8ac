import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SENDER_PATTERN } from './sender.ts';

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
