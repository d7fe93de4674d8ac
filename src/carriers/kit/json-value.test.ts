import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson, parseJsonPath, textAt, valueAt } from './json-value.ts';

test('a path names one place, in any of its spellings', () => {
  const document = { messages: [{ 'message-id': 'x1', to: { number: 7 } }] };
  for (const path of [
    "$.messages[0]['message-id']",
    'messages[0].message-id',
    "$['messages'][0].message-id",
  ]) {
    assert.equal(valueAt(document, parseJsonPath(path) ?? []), 'x1', path);
  }
  assert.equal(textAt(document, ...(parseJsonPath('messages[0].to.number') ?? [])), '7');
  assert.equal(valueAt(document, parseJsonPath('$') ?? []), document);
});

test('what is not a path is refused, not guessed at', () => {
  for (const text of ['', 'a..b', 'a[', 'a[x]', '$.a[*]', '..a', 'a b', 'a[0]b', 'a.b.'.repeat(10)]) {
    assert.equal(parseJsonPath(text), undefined, text);
  }
});

test('what is not there, or is of another shape, is undefined', () => {
  assert.equal(textAt({ a: { b: '' } }, 'a', 'b'), undefined);
  assert.equal(textAt({ a: [1] }, 'a', 'length'), undefined);
  assert.equal(textAt({ a: {} }, 'a', 'toString'), undefined);
  assert.equal(textAt(null, 'a'), undefined);
  assert.equal(textAt({ a: {} }, 'a', 0), undefined);
  assert.equal(parseJson('{"a'), undefined);
});
