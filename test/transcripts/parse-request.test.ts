import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCurl, parseHttp, splitShellWords } from './parse-request.ts';

test('words are split as a shell splits them', () => {
  assert.deepEqual(splitShellWords(`a 'b c' "d \\"e\\" $f" g\\ h \\\n  i'j'"k" ''`), [
    'a',
    'b c',
    'd "e" $f',
    'g h',
    'ijk',
    '',
  ]);
  assert.deepEqual(splitShellWords('\'{\n  "a": 1\n}\''), ['{\n  "a": 1\n}']);
  assert.throws(() => splitShellWords("a 'b"));
});

test('a curl command is read as curl reads it', () => {
  assert.deepEqual(parseCurl(`curl -X POST "https://a.example/p?q=1" \\\n -u e:k -d 'x=1' -d y=2`), {
    method: 'POST',
    path: '/p?q=1',
    headers: {
      authorization: `Basic ${Buffer.from('e:k').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'x=1&y=2',
  });
  const json = `curl --location --request POST 'https://a.example/v1:send' --header 'A: b: c' --header 'Content-Type: application/json' --data-raw '{}'`;
  assert.deepEqual(parseCurl(json), {
    method: 'POST',
    path: '/v1:send',
    headers: { a: 'b: c', 'content-type': 'application/json' },
    body: '{}',
  });
  assert.deepEqual(parseCurl('curl https://a.example'), { method: 'GET', path: '/', headers: {} });
  assert.throws(() => parseCurl('curl --upload-file x https://a.example'), /not known/);
});

test('a raw message has a line, header fields and a body', () => {
  assert.deepEqual(parseHttp('POST https://a.example/p\nA: b\n\n{\n\n}'), {
    method: 'POST',
    path: '/p',
    headers: { a: 'b' },
    body: '{\n\n}',
  });
  assert.deepEqual(parseHttp('GET /p'), { method: 'GET', path: '/p', headers: {} });
});
