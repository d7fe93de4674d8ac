// Client and server together over real sockets, with TLS on and off; who may bind and send what; coming back after a loss.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { createManualTimers, settle } from '../../test/support/manual-timers.ts';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../../test/support/test-certificate.ts';
import { connectSmpp, SmppBindError, SmppConnectError } from './client.ts';
import { backoffMs, keepConnected } from './reconnect.ts';
import type { SmppPeer, SmppServer, SmppServerOptions } from './server.ts';
import { createSmppServer } from './server.ts';
import type { IncomingRequest } from './session-options.ts';

const client = { host: '127.0.0.1', systemId: 'acme', password: 'secret' };
/** A server that ends with its test. */
function serve(t: TestContext, options: SmppServerOptions): SmppServer {
  const server = createSmppServer(options);
  t.after(() => server.close());
  return server;
}

const authenticate: SmppServerOptions['authenticate'] = ({ fields }) =>
  fields.password === 'secret' ? 0 : 0x0e;

describe('a client and a server', () => {
  for (const [title, serverTls, clientTls] of [
    ['over TCP', undefined, undefined],
    [
      'over TLS',
      { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY },
      { ca: TEST_CERTIFICATE, servername: 'service.test' },
    ],
  ] as const) {
    it(`bind, submit, deliver and unbind ${title}`, async (t) => {
      const bound = Promise.withResolvers<SmppPeer>();
      const delivered: IncomingRequest[] = [];
      const server = serve(t, {
        systemId: 'smsc',
        authenticate,
        onBound: bound.resolve,
        onRequest: (request, peer) => ({ fields: { messageId: `${peer.systemId}-${request.sequence}` } }),
        ...(serverTls !== undefined && { tls: serverTls }),
      });
      const port = await server.listen();
      const { session, peerSystemId, peerVersion } = await connectSmpp({
        ...client,
        port,
        ...(clientTls !== undefined && { tls: clientTls }),
        session: {
          onRequest: (request) => {
            delivered.push(request);
            return {};
          },
        },
      });
      assert.deepEqual([peerSystemId, peerVersion], ['smsc', 0x34]);
      const response = await session.request('submit_sm', { fields: { destinationAddr: '1' } });
      assert.ok(response.command === 'submit_sm_resp');
      assert.equal(response.fields.messageId, 'acme-2');
      const peer = await bound.promise;
      const fields = { shortMessage: Buffer.from('hello') };
      assert.equal((await peer.session.request('deliver_sm', { fields })).status, 0);
      assert.equal(delivered[0]?.command, 'deliver_sm');
      await session.unbind();
      assert.equal(await peer.session.closed, 'peer-unbound');
    });
  }

  it('do not speak when the certificate is not trusted', async (t) => {
    const server = serve(t, { tls: { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY } });
    const port = await server.listen();
    await assert.rejects(connectSmpp({ ...client, port, tls: {} }), SmppConnectError);
  });

  it('part after a wrong password, with its status', async (t) => {
    const server = serve(t, { authenticate });
    const port = await server.listen();
    await assert.rejects(
      connectSmpp({ ...client, port, password: 'wrong' }),
      (error: unknown) =>
        error instanceof SmppBindError && error.status === 0x0e && !/wrong|acme/.test(error.message),
    );
  });

  it('keep to what each kind of bind may send', async (t) => {
    const server = serve(t, { authenticate, onRequest: () => ({}) });
    const port = await server.listen();
    const { session } = await connectSmpp({ ...client, port, bindType: 'receiver' });
    assert.equal((await session.request('submit_sm')).status, 0x04);
    assert.equal((await session.request('bind_transmitter')).status, 0x05);
    await session.unbind();
  });

  it('part when the server is dropped, and the server’s end is told from a refusal', async () => {
    const server = createSmppServer();
    const port = await server.listen();
    const { session } = await connectSmpp({ ...client, port });
    await server.destroy();
    assert.match(await session.closed, /peer-closed|connection-error/);
    await assert.rejects(connectSmpp({ ...client, port }), SmppConnectError);
  });
});

describe('a server', () => {
  const tls = { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY };

  it('closes although a client never began its TLS handshake', async () => {
    const server = createSmppServer({ tls });
    const port = await server.listen();
    const silent = connect({ host: '127.0.0.1', port });
    const closed = new Promise((resolve) => silent.once('close', resolve));
    await new Promise<void>((resolve) => silent.once('connect', () => resolve()));
    // The server has seen the connection once it has answered a later one.
    const { session } = await connectSmpp({
      ...client,
      port,
      tls: { ca: TEST_CERTIFICATE, servername: 'service.test' },
    });
    silent.resume();
    await server.close();
    await closed;
    await session.closed;
  });

  it('turns away connections beyond its bound', async (t) => {
    const server = serve(t, { connectionsMax: 1 });
    const port = await server.listen();
    const { session } = await connectSmpp({ ...client, port });
    await assert.rejects(connectSmpp({ ...client, port }));
    await session.unbind();
  });

  it('parts from a client that does not bind in time', async (t) => {
    const timers = createManualTimers();
    const server = serve(t, { bindTimeoutMs: 1_000, session: { timers } });
    const socket = connect({ host: '127.0.0.1', port: await server.listen() });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    while (server.peers.size === 0) await settle(1);
    await timers.advance(1_000);
    await closed;
  });
});

describe('a client of a silent server', () => {
  async function listenSilently() {
    const accepted = Promise.withResolvers<void>();
    const silent = createServer((socket) => {
      socket.resume();
      accepted.resolve();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const close = () => new Promise((resolve) => silent.close(resolve));
    return { port: (silent.address() as AddressInfo).port, accepted: accepted.promise, close };
  }

  it('gives up binding in its own time', async () => {
    const { port, accepted, close } = await listenSilently();
    const timers = createManualTimers();
    const binding = connectSmpp({ ...client, port, bindTimeoutMs: 5_000, session: { timers } });
    const refused = assert.rejects(
      binding,
      (error: unknown) => error instanceof SmppBindError && error.status === undefined,
    );
    await accepted;
    // The link check's and the bind's timers replace the connection's once the socket is up; only then does time move.
    while (timers.pending < 2) await settle(1);
    await timers.advance(5_000);
    await refused;
    await close();
  });

  it('gives up a TLS handshake in the time for connecting', async () => {
    const { port, accepted, close } = await listenSilently();
    const timers = createManualTimers();
    const session = { timers };
    const connecting = connectSmpp({ ...client, port, tls: {}, connectTimeoutMs: 3_000, session });
    const refused = assert.rejects(connecting, SmppConnectError);
    await accepted;
    await timers.advance(3_000);
    await refused;
    await close();
  });

  it('can be given up by its caller', async () => {
    const { port, accepted, close } = await listenSilently();
    const giveUp = new AbortController();
    const connecting = connectSmpp({ ...client, port, signal: giveUp.signal });
    await accepted;
    giveUp.abort();
    await assert.rejects(
      connecting,
      (error: unknown) => error instanceof SmppConnectError || error instanceof SmppBindError,
    );
    await close();
  });
});

describe('coming back after a loss', () => {
  const backoff = { initialMs: 100, maxMs: 1_000, random: () => 0.5 };

  it('pauses ever longer, up to a bound, and never in step', () => {
    const pauses = [0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(attempt, backoff));
    assert.deepEqual(pauses, [75, 150, 300, 600, 750, 750]);
    assert.equal(backoffMs(0, { ...backoff, random: () => 0 }), 50);
    assert.ok(backoffMs(9, { ...backoff, random: () => 0.999 }) <= 1_000);
  });

  it('begins anew after a connection that lasted, and not after one that was dropped at once', async () => {
    const timers = createManualTimers();
    const connections: PromiseWithResolvers<string>[] = [];
    const pauses: number[] = [];
    let fails = 2;
    const kept = keepConnected({
      timers,
      backoff,
      stableMs: 10_000,
      connect: async () => {
        if (fails-- > 0) throw new Error('refused');
        const closed = Promise.withResolvers<string>();
        connections.push(closed);
        return { closed: closed.promise };
      },
      onFailure: (_, pauseMs) => pauses.push(pauseMs),
    });
    await timers.advance(75 + 150);
    assert.deepEqual(pauses, [75, 150]);
    assert.equal(connections.length, 1);
    connections[0]?.resolve('dropped at once');
    await timers.advance(299);
    assert.equal(connections.length, 1);
    await timers.advance(1);
    assert.equal(connections.length, 2);
    await timers.advance(10_000);
    connections[1]?.resolve('after a while');
    await timers.advance(75);
    assert.equal(connections.length, 3);
    await kept.stop();
    assert.equal(timers.pending, 0);
  });

  it('waits longer after a failure that calls for it', async () => {
    const timers = createManualTimers();
    const pauses: number[] = [];
    const kept = keepConnected<{ readonly closed: Promise<unknown> }>({
      timers,
      backoff,
      connect: () => Promise.reject(new Error('wrong password')),
      pauseMinMs: (error) => (error instanceof Error && error.message === 'wrong password' ? 60_000 : 0),
      onFailure: (_, pauseMs) => pauses.push(pauseMs),
    });
    await timers.advance(60_000);
    assert.deepEqual(pauses, [60_000, 60_000]);
    await kept.stop();
    assert.equal(timers.pending, 0);
  });

  it('stops while it waits, connects, or is connected', async () => {
    for (const connect of [
      () => Promise.reject(new Error('refused')),
      () => new Promise<never>(() => undefined),
      () => Promise.resolve({ closed: new Promise(() => undefined) }),
    ]) {
      const timers = createManualTimers();
      const kept = keepConnected<{ readonly closed: Promise<unknown> }>({ timers, backoff, connect });
      await settle();
      await kept.stop();
      assert.equal(timers.pending, 0);
    }
  });
});
