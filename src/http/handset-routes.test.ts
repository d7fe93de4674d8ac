import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createCapturingLogger } from '../../test/support/capturing-logger.ts';
import { createManualClock, MANUAL_CLOCK_START_MS } from '../../test/support/manual-clock.ts';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { createHandset } from '../carriers/handset/handset.ts';
import { MAGIC_RECIPIENTS } from '../carriers/handset/magic-recipients.ts';
import type { OutboundMessage } from '../engine/ports.ts';
import { noMetrics } from '../lib/metrics.ts';
import { createUuidMaker } from '../lib/uuid.ts';
import { EVENT_CLIENTS_MAX, HEARTBEAT_MS } from './event-stream.ts';
import { handsetRoutes } from './handset-routes.ts';
import { createHttpServer } from './server.ts';

async function createRig(t: TestContext, handsetCount = 1) {
  const clock = createManualClock();
  const makeId = createUuidMaker(clock.now, createSeededRandomBytes('routes'));
  const deps = { clock: clock.now, timers: clock.timers, receipts: async () => undefined, makeId };
  const handsets = Array.from({ length: handsetCount }, (_, n) =>
    createHandset({ ...deps, id: `phone${n}` }),
  );
  const logger = createCapturingLogger();
  const app = createHttpServer({ logger, timers: clock.timers, makeUuid: makeId, metrics: noMetrics });
  await app.register(handsetRoutes, { inboxes: handsets, timers: clock.timers });
  t.after(async () => {
    await app.close();
    for (const handset of handsets) await handset[Symbol.asyncDispose]();
  });
  const receive = async (to: string, extra: Partial<OutboundMessage> = {}, handset = handsets[0]) => {
    assert(handset);
    const message = { id: makeId(), tenantId: 't', channel: 'sms', body: 'Hello', segments: 1 } as const;
    await handset.submit({ ...message, notAfterMs: 0, to, ...extra }, new AbortController().signal);
  };
  const bodies = async (url: string) => {
    const reply = await app.inject(url);
    assert.equal(reply.statusCode, 200);
    return reply.json<{ messages: { body: string }[] }>().messages.map((message) => message.body);
  };
  return { app, bodies, clock, handsets, receive };
}

describe('GET /handset/messages', () => {
  it('shows each message with its address, sender, channel, text and ISO time', async (t) => {
    const { app, receive } = await createRig(t);
    await receive('+14155550123', { body: '483920 is your code', code: '483920', sender: 'Acme' });
    const reply = await app.inject('/handset/messages');
    const [message] = reply.json<{ messages: Record<string, string>[] }>().messages;
    assert(message);
    const { id, ...rest } = message;
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      to: '+14155550123',
      from: 'Acme',
      channel: 'sms',
      body: '483920 is your code',
      code: '483920',
      receivedAt: '2026-01-01T00:00:00.000Z',
    });
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.equal(reply.headers['access-control-allow-origin'], undefined);
  });

  it('lists the newest first, of all phones or of the one in `to`, however it is spelled', async (t) => {
    const { bodies, receive } = await createRig(t);
    await receive('+14155550123', { body: 'one' });
    await receive('Ann@example.net', { body: 'two', channel: 'email' });
    await receive('+14155550123', { body: 'three' });
    assert.deepEqual(await bodies('/handset/messages'), ['three', 'two', 'one']);
    for (const to of ['%2B14155550123', '+14155550123', '001%20(415)%20555-0123'])
      assert.deepEqual(await bodies(`/handset/messages?to=${to}`), ['three', 'one'], to);
    assert.deepEqual(await bodies('/handset/messages?to=ann%40EXAMPLE.net'), ['two']);
    assert.deepEqual(await bodies('/handset/messages?to=%2B14155550124'), []);
  });

  it('puts the messages of several handsets in one order', async (t) => {
    const { bodies, clock, handsets, receive } = await createRig(t, 2);
    for (const [n, body] of ['one', 'two', 'three'].entries()) {
      clock.step(MANUAL_CLOCK_START_MS + n);
      await receive('+14155550123', { body }, handsets[n % 2]);
    }
    assert.deepEqual(await bodies('/handset/messages'), ['three', 'two', 'one']);
  });

  for (const query of ['to=', 'to=hello', 'to=a%40', 'to=%2B1&to=%2B2', `to=${'1'.repeat(500)}`]) {
    it(`refuses ${query.slice(0, 20)} with a problem that does not repeat it`, async (t) => {
      const { app } = await createRig(t);
      const reply = await app.inject(`/handset/messages?${query}`);
      assert.equal(reply.statusCode, 400);
      assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
      const problem = reply.json<Record<string, unknown>>();
      assert.deepEqual([problem.status, problem.code], [400, 'invalid_request']);
      assert.doesNotMatch(reply.body, /hello|111/);
    });
  }
});

describe('GET /handset/magic-numbers', () => {
  it('is the table that the carrier plays', async (t) => {
    const { app } = await createRig(t);
    const { magicNumbers } = (await app.inject('/handset/magic-numbers')).json();
    assert.deepEqual(
      magicNumbers,
      MAGIC_RECIPIENTS.map(({ name, phone, email, behaviour }) => ({ name, phone, email, behaviour })),
    );
  });
});

describe('the page', () => {
  it('loads nothing from elsewhere, runs nothing inline, and every file it names is served', async (t) => {
    const { app } = await createRig(t);
    const page = await app.inject('/handset');
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers['content-type']), /^text\/html/);
    assert.doesNotMatch(page.body, /(?:src|href)="(?:[a-z]+:|\/\/)/i);
    assert.doesNotMatch(page.body, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i);
    const named = [...page.body.matchAll(/(?:src|href)="(handset\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    assert.ok(named.length >= 4);
    const imported = [
      ...readFileSync(new URL('../../web/handset/handset.js', import.meta.url), 'utf8').matchAll(
        /from '\.\/([^']+)'/g,
      ),
    ];
    for (const path of [...named, ...imported.map(([, file]) => `/handset/${file}`)])
      assert.equal((await app.inject(path)).statusCode, 200, path);
  });

  it('comes with a policy that lets nothing foreign and no markup from text run', async (t) => {
    const { app } = await createRig(t);
    for (const path of ['/handset', '/handset/handset.js', '/handset/messages']) {
      const { headers } = await app.inject(path);
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /require-trusted-types-for 'script'/);
      assert.doesNotMatch(policy, /unsafe|\*|http|data:/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    }
  });

  it('has no code that turns text into markup', () => {
    const folder = new URL('../../web/handset/', import.meta.url);
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
    assert.ok(scripts.includes('view.js'));
    for (const name of scripts) {
      const source = readFileSync(new URL(name, folder), 'utf8');
      assert.doesNotMatch(
        source,
        /\.(?:inner|outer)HTML|insertAdjacentHTML|setHTML|\.write\(|DOMParser/,
        name,
      );
    }
  });

  it('is sent again only when it has changed', async (t) => {
    const { app } = await createRig(t);
    const first = await app.inject('/handset/handset.css');
    const etag = String(first.headers.etag);
    assert.equal(first.headers['cache-control'], 'no-cache');
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await app.inject({ url: '/handset/handset.css', headers: { 'if-none-match': header } });
      assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', etag], header);
    }
    const other = await app.inject({ url: '/handset/handset.css', headers: { 'if-none-match': '"other"' } });
    assert.equal(other.statusCode, 200);
  });

  it('is found with a trailing slash too', async (t) => {
    const { app } = await createRig(t);
    const reply = await app.inject('/handset/');
    assert.deepEqual([reply.statusCode, reply.headers.location], [308, '../handset']);
  });
});

describe('GET /handset/events', () => {
  async function listen(t: TestContext) {
    const rig = await createRig(t);
    await rig.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = rig.app.server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const watch = async () => {
      const leaving = new AbortController();
      const reply = await fetch(`${origin}/handset/events`, { signal: leaving.signal });
      assert(reply.body);
      return { reply, leaving, lines: createLineReader(reply.body) };
    };
    return { ...rig, watch };
  }

  it('tells every watcher of a message as it arrives', async (t) => {
    const { app, receive, watch } = await listen(t);
    const watchers = [await watch(), await watch()];
    for (const { reply, lines } of watchers) {
      assert.match(String(reply.headers.get('content-type')), /^text\/event-stream/);
      assert.equal(await lines.until(/^retry: /), 'retry: 2000');
    }
    await receive('+14155550123', { body: 'two\nlines\n\ndata: forged' });
    const [listed] = (await app.inject('/handset/messages')).json<{ messages: { id: string }[] }>().messages;
    for (const { lines } of watchers) {
      assert.equal(await lines.until(/^id: /), `id: ${listed?.id}`);
      assert.deepEqual(JSON.parse((await lines.until(/^data: /)).slice('data: '.length)), listed);
    }
  });

  it('sends a heartbeat while somebody watches, and none when nobody does', async (t) => {
    const { clock, watch } = await listen(t);
    assert.equal(clock.pendingTimers(), 0);
    const { leaving, lines } = await watch();
    await clock.advance(2 * HEARTBEAT_MS);
    for (const _ of [1, 2]) {
      await lines.until(/^event: beat$/);
      // An event without data is not told to a page.
      await lines.until(/^data: ./);
    }
    leaving.abort();
    // The server learns of it from the socket.
    for (let turn = 0; turn < 10_000 && clock.pendingTimers() > 0; turn += 1) await clock.settle();
    assert.equal(clock.pendingTimers(), 0);
  });

  it('has room for a few watchers; one more is told to come later', async (t) => {
    const { watch } = await listen(t);
    for (let n = 0; n < EVENT_CLIENTS_MAX; n += 1) assert.equal((await watch()).reply.status, 200);
    const { reply } = await watch();
    assert.equal(reply.status, 503);
    assert.equal(reply.headers.get('retry-after'), '5');
    assert.match(String(reply.headers.get('content-type')), /^application\/problem\+json/);
  });

  it('ends at shutdown, which does not wait for the watchers to leave', async (t) => {
    const { app, clock, watch } = await listen(t);
    const { lines } = await watch();
    await app.close();
    await lines.end();
    assert.equal(clock.pendingTimers(), 0);
  });
});

function createLineReader(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffered = '';
  const nextLine = async (): Promise<string | undefined> => {
    while (!buffered.includes('\n')) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      buffered += decoder.decode(value, { stream: true });
    }
    const end = buffered.indexOf('\n');
    const line = buffered.slice(0, end);
    buffered = buffered.slice(end + 1);
    return line;
  };
  return {
    /** The next line that matches; the ones before it are passed over. */
    async until(pattern: RegExp): Promise<string> {
      for (let line = await nextLine(); line !== undefined; line = await nextLine())
        if (pattern.test(line)) return line;
      throw new Error(`the stream ended before ${pattern}`);
    },
    async end(): Promise<void> {
      while ((await nextLine()) !== undefined);
    },
  };
}
