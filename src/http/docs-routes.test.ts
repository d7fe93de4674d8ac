/** Threat: the documentation page fetching, or being made to fetch, something from another host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../../test/support/http-server.ts';
import { addDocsRoutes } from './docs-routes.ts';

function serve() {
  const { app } = createTestServer();
  const api = (name: string) => ({
    name,
    title: `The <${name}> API`,
    document: () => ({ openapi: '3.1.0', name }),
  });
  addDocsRoutes(app, [api('red'), api('native')]);
  return app;
}

test('the page and all that it loads come from this server', async () => {
  const app = serve();
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
    assert.equal(reply.headers['x-content-type-options'], 'nosniff', path);
  }
  const start = (await app.inject('/docs/start.js')).body;
  assert.match(start, /validatorUrl: null/);
  assert.match(start, /openapi\/native\.json.*openapi\/red\.json/, 'the native one comes first');
});

test('each API has its document, and the native one is also found under the common name', async () => {
  const app = serve();
  assert.equal((await app.inject('/openapi/red.json')).body, '{"openapi":"3.1.0","name":"red"}');
  assert.equal((await app.inject('/openapi.json')).body, (await app.inject('/openapi/native.json')).body);
  assert.match((await app.inject('/docs')).body, /The &lt;red> API/);
});

test('whoever opens the address of the server is led to the page', async () => {
  const { statusCode, headers } = await serve().inject('/');
  assert.deepEqual([statusCode, headers.location], [302, 'docs']);
});

test('only the page’s own files are served', async () => {
  const app = serve();
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
