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
  /**
   * What the server says from now on, and that it hangs up, reaches the client only after it has sent something more.
   *
   * @returns settled when the server has hung up
   */
  holdAnswers(): Promise<void>;
  /** Answers reach clients that connect from now on so much later. */
  delayMs: number;
  /** New connections are refused, and those that there are cut. */
  setDown(isDown: boolean): void;
}

export interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

interface Holding {
  /** What is to happen when it is over. */
  readonly kept: (() => void)[];
  readonly hungUp: PromiseWithResolvers<void>;
}

export async function startWireProxy(serverUrl: string): Promise<WireProxy> {
  const target = new URL(serverUrl);
  const links = new Set<Link>();
  const tally: Tally = { roundTrips: 0, holding: undefined };
  let isDown = false;
  const proxy = createServer((client) => {
    if (isDown) {
      client.destroy();
      return;
    }
    const link = { client, server: connect(Number(target.port || 5432), target.hostname) };
    links.add(link);
    relay(link, api, tally, () => links.delete(link));
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
      const taken = tally.roundTrips;
      tally.roundTrips = 0;
      return taken;
    },
    onRequest: undefined,
    holdAnswers() {
      tally.holding = { kept: [], hungUp: Promise.withResolvers() };
      return tally.holding.hungUp.promise;
    },
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

/** Of all links. */
interface Tally {
  roundTrips: number;
  holding: Holding | undefined;
}

function relay(link: Link, api: WireProxy, tally: Tally, onEnd: () => void): void {
  const { client, server } = link;
  const { delayMs } = api;
  let isAnswered = true;
  let isMuted = false;
  const end = () => {
    onEnd();
    client.destroy();
    server.destroy();
  };
  const later = (action: () => void) => (tally.holding ? tally.holding.kept.push(action) : action());
  client.on('data', (bytes: Buffer) => {
    if (isAnswered) tally.roundTrips += 1;
    isAnswered = false;
    const { holding } = tally;
    tally.holding = undefined;
    for (const action of holding?.kept ?? []) action();
    const fate = api.onRequest?.(bytes, link);
    if (fate === 'cut') {
      end();
      return;
    }
    if (fate === 'cut-after') isMuted = true;
    if (!server.destroyed) server.write(bytes);
  });
  server.on('data', (bytes: Buffer) => {
    isAnswered = true;
    if (!isMuted && delayMs > 0) setTimeout(() => client.write(bytes), delayMs);
    else if (!isMuted) later(() => client.write(bytes));
    else if (bytes.subarray(-IDLE.length).equals(IDLE)) end();
  });
  server.on('close', () => {
    tally.holding?.hungUp.resolve();
    // What was written to the client before is sent before it is hung up on.
    later(() => client.end());
  });
  client.on('close', end);
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on('error', end);
  }
}
