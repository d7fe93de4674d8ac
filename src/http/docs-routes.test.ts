/** Threat: the documentation page fetching, or being made to fetch, something from another host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDialect } from '../../test/support/dialect-server.ts';
import { native } from '../dialects/native/index.ts';

test('the page and all that it loads come from this server', async () => {
  const { app } = await serveDialect(native);
  const page = await app.inject('/docs');
  assert.match(String(page.headers['content-type']), /^text\/html/);
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe/);
  assert.doesNotMatch(page.body, /(?:src|href)="(?:https?:)?\/\//);
  const loaded = [...page.body.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, path = '']) => path);
  assert.equal(loaded.length, 4);
  for (const path of loaded) {
    const reply = await app.inject(`/${path}`);
    assert.equal(reply.statusCode, 200, path);
    assert.ok(reply.body.length > 100, path);
  }
  const start = (await app.inject('/docs/start.js')).body;
  assert.match(start, /validatorUrl: null/);
  assert.match(start, /openapi\/native\.json/);
});

test('only the page’s own files are served', async () => {
  const { app } = await serveDialect(native);
  for (const file of [
    'index.html',
    '..%2fpackage.json',
    '..%2f..%2f..%2fpackage.json',
    '__proto__',
    'toString',
  ]) {
    assert.equal((await app.inject(`/docs/assets/${file}`)).statusCode, 404, file);
  }
});

test('the native description is OpenAPI 3.1 with every operation of the API', async () => {
  const { app } = await serveDialect(native);
  const document = (await app.inject('/openapi.json')).json();
  assert.deepEqual((await app.inject('/openapi/native.json')).json(), document);
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(document.components.securitySchemes.secret.scheme, 'bearer');
  const operations = Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path.replace('/otp/v1', '')}`),
  );
  assert.deepEqual(operations.sort(), [
    'delete /templates/{name}',
    'get /balance',
    'get /balance/ledger',
    'get /events',
    'get /events/{id}',
    'get /messages',
    'get /messages/{id}',
    'get /templates',
    'get /templates/{name}',
    'get /verifications',
    'get /verifications/{id}',
    'get /verifications/{id}/events',
    'post /balance/top-ups',
    'post /messages',
    'post /recipients/unblock',
    'post /verifications',
    'post /verifications/search',
    'post /verifications/{id}/cancel',
    'post /verifications/{id}/checks',
    'post /verifications/{id}/sends',
    'put /balance/daily-cap',
    'put /templates/{name}',
  ]);
  const start = document.paths['/otp/v1/verifications'].post;
  assert.equal(start.requestBody.content['application/json'].schema.properties.ttlSeconds.maximum, 604_800);
  assert.ok(start.responses['4XX'].content['application/problem+json']);
});
