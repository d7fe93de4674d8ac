/**
 * A mobile network behind an HTTP API, for servers that run as processes of their own: it takes every message, keeps
 * its text, and reports delivery to whichever node it is told. It outlives the nodes, as a network does.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NetworkStub extends AsyncDisposable {
  /** The sections of otpost.yaml by which a server sends through it. */
  readonly yaml: string;
  /** The code in the first text that opens with this brand; resolves when it has come. */
  codeFor(brand: string): Promise<string>;
  /** Where receipts are posted from now on; none are where nothing is given. */
  reportTo(url: string | undefined): void;
  /** Takes messages and answers none of them from now on. Resolves when so many wait. */
  hold(count: number): Promise<void>;
  /** Answers those that wait, and the others at once again. */
  release(): void;
  /** Texts taken so far, repeats included. */
  readonly taken: readonly string[];
}

const RECEIPT_SECRET = 'receipts-of-the-test-network';
/** Every so many messages, the receipt is lost. */
const LOSES_EVERY = 7;

export async function createNetworkStub(): Promise<NetworkStub> {
  const taken: string[] = [];
  const codes = new Map<string, string>();
  const waiting = new Map<string, (code: string) => void>();
  let receiptUrl: string | undefined;
  let held: (() => void)[] | undefined;
  let isHeldEnough: (() => void) | undefined;

  const take = (text: string) => {
    taken.push(text);
    const [, brand, code] = /^([A-Za-z]+): (\d{6})/.exec(text) ?? [];
    if (brand === undefined || code === undefined) return;
    codes.set(brand, code);
    waiting.get(brand)?.(code);
    waiting.delete(brand);
  };
  const report = (id: string) => {
    if (receiptUrl === undefined || taken.length % LOSES_EVERY === 0) return;
    // A node that has died does not answer; the network shrugs.
    fetch(`${receiptUrl}/receipts/network`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-receipts': RECEIPT_SECRET },
      body: JSON.stringify({ id, state: 'done' }),
    })
      .then((reply) => reply.arrayBuffer())
      .catch(() => undefined);
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { id, text }: { id: string; text: string } = JSON.parse(Buffer.concat(chunks).toString());
      take(text);
      const answer = () => void response.end('{}', () => report(id));
      if (held) held.push(answer);
      else answer();
      isHeldEnough?.();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    yaml: [
      'carriers:',
      '  network:',
      '    kind: http',
      '    channels: [sms, voice]',
      '    request:',
      `      url: "http://127.0.0.1:${port}/"`,
      '      json: { id: "{{id}}", text: "{{body}}" }',
      '    receipts:',
      '      idPath: id',
      '      statePath: state',
      '      states: { delivered: [done] }',
      `      header: { name: x-receipts, value: ${RECEIPT_SECRET} }`,
      '    publicUrl: https://otp.example.com',
      'outbound: { allowHttp: true, allowRanges: ["127.0.0.1/32"] }',
      '',
    ].join('\n'),
    codeFor: (brand) => {
      const known = codes.get(brand);
      return known === undefined
        ? new Promise((resolve) => waiting.set(brand, resolve))
        : Promise.resolve(known);
    },
    reportTo: (url) => {
      receiptUrl = url;
    },
    hold(count) {
      held = [];
      return new Promise((resolve) => {
        isHeldEnough = () => {
          if ((held?.length ?? 0) >= count) resolve();
        };
      });
    },
    release() {
      const waiting = held ?? [];
      held = undefined;
      isHeldEnough = undefined;
      for (const answer of waiting) answer();
    },
    taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
