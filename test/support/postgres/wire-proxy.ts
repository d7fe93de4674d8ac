/**
 * Stands between a store and its server, on loopback: counts round trips, holds answers back, and cuts connections at
 * a chosen moment. It reads no more of the protocol than the tags of the messages.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** `ReadyForQuery` outside a transaction: the server has answered everything, the commit too. */
const IDLE = Buffer.from('Z\0\0\0\x05I', 'latin1');

export interface WireProxy extends AsyncDisposable {
  /** That of the server, by way of here. */
  readonly url: string;
  /** How often a client has sent something after the server had answered everything, since the last call. */
  takeRoundTrips(): number;
  /** What is done with a piece that a client sends. `cut-after`: it reaches the server, whose answer is lost with the connection. */
  onRequest: ((bytes: Buffer, link: Link) => 'cut' | 'cut-after' | undefined) | undefined;
  /** Answers reach clients that connect from now on so much later. */
  delayMs: number;
  /** New connections are refused, and those that there are cut. */
  setDown(isDown: boolean): void;
}

export interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

export async function startWireProxy(serverUrl: string): Promise<WireProxy> {
  const target = new URL(serverUrl);
  const links = new Set<Link>();
  let roundTrips = 0;
  let isDown = false;
  const proxy = createServer((client) => {
    if (isDown) {
      client.destroy();
      return;
    }
    const server = connect(Number(target.port || 5432), target.hostname);
    const link = { client, server };
    links.add(link);
    const { delayMs } = api;
    let isAnswered = true;
    let isMuted = false;
    const end = () => {
      links.delete(link);
      client.destroy();
      server.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      if (isAnswered) roundTrips += 1;
      isAnswered = false;
      const fate = api.onRequest?.(bytes, link);
      if (fate === 'cut') {
        end();
        return;
      }
      if (fate === 'cut-after') isMuted = true;
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      isAnswered = true;
      if (!isMuted && delayMs > 0) setTimeout(() => client.write(bytes), delayMs);
      else if (!isMuted) client.write(bytes);
      else if (bytes.subarray(-IDLE.length).equals(IDLE)) end();
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  const cutAll = () => {
    for (const { client, server } of links) {
      client.destroy();
      server.destroy();
    }
    links.clear();
  };
  const api: WireProxy = {
    url: url.href,
    takeRoundTrips() {
      const taken = roundTrips;
      roundTrips = 0;
      return taken;
    },
    onRequest: undefined,
    delayMs: 0,
    setDown(down) {
      isDown = down;
      if (down) cutAll();
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      proxy.close();
      await once(proxy, 'close');
    },
  };
  return api;
}
