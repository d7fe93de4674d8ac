/** Threats: hostile framing and paths, addresses in logs, forged request ids, a shutdown that never ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTestServer } from '../../test/support/http-server.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { EngineError } from '../core/errors.ts';

function withRoutes() {
  const server = createTestServer();
  server.app.post('/echo', async (request) => ({ body: request.body }));
  server.app.get('/items/:id', async (request) => ({ params: request.params }));
  server.app.get('/broken', async () => {
    throw new Error('select * from secrets where number = +14155550123');
  });
  server.app.get('/later', async () => {
    throw new EngineError('overloaded', 'Too much at once.', { retryAfterSeconds: 3 });
  });
  return server;
}

/** Sends bytes as they are and reads until the server closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  let reply = '';
  for await (const chunk of socket.setEncoding('utf8')) reply += chunk;
  return reply;
}

async function listening(app: ReturnType<typeof withRoutes>['app']): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}

test('an unknown path is a problem document', async () => {
  const { app } = withRoutes();
  const reply = await app.inject({ url: '/nowhere' });
  assert.equal(reply.statusCode, 404);
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  assert.equal(reply.json().code, 'not_found');
  assert.equal(reply.json().type, 'urn:otpost:error:not_found');
});

test('an undecodable path is a path like any other', async () => {
  const { app } = withRoutes();
  for (const url of ['/%zz', '/%', '/%ff', '/a/%e0%a4', '/%zz?x=%zz']) {
    const reply = await app.inject({ url });
    assert.equal(reply.statusCode, 404, url);
    assert.equal(reply.json().code, 'not_found');
    assert.ok(reply.headers['x-request-id']);
  }
  assert.deepEqual((await app.inject({ url: '/items/%zz' })).json(), { params: { id: '%zz' } });
  assert.deepEqual((await app.inject({ url: `/items/${'a'.repeat(9000)}` })).statusCode, 200);
});

test('bodies that cannot be read are the caller’s fault and say which', async () => {
  const { app } = withRoutes();
  const json = { 'content-type': 'application/json' };
  const cases: [string, object, string | Buffer, number][] = [
    ['broken JSON', json, '{"a":', 400],
    ['nothing', json, '', 400],
    ['a poisoned prototype', json, '{"__proto__":{"x":1}}', 400],
    ['a poisoned constructor', json, '{"constructor":{"prototype":{"x":1}}}', 400],
    ['too large', json, JSON.stringify('x'.repeat(65_536)), 413],
    ['text', { 'content-type': 'text/plain' }, 'a', 415],
    ['an unknown type', { 'content-type': 'application/x-thing' }, 'a', 415],
    ['no type', {}, 'a', 415],
    ['a broken type', { 'content-type': ';;;' }, 'a', 415],
  ];
  for (const [name, headers, payload, status] of cases) {
    const reply = await app.inject({ method: 'POST', url: '/echo', headers: { ...headers }, payload });
    assert.equal(reply.statusCode, status, name);
    assert.equal(reply.json().code, 'invalid_request', name);
  }
});

test('a fault of ours tells the caller nothing and is logged once', async () => {
  const { app, logger } = withRoutes();
  const reply = await app.inject({ url: '/broken' });
  assert.equal(reply.statusCode, 500);
  assert.equal(reply.json().code, 'internal');
  assert.doesNotMatch(reply.body, /select|4155550123/);
  assert.equal(logger.lines.filter((line) => line.level === 'error').length, 1);
});

test('a wait is told in the header too', async () => {
  const { app, logger } = withRoutes();
  const reply = await app.inject({ url: '/later' });
  assert.equal(reply.statusCode, 503);
  assert.equal(reply.headers['retry-after'], '3');
  assert.equal(logger.lines.filter((line) => line.level === 'error').length, 0);
});

test('a well-formed request id is kept, any other is replaced', async () => {
  const { app } = withRoutes();
  const idFor = async (given: string) =>
    (await app.inject({ url: '/nowhere', headers: { 'x-request-id': given } })).headers['x-request-id'];
  assert.equal(await idFor('req_01J-abcdef.7'), 'req_01J-abcdef.7');
  for (const given of [
    'short',
    '14155550123',
    'has space inside',
    'a@example.com',
    'x'.repeat(129),
    'abc"defgh',
  ]) {
    assert.match(String(await idFor(given)), /^request-\d+$/, given);
  }
});

test('the log has one line a request, with the pattern of its route and nothing that the caller wrote', async () => {
  const { app, logger, telemetry } = withRoutes();
  await app.inject({ url: '/items/14155550123?to=%2B14155550123' });
  await app.inject({ url: '/14155550123' });
  const lines = logger.lines.filter((line) => line.message === 'request');
  assert.deepEqual(
    lines.map(({ fields }) => [fields.method, fields.route, fields.status]),
    [
      ['GET', '/items/:id', 200],
      ['GET', 'none', 404],
    ],
  );
  assert.doesNotMatch(JSON.stringify(logger.lines), /4155550123/);
  const { body } = await telemetry.expose();
  assert.match(body, /otpost_http_requests_total\{dialect="none",route="\/items\/:id",status="200"\} 1/);
  assert.doesNotMatch(body, /4155550123/);
});

test('X-Forwarded-For counts only where it comes from a configured proxy', async () => {
  const addressOf = async (trustedProxies: readonly string[], remoteAddress: string) => {
    const { app } = createTestServer({ trustedProxies });
    app.get('/ip', async (request) => request.ip);
    const headers = { 'x-forwarded-for': '198.51.100.9, 203.0.113.5' };
    return (await app.inject({ url: '/ip', headers, remoteAddress })).body;
  };
  assert.equal(await addressOf([], '10.0.0.1'), '10.0.0.1');
  assert.equal(await addressOf(['10.0.0.0/8'], '192.0.2.1'), '192.0.2.1');
  // The last entry is the proxy's own observation; what stands before it is what the caller claims.
  assert.equal(await addressOf(['10.0.0.0/8'], '10.0.0.1'), '203.0.113.5');
  assert.equal(await addressOf(['10.0.0.0/8', '203.0.113.5'], '10.0.0.1'), '198.51.100.9');
});

test('what is no HTTP gets a clean answer and the connection is closed', async () => {
  const { app } = withRoutes();
  const port = await listening(app);
  try {
    const cases: [string, string, number][] = [
      ['noise', 'hello there\r\n\r\n', 400],
      ['headers too large', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
      [
        'two lengths',
        'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
        400,
      ],
      [
        'length and chunks at once',
        'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      [
        'a body that breaks off',
        'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
        400,
      ],
    ];
    for (const [name, bytes, status] of cases) {
      const reply = await exchange(port, bytes);
      assert.match(reply, new RegExp(`^HTTP/1.1 ${status} `), name);
      const body = JSON.parse(reply.slice(reply.indexOf('\r\n\r\n')));
      assert.equal(body.code, 'invalid_request', name);
      assert.equal(body.status, status, name);
    }
  } finally {
    await app.close();
  }
});

test('noise after a good request on the same connection is answered too', async () => {
  const { app } = withRoutes();
  const port = await listening(app);
  try {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.write('GET /items/1 HTTP/1.1\r\nhost: a\r\n\r\n');
    const [first] = await once(socket, 'data');
    assert.match(first, /^HTTP\/1\.1 200 /);
    socket.write('noise\r\n\r\n');
    const [second] = await once(socket, 'data');
    assert.match(second, /^HTTP\/1\.1 400 /);
    await once(socket, 'close');
  } finally {
    await app.close();
  }
});

test('closing lets a request finish and then ends its kept-alive connection', async () => {
  const { app } = createTestServer();
  const { promise: answer, resolve: letAnswer } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: hasArrived } = Promise.withResolvers<void>();
  app.get('/slow', async () => {
    hasArrived();
    await answer;
    return { ok: true };
  });
  const port = await listening(app);
  const agent = new Agent({ keepAlive: true });
  const replied = new Promise<string>((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', path: '/slow', agent }, async (reply) => {
      let body = '';
      for await (const chunk of reply.setEncoding('utf8')) body += chunk;
      resolve(body);
    });
    request.on('error', reject).end();
  });
  await arrived;
  const closed = app.close();
  await nextTurn();
  letAnswer();
  assert.equal(await replied, '{"ok":true}');
  await closed;
  agent.destroy();
});

test('closing cuts what does not end by itself', async () => {
  const { timers, advance } = createManualClock();
  const { app } = createTestServer({ timers });
  const { promise: arrived, resolve: hasArrived } = Promise.withResolvers<void>();
  app.get('/stream', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write(': open\n\n');
    hasArrived();
  });
  const port = await listening(app);
  const socket = connect(port, '127.0.0.1').resume();
  const cut = once(socket, 'close');
  socket.write('GET /stream HTTP/1.1\r\nhost: a\r\n\r\n');
  await arrived;
  let isClosed = false;
  const closed = app.close().then(() => {
    isClosed = true;
  });
  await advance(4_900);
  assert.equal(isClosed, false);
  await advance(200);
  await closed;
  await cut;
});
