import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { readLoosely } from './loose-body.ts';

const SCHEMA = Type.Object({ count: Type.Integer(), flag: Type.Boolean(), text: Type.String() });

function read(body: unknown): unknown {
  const request = { body } as FastifyRequest;
  let calls = 0;
  readLoosely(SCHEMA)(request, undefined, () => {
    calls += 1;
  });
  assert.equal(calls, 1);
  return request.body;
}

test('text becomes the integer or boolean that its field asks for', () => {
  assert.deepEqual(read({ count: '8', flag: 'true', text: '8' }), { count: 8, flag: true, text: '8' });
  assert.deepEqual(read({ count: ' -12 ', flag: 'False' }), { count: -12, flag: false });
  assert.deepEqual(read({ flag: '1' }), { flag: true });
  assert.deepEqual(read({ flag: '0' }), { flag: false });
});

test('what cannot be read stays as it is, for the schema to refuse', () => {
  for (const body of [
    { count: '8.5', flag: 'yes', text: 7 },
    { count: '0x8', flag: 'constructor', text: [] },
    { count: '1e3', flag: '__proto__', text: true },
    { count: '9'.repeat(16), flag: 1, text: {} },
  ]) {
    assert.deepEqual(read(body), body);
  }
});

test('null and blank text are absent, and only in fields that the schema names', () => {
  assert.deepEqual(read({ count: null, flag: '', text: ' \t' }), {});
  assert.deepEqual(read({ other: null, more: '' }), { other: null, more: '' });
});

test('no body is one without fields, and one that is no object stays as it is', () => {
  assert.deepEqual(read(undefined), {});
  assert.deepEqual(read(null), {});
  for (const body of [[], ['8'], 'text', 7, true]) assert.deepEqual(read(body), body);
});

test('the caller’s own object is not changed', () => {
  const body = { count: '8' };
  read(body);
  assert.deepEqual(body, { count: '8' });
});
