import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../../test/support/test-certificate.ts';
import { OutboundError } from './outbound-error.ts';
import type { OutboundRequest } from './outbound-request.ts';
import { createSafeFetch, type SafeFetch, type SafeFetchOptions } from './safe-fetch.ts';

const LOOPBACK: SafeFetchOptions = { allowRanges: ['127.0.0.1/32'], allowHttp: true };

/** A local server, closed with its connections at the end of the test. */
async function serve(t: TestContext, listener: RequestListener, kind: 'http' | 'https' = 'http') {
  const server: Server =
    kind === 'http'
      ? createServer(listener)
      : createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `${kind}://127.0.0.1:${port}` };
}

function createDisposed(t: TestContext, options: SafeFetchOptions): SafeFetch {
  const safeFetch = createSafeFetch(options);
  t.after(() => safeFetch[Symbol.asyncDispose]());
  return safeFetch;
}

const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'GET',
  url,
  timeoutMs: 10_000,
  ...more,
});

async function failureOf(work: Promise<unknown>): Promise<readonly [OutboundError['reason'], boolean]> {
  try {
    await work;
  } catch (error) {
    assert(error instanceof OutboundError, String(error));
    return [error.reason, error.requestSent];
  }
  return assert.fail('it did not fail');
}

test('a request arrives as it was given, and its reply comes back', async (t) => {
  const server = await serve(t, async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    response.writeHead(201, {
      'x-seen': `${request.method} ${request.url} ${request.headers['x-one']} ${body}`,
    });
    response.end('grüße');
  });
  const safeFetch = createDisposed(t, LOOPBACK);
  const reply = await safeFetch({
    method: 'POST',
    url: `${server.url}/hook?a=b#fragment`,
    headers: { 'X-One': '1' },
    body: '{"n":1}',
    timeoutMs: 10_000,
    readBody: true,
  });
  assert.equal(reply.status, 201);
  assert.equal(reply.headers['x-seen'], 'POST /hook?a=b 1 {"n":1}');
  assert.equal(reply.body, 'grüße');
});

test('without readBody the body is discarded, however slow or large it is', async (t) => {
  const server = await serve(t, (request, response) => {
    response.writeHead(200).write('x'.repeat(request.url === '/large' ? 300_000 : 1));
  });
  const safeFetch = createDisposed(t, { ...LOOPBACK, maxReplyBytes: 1_000 });
  for (const path of ['/slow', '/large']) {
    const reply = await safeFetch(get(server.url + path));
    assert.equal(reply.status, 200);
    assert.equal(reply.body, undefined);
  }
});

test('SSRF: a redirect is an answer and is not followed', async (t) => {
  let requests = 0;
  const server = await serve(t, (_, response) => {
    requests += 1;
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const safeFetch = createDisposed(t, LOOPBACK);
  const reply = await safeFetch(get(server.url, { readBody: true }));
  assert.deepEqual([reply.status, reply.headers.location, requests], [302, '/elsewhere', 1]);
});

test('SSRF: no refused literal is connected to, in any notation', async (t) => {
  let connections = 0;
  const server = await serve(t, (_, response) => {
    connections += 1;
    response.end();
  });
  const safeFetch = createDisposed(t, { allowHttp: true });
  for (const host of [
    '127.0.0.1',
    '0x7f000001',
    '2130706433',
    '0177.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0',
  ]) {
    assert.deepEqual(
      await failureOf(safeFetch(get(`http://${host}:${server.port}/`))),
      ['refused-address', false],
      host,
    );
  }
  assert.equal(connections, 0);
});

test('SSRF: a name that resolves to a private address is refused, whichever private address it is', async (t) => {
  for (const address of [
    '127.0.0.1',
    '169.254.169.254',
    '10.0.0.7',
    '::ffff:10.0.0.7',
    '64:ff9b::a00:7',
    'fd00::7',
  ]) {
    const safeFetch = createDisposed(t, { resolve: async () => [address] });
    assert.deepEqual(
      await failureOf(safeFetch(get('https://service.test/'))),
      ['refused-address', false],
      address,
    );
  }
});

test('SSRF: of a name with public and private addresses the private ones are left out', async (t) => {
  const server = await serve(t, (_, response) => response.end('ok'));
  const safeFetch = createDisposed(t, {
    ...LOOPBACK,
    resolve: async () => ['10.0.0.7', '127.0.0.2', '127.0.0.1'],
  });
  const reply = await safeFetch(get(`http://service.test:${server.port}/`, { readBody: true }));
  assert.equal(reply.body, 'ok');
});

test('SSRF: a name is checked again at each connection, so rebinding it gains nothing', async (t) => {
  const server = await serve(t, (_, response) => {
    response.setHeader('connection', 'close');
    response.end();
  });
  const answers = ['127.0.0.1', '127.0.0.2'];
  const safeFetch = createDisposed(t, { ...LOOPBACK, resolve: async () => answers.splice(0, 1) });
  const request = get(`http://service.test:${server.port}/`, { readBody: true });
  assert.equal((await safeFetch(request)).status, 200);
  assert.deepEqual(await failureOf(safeFetch(request)), ['refused-address', false]);
});

test('SSRF: a host header cannot send the connection or its TLS name elsewhere', async (t) => {
  const safeFetch = createDisposed(t, LOOPBACK);
  const request = get('https://127.0.0.1:1/', { headers: { Host: 'service.test' } });
  assert.deepEqual(await failureOf(safeFetch(request)), ['refused-url', false]);
});

test('the system resolver is checked as well: localhost is refused', async (t) => {
  const safeFetch = createDisposed(t, {});
  assert.deepEqual(await failureOf(safeFetch(get('https://localhost/'))), ['refused-address', false]);
});

test('a name that does not resolve is a DNS failure', async (t) => {
  const rejects = () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' }));
  for (const resolve of [rejects, async () => []]) {
    const safeFetch = createDisposed(t, { resolve });
    assert.deepEqual(await failureOf(safeFetch(get('https://service.test/'))), ['dns', false]);
  }
});

test('a refused connection never carried the request', async (t) => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const safeFetch = createDisposed(t, LOOPBACK);
  assert.deepEqual(await failureOf(safeFetch(get(`http://127.0.0.1:${port}/`))), ['connect', false]);
});

test('a self-signed peer is a TLS failure before anything is sent, unless its authority is given', async (t) => {
  let requests = 0;
  const server = await serve(
    t,
    (_, response) => {
      requests += 1;
      response.end('ok');
    },
    'https',
  );
  const safeFetch = createDisposed(t, { ...LOOPBACK, resolve: async () => ['127.0.0.1'] });
  assert.deepEqual(await failureOf(safeFetch(get(server.url))), ['tls', false]);
  assert.equal(requests, 0);
  const tls = { ca: TEST_CERTIFICATE };
  const named = `https://service.test:${server.port}/`;
  assert.equal((await safeFetch(get(named, { tls, readBody: true }))).body, 'ok');
  const otherName = `https://other.test:${server.port}/`;
  assert.deepEqual(await failureOf(safeFetch(get(otherName, { tls }))), ['tls', false]);
});

test('a peer that speaks no TLS is a TLS failure, one that speaks no HTTP may have seen the request', async (t) => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const safeFetch = createDisposed(t, LOOPBACK);
  assert.deepEqual(await failureOf(safeFetch(get(`https://127.0.0.1:${port}/`))), ['tls', false]);
  assert.deepEqual(await failureOf(safeFetch(get(`http://127.0.0.1:${port}/`))), ['network', true]);
  server.close();
});

test('a connection that breaks after the request leaves the outcome unknown', async (t) => {
  const server = await serve(t, (request) => request.socket.destroy());
  const safeFetch = createDisposed(t, LOOPBACK);
  const request = get(server.url, { method: 'POST', body: 'x' });
  assert.deepEqual(await failureOf(safeFetch(request)), ['network', true]);
});

test('the deadline before the reply: the request may have arrived', async (t) => {
  const clock = createManualClock();
  const arrived = Promise.withResolvers<void>();
  const server = await serve(t, () => arrived.resolve());
  const safeFetch = createDisposed(t, { ...LOOPBACK, timers: clock.timers });
  const failure = failureOf(safeFetch(get(server.url, { timeoutMs: 5_000 })));
  await arrived.promise;
  await clock.advance(5_000);
  assert.deepEqual(await failure, ['timeout-before-response', true]);
  assert.equal(clock.pendingTimers(), 0);
});

test('the deadline during the look-up: the request was certainly not sent, not even later', async (t) => {
  const clock = createManualClock();
  let requests = 0;
  const server = await serve(t, (_, response) => {
    requests += 1;
    response.end();
  });
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<readonly string[]>();
  const resolve = () => {
    asked.resolve();
    return answer.promise;
  };
  const safeFetch = createDisposed(t, { ...LOOPBACK, timers: clock.timers, resolve });
  const url = `http://service.test:${server.port}/`;
  const late = failureOf(safeFetch(get(url, { timeoutMs: 1_000, method: 'POST', body: 'x' })));
  await asked.promise;
  await clock.advance(1_000);
  assert.deepEqual(await late, ['timeout-before-response', false]);
  answer.resolve(['127.0.0.1']);
  assert.equal((await safeFetch(get(url, { readBody: true }))).status, 200);
  assert.equal(requests, 1);
});

test('the deadline within a slow body, when the body was asked for', async (t) => {
  const clock = createManualClock();
  const started = Promise.withResolvers<void>();
  const server = await serve(t, (_, response) => {
    response.writeHead(200).write('x', () => started.resolve());
  });
  const safeFetch = createDisposed(t, { ...LOOPBACK, timers: clock.timers });
  const failure = failureOf(safeFetch(get(server.url, { timeoutMs: 5_000, readBody: true })));
  await started.promise;
  // The status line has left the server; loopback hands it over within a few turns of the loop, so time is moved
  // in small steps until the deadline, and the reply is there long before.
  for (let i = 0; i < 50; i += 1) await clock.advance(100);
  assert.deepEqual(await failure, ['timeout', true]);
});

test('a reply over the cap is refused when its body was asked for, and its connection is dropped', async (t) => {
  const dropped = Promise.withResolvers<void>();
  const server = await serve(t, (_, response) => {
    response.on('close', () => dropped.resolve());
    response.writeHead(200).write('x'.repeat(100_000));
  });
  const safeFetch = createDisposed(t, { ...LOOPBACK, maxReplyBytes: 50_000 });
  const failure = failureOf(safeFetch(get(server.url, { readBody: true })));
  assert.deepEqual(await failure, ['reply-too-large', true]);
  await dropped.promise;
});

test('a body of exactly the cap is read', async (t) => {
  const server = await serve(t, (_, response) => response.end('x'.repeat(1_000)));
  const safeFetch = createDisposed(t, { ...LOOPBACK, maxReplyBytes: 1_000 });
  assert.equal((await safeFetch(get(server.url, { readBody: true }))).body?.length, 1_000);
});

test('endless reply headers are refused', async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end();
  });
  const safeFetch = createDisposed(t, LOOPBACK);
  assert.deepEqual(await failureOf(safeFetch(get(server.url))), ['reply-too-large', true]);
});

test('the caller can abort, before and while', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const server = await serve(t, () => arrived.resolve());
  const safeFetch = createDisposed(t, LOOPBACK);
  assert.deepEqual(await failureOf(safeFetch(get(server.url, { signal: AbortSignal.abort() }))), [
    'aborted',
    false,
  ]);
  const abort = new AbortController();
  const failure = failureOf(safeFetch(get(server.url, { signal: abort.signal })));
  await arrived.promise;
  abort.abort();
  assert.deepEqual(await failure, ['aborted', true]);
});

test('disposing ends what is under way and refuses what comes later', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const server = await serve(t, () => arrived.resolve());
  const safeFetch = createSafeFetch(LOOPBACK);
  const failure = failureOf(safeFetch(get(server.url)));
  await arrived.promise;
  await safeFetch[Symbol.asyncDispose]();
  assert.deepEqual(await failure, ['aborted', true]);
  assert.deepEqual(await failureOf(safeFetch(get(server.url))), ['aborted', false]);
});

test('many requests at once to one origin share a bounded number of connections', async (t) => {
  const sockets = new Set<unknown>();
  const server = await serve(t, (request, response) => {
    sockets.add(request.socket);
    response.end();
  });
  const safeFetch = createDisposed(t, LOOPBACK);
  const replies = await Promise.all(
    Array.from({ length: 200 }, () => safeFetch(get(server.url, { readBody: true }))),
  );
  assert(replies.every((reply) => reply.status === 200));
  assert(sockets.size > 1 && sockets.size <= 32, String(sockets.size));
});

test('an error names its reason and carries no URL', async (t) => {
  const safeFetch = createDisposed(t, {});
  await assert.rejects(safeFetch(get('https://user:hush@example.com/?hush')), (error) => {
    assert(error instanceof OutboundError);
    assert.doesNotMatch(JSON.stringify([error.message, error.cause]), /hush/);
    return true;
  });
});
