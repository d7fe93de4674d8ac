import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError } from '../core/errors.ts';
import { engineErrorFrom } from './engine-error-from.ts';
import { TransportError } from './request-fault.ts';

test('an engine error keeps its code, message and details', () => {
  const fault = engineErrorFrom(new EngineError('send_too_soon', 'Wait.', { retryAfterSeconds: 9 }));
  assert.deepEqual(fault, {
    code: 'send_too_soon',
    message: 'Wait.',
    details: { retryAfterSeconds: 9 },
    faults: [],
  });
});

test('schema findings become faults by field, with rule and limit, the first one leading', () => {
  const fault = engineErrorFrom({
    code: 'FST_ERR_VALIDATION',
    validationContext: 'body',
    validation: [
      { keyword: 'minimum', instancePath: '/token_length', params: { limit: 4 }, message: 'must be >= 4' },
      { keyword: 'required', instancePath: '', params: { missingProperty: 'to' }, message: 'x' },
      { keyword: 'type', instancePath: '/a~1b/0', params: { type: 'string' }, message: 'must be string' },
      { keyword: 'additionalProperties', instancePath: '/m', params: { additionalProperty: 'x'.repeat(99) } },
      { keyword: 'enum', instancePath: '/channel', params: { allowedValues: ['sms', 'call'] } },
    ],
  });
  assert.equal(fault.code, 'invalid_request');
  assert.equal(fault.message, 'token_length must be >= 4.');
  assert.equal(fault.details.field, 'token_length');
  assert.deepEqual(
    fault.faults.map(({ part, path, rule, limit, message }) => [part, path, rule, limit, message]),
    [
      ['body', 'token_length', 'minimum', 4, 'must be >= 4'],
      ['body', 'to', 'required', undefined, 'is required'],
      ['body', 'a/b.0', 'type', 'string', 'must be string'],
      ['body', `m.${'x'.repeat(64)}…`, 'additionalProperties', undefined, 'is not a known field'],
      ['body', 'channel', 'enum', undefined, 'must be one of: sms, call'],
    ],
  );
});

test('what HTTP itself refuses says so besides its code', () => {
  for (const [code, transport] of [
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'media_type_unsupported'],
    ['FST_ERR_CTP_INVALID_JSON_BODY', 'body_unreadable'],
  ] as const) {
    const fault = engineErrorFrom(Object.assign(new Error('x'), { code }));
    assert.deepEqual([fault.code, fault.transport], ['invalid_request', transport]);
  }
  const wrongMethod = engineErrorFrom(new TransportError('method_not_allowed', 'x', 'GET'));
  assert.deepEqual([wrongMethod.code, wrongMethod.allow], ['invalid_request', 'GET']);
  assert.equal(engineErrorFrom(new TransportError('path_unknown', 'x')).code, 'not_found');
});

test('a body that a parser marks as the caller’s fault is unreadable', () => {
  const fault = engineErrorFrom(Object.assign(new Error('aborted'), { statusCode: 400 }));
  assert.equal(fault.transport, 'body_unreadable');
});

test('anything else is internal and keeps its words to itself', () => {
  for (const thrown of [
    new Error('secret'),
    'secret',
    undefined,
    null,
    17,
    { statusCode: 500 },
    { code: 'E' },
  ]) {
    const fault = engineErrorFrom(thrown);
    assert.equal(fault.code, 'internal');
    assert.doesNotMatch(JSON.stringify(fault), /secret/);
  }
});
