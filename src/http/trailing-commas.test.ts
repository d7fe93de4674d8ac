import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../../test/support/http-server.ts';
import { acceptTrailingCommas, dropTrailingCommas } from './trailing-commas.ts';

function serve() {
  const { app } = createTestServer();
  acceptTrailingCommas(app);
  app.post('/', async (request) => ({ body: request.body ?? null }));
  return async (payload: string) => {
    const headers = { 'content-type': 'application/json' };
    const reply = await app.inject({ method: 'POST', url: '/', headers, payload });
    return [reply.statusCode, reply.json().body];
  };
}

test('a comma before a closing bracket is forgiven, in objects and arrays, nested and over lines', async () => {
  const post = serve();
  assert.deepEqual(await post('{\n    "phoneNumber": "+14165551234",\n}'), [
    200,
    { phoneNumber: '+14165551234' },
  ]);
  assert.deepEqual(await post('{"a":[1,{"b":true,},],"c":null,}'), [200, { a: [1, { b: true }], c: null }]);
});

test('text within strings stays as it is', async () => {
  const post = serve();
  for (const text of [',}', 'a,]', '\\",}', '\\\\', '"', ',\t}']) {
    const body = { text, more: [text] };
    assert.deepEqual(await post(JSON.stringify(body)), [200, body]);
    assert.deepEqual(await post(JSON.stringify(body).replace(/\}$/, ' , }')), [200, body]);
  }
});

test('every other fault remains one', async () => {
  const post = serve();
  const faults = [
    '{,}',
    '[,]',
    '[1,,]',
    '{"a":1,,}',
    '{"a":,}',
    '{"a":1}}',
    '{"a":1,',
    '{a:1,}',
    "{'a':1,}",
    ',',
  ];
  for (const json of faults) assert.equal((await post(json))[0], 400, json);
  assert.equal((await post('{"__proto__":{"a":1},}'))[0], 400);
  assert.deepEqual(await post(''), [200, null]);
});

test('texts made to be slow are answered like others', () => {
  for (const unit of ['"', '\\"', ',', ', ', ' ', '{', '"a",', '\\']) {
    const text = unit.repeat(60_000 / unit.length);
    assert.equal(dropTrailingCommas(text), text);
    assert.equal(dropTrailingCommas(`"${text}`), `"${text}`);
  }
});
