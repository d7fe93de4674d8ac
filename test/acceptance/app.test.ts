import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { StartupError } from '../../src/app/startup-error.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import {
  makeTestFolder,
  openTestApp,
  removeTestFolder,
  type TestAppOptions,
} from '../support/open-test-app.ts';

const NUMBER = '+14155550123';

describe('the app', () => {
  let folder: string;
  beforeEach(() => {
    folder = makeTestFolder();
  });
  afterEach(() => removeTestFolder(folder));
  const open = (options: Omit<TestAppOptions, 'folder'> = {}) => openTestApp({ folder, ...options });

  async function ask(url: string, secret: string, body?: unknown) {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const reply = await fetch(url, {
      headers,
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
  }

  /** The newest code on the handset; the message is dispatched after the reply. */
  async function readCode(url: string): Promise<string> {
    for (;;) {
      const reply = await fetch(`${url}/handset/messages?to=${encodeURIComponent(NUMBER)}`);
      const { messages } = (await reply.json()) as { messages: { code: string }[] };
      if (messages[0]) return messages[0].code;
    }
  }

  it('takes a newcomer from an empty folder to an approved code', async () => {
    await using running = await open();
    const [printed = ''] = running.said;
    const secret = /otpost_live_[0-9a-f]{48}/.exec(printed)?.[0] ?? '';
    const verifications = `${running.url}/otp/v1/verifications`;
    const started = await ask(verifications, secret, { to: NUMBER });
    assert.equal(started.status, 201);
    const code = await readCode(running.url);
    const checked = await ask(`${verifications}/${started.body.id}/checks`, secret, { code });
    assert.equal(checked.body.outcome, 'approved');
    assert.match(printed, /curl -s http:\/\/127\.0\.0\.1:\d+\/otp\/v1\/verifications/);
    assert.match(printed, /SignalWire/);
  });

  it('keeps the folder that it makes, and all in it, to its owner', async () => {
    const inner = join(folder, 'data');
    await using running = await openTestApp({ folder: inner });
    assert.ok(running.said.length > 0);
    for (const path of ['', 'secret', 'otpost.db', 'otpost.db-wal'].map((name) => join(inner, name)))
      assert.equal(statSync(path).mode & 0o077, 0, path);
  });

  it('prints credentials once; a second start finds everything and prints nothing', async () => {
    let secret = '';
    {
      await using first = await open();
      secret = /otpost_live_\w+/.exec(first.said[0] ?? '')?.[0] ?? '';
    }
    await using second = await open();
    assert.deepEqual(second.said, []);
    assert.equal((await ask(`${second.url}/otp/v1/verifications`, secret)).status, 200);
  });

  it('logs neither secrets nor codes nor numbers', async () => {
    await using running = await open();
    const secret = /otpost_live_\w+/.exec(running.said[0] ?? '')?.[0] ?? '';
    await ask(`${running.url}/otp/v1/verifications`, secret, { to: NUMBER });
    const code = await readCode(running.url);
    const log = JSON.stringify(running.logger.lines);
    for (const hidden of [secret, NUMBER, NUMBER.slice(1), `"${code}"`]) assert.ok(!log.includes(hidden));
    assert.match(log, /verification\.created/);
  });

  it('makes no demo where a carrier is configured, where it is told not to, or beside a tenant', async () => {
    {
      await using configured = await open({ yaml: 'carriers: { phone: { kind: handset } }' });
      assert.deepEqual(configured.said, []);
    }
    await using off = await open({ env: { OTPOST_DEMO: 'off' } });
    assert.deepEqual(off.said, []);
    await createTenant(off.app.parts.context, { name: 'Acme', email: 'ops@acme.example' });
    await using on = await open();
    assert.deepEqual(on.said, []);
  });

  it('warns of settings for tenants that there are not, without their addresses', async () => {
    const stray = '01a1f942-481e-7255-a2b0-287a052c2779';
    {
      await using first = await open({ env: { OTPOST_DEMO: 'off' } });
      await createTenant(first.app.parts.context, { name: 'Acme', email: 'ops@acme.example' });
    }
    await using running = await open({
      yaml: `tenants: { ops@acme.example: {}, opps@acme.example: {}, ${stray}: {} }`,
      env: { OTPOST_DEMO: 'off' },
    });
    const warned = running.logger.lines.filter(({ level }) => level === 'warn');
    assert.deepEqual(
      warned.map(({ fields }) => fields.tenant),
      ['o***@a***.example', stray],
    );
  });

  it('of two that start at once on an empty folder, both work and one greets', async () => {
    const both = await Promise.all([open(), open()]);
    try {
      assert.equal(both.flatMap(({ said }) => said).length, 1);
      const [a, b] = both;
      const tenant = await createTenant(a.app.parts.context, { name: 'Acme', email: 'ops@acme.example' });
      const { secret } = await createKey(b.app.parts.context, { tenantId: tenant.id });
      const started = await ask(`${a.url}/otp/v1/verifications`, secret, { to: NUMBER });
      const seen = await ask(`${b.url}/otp/v1/verifications/${started.body.id}`, secret);
      assert.equal(seen.body.to, NUMBER);
    } finally {
      for (const one of both) await one[Symbol.asyncDispose]();
    }
  });

  it('parted into a node that answers and one that sends, does the same', async () => {
    await using api = await open({ env: { OTPOST_ROLE: 'api' } });
    await using worker = await open({ env: { OTPOST_ROLE: 'worker' } });
    const secret = /otpost_live_\w+/.exec(api.said[0] ?? '')?.[0] ?? '';
    const started = await ask(`${api.url}/otp/v1/verifications`, secret, { to: NUMBER });
    assert.equal(started.status, 201);
    assert.equal((await fetch(`${worker.url}/otp/v1/verifications`)).status, 404);
    assert.equal((await fetch(`${worker.url}/readyz`)).status, 200);
    assert.equal((await fetch(`${api.url}/handset`)).status, 404);
    const code = await readCode(worker.url);
    const checked = await ask(`${api.url}/otp/v1/verifications/${started.body.id}/checks`, secret, { code });
    assert.equal(checked.body.outcome, 'approved');
  });

  it('that cannot be opened leaves nothing open and says why', async () => {
    writeFileSync(join(folder, 'secret'), 'short\n', { mode: 0o600 });
    await assert.rejects(open(), (error) => error instanceof StartupError && /too short/.test(error.message));
    await using again = await open({ env: { OTPOST_SECRET: 'k3JYcQw9ZbV0nT7uXe2RmA5sLdFgHiPq' } });
    assert.equal((await fetch(`${again.url}/healthz`)).status, 200);
  });
});
