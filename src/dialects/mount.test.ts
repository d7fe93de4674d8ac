import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createTestServer } from '../../test/support/http-server.ts';
import { addDocsRoutes } from '../http/docs-routes.ts';
import type { RequestFault } from '../http/request-fault.ts';
import type { Dialect, DialectContext, DialectSettings } from './dialect.ts';
import { mountDialects, resolveMounts } from './mount.ts';

const writeFault = (name: string) => (fault: RequestFault, _request: FastifyRequest, reply: FastifyReply) => {
  reply
    .code(fault.transport === 'method_not_allowed' ? 405 : 404)
    .send({ [name]: fault.transport ?? fault.code });
};

function toDialect(name: string, prefix: string): Dialect {
  return {
    name,
    title: `The ${name} API`,
    prefix,
    documentation: `https://${name}.example/docs`,
    openapi: {
      version: '1',
      description: name,
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
    async register(scope) {
      scope.get('/things/:id', async () => ({ served: name }));
      await scope.register(async (inner) => {
        inner.post('/things', async () => ({ served: name }));
      });
    },
    writeFault: writeFault(name),
    exampleCurl: ({ baseUrl }) => `curl ${baseUrl}/things/1`,
  };
}

const RED = toDialect('red', '/red/v1');
const BLUE = toDialect('blue', '/blue');

async function mounted(settings: Record<string, DialectSettings> = {}) {
  const server = createTestServer();
  const context = { logger: server.logger } as unknown as DialectContext;
  const documented = await mountDialects(server.app, [RED, BLUE], settings, context);
  addDocsRoutes(server.app, documented);
  return server;
}

test('each dialect answers unknown paths, wrong methods and unreadable bodies below its prefix in its own shape', async () => {
  const { app } = await mounted();
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string) => {
    const reply = await app.inject({ method, url });
    return [reply.statusCode, reply.body, reply.headers.allow];
  };
  assert.deepEqual(await ask('GET', '/red/v1/things/1'), [200, '{"served":"red"}', undefined]);
  assert.deepEqual(await ask('GET', '/red/v1/nothing'), [404, '{"red":"path_unknown"}', undefined]);
  assert.deepEqual(await ask('GET', '/red/v1'), [404, '{"red":"path_unknown"}', undefined]);
  assert.deepEqual(await ask('GET', '/red/v1/'), [404, '{"red":"path_unknown"}', undefined]);
  assert.deepEqual(await ask('GET', '/red/v1/%zz'), [404, '{"red":"path_unknown"}', undefined]);
  assert.deepEqual(await ask('GET', '/red/v1/things/'), [404, '{"red":"path_unknown"}', undefined]);
  assert.deepEqual(await ask('DELETE', '/red/v1/things/1'), [
    405,
    '{"red":"method_not_allowed"}',
    'GET, HEAD',
  ]);
  assert.deepEqual(await ask('GET', '/red/v1/things'), [405, '{"red":"method_not_allowed"}', 'POST']);
  assert.deepEqual(await ask('GET', '/blue/nothing'), [404, '{"blue":"path_unknown"}', undefined]);
  const unreadable = await app.inject({
    method: 'POST',
    url: '/blue/things',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  });
  assert.equal(unreadable.body, '{"blue":"body_unreadable"}');
});

test('a dialect can be moved to another prefix or a host of its own, and switched off', async () => {
  const moved = await mounted({ red: { prefix: '/r' }, blue: { enabled: false } });
  assert.equal((await moved.app.inject('/r/things/1')).body, '{"served":"red"}');
  assert.equal((await moved.app.inject('/red/v1/things/1')).statusCode, 404);
  assert.equal((await moved.app.inject('/blue/things/1')).json().code, 'not_found');

  const hosted = await mounted({ red: { prefix: '', host: 'red.example' }, blue: { prefix: '' } });
  const at = async (host: string, url: string) => (await hosted.app.inject({ url, headers: { host } })).body;
  assert.equal(await at('red.example', '/things/1'), '{"served":"red"}');
  assert.equal(await at('red.example', '/nothing'), '{"red":"path_unknown"}');
  assert.equal(await at('other.example', '/things/1'), '{"served":"blue"}');
  assert.equal(await at('other.example', '/nothing'), '{"blue":"path_unknown"}');
});

test('a setting for a dialect that does not exist, a bad prefix, or two in one place is refused by name', () => {
  const resolve = (settings: Record<string, DialectSettings>) => () => resolveMounts([RED, BLUE], settings);
  assert.throws(resolve({ green: {} }), /no dialect "green"/);
  assert.throws(resolve({ red: { prefix: 'red' } }), /dialects\.red\.prefix/);
  assert.throws(resolve({ red: { prefix: '/red/' } }), /dialects\.red\.prefix/);
  assert.throws(resolve({ red: { prefix: '/:a' } }), /dialects\.red\.prefix/);
  assert.throws(resolve({ red: { prefix: '/blue' } }), /red and blue/);
});

test('routes are logged and counted under their dialect', async () => {
  const { app, logger, telemetry } = await mounted();
  await app.inject('/red/v1/things/1');
  await app.inject('/blue/nothing');
  assert.deepEqual(
    logger.lines.map(({ fields }) => [fields.dialect, fields.route, fields.status]),
    [
      ['red', '/red/v1/things/:id', 200],
      ['blue', '/blue/*', 404],
    ],
  );
  assert.match(
    (await telemetry.expose()).body,
    /dialect="red",route="\/red\/v1\/things\/:id",status="200"\} 1/,
  );
});

test('each dialect has an OpenAPI 3.1 document of its own operations and no others', async () => {
  const { app } = await mounted();
  const document = (await app.inject('/openapi/red.json')).json();
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(Object.keys(document.paths).sort(), ['/red/v1/things', '/red/v1/things/{id}']);
  assert.deepEqual(Object.keys(document.paths['/red/v1/things']), ['post']);
  assert.deepEqual(document.security, [{ key: [] }]);
  assert.equal((await app.inject('/openapi/green.json')).statusCode, 404);
});
