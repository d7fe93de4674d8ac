import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDialect } from '../../../test/support/dialect-server.ts';
import { native } from './index.ts';

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
    'delete /subjects/{subject}/devices',
    'delete /subjects/{subject}/devices/{id}',
    'delete /templates/{name}',
    'delete /webhook-endpoints/{id}',
    'get /balance',
    'get /balance/ledger',
    'get /events',
    'get /events/{id}',
    'get /messages',
    'get /messages/{id}',
    'get /subjects/{subject}/devices',
    'get /subjects/{subject}/devices/{id}',
    'get /subjects/{subject}/devices/{id}/qr.svg',
    'get /templates',
    'get /templates/{name}',
    'get /verifications',
    'get /verifications/{id}',
    'get /verifications/{id}/events',
    'get /webhook-endpoints',
    'get /webhook-endpoints/{id}',
    'get /webhook-endpoints/{id}/deliveries',
    'patch /webhook-endpoints/{id}',
    'post /balance/top-ups',
    'post /messages',
    'post /recipients/unblock',
    'post /recipients/{id}/checks',
    'post /subjects/{subject}/checks',
    'post /subjects/{subject}/devices',
    'post /subjects/{subject}/devices/{id}/activate',
    'post /subjects/{subject}/devices/{id}/checks',
    'post /subjects/{subject}/unblock',
    'post /verifications',
    'post /verifications/search',
    'post /verifications/{id}/cancel',
    'post /verifications/{id}/checks',
    'post /verifications/{id}/sends',
    'post /webhook-endpoints',
    'post /webhook-endpoints/{id}/replay',
    'post /webhook-endpoints/{id}/secret',
    'post /webhook-endpoints/{id}/test',
    'put /balance/daily-cap',
    'put /templates/{name}',
  ]);
  const start = document.paths['/otp/v1/verifications'].post;
  assert.equal(start.requestBody.content['application/json'].schema.properties.ttlSeconds.maximum, 604_800);
  assert.ok(start.responses['4XX'].content['application/problem+json']);
});
