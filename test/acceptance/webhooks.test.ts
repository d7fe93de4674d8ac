/** Webhooks of the whole product, and that docs/webhooks.md says what they are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { EVENT_TYPES } from '../../src/core/events.ts';
import { native } from '../../src/dialects/native/index.ts';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { installDialects } from '../support/dialect-installation.ts';
import { makeTestFolder, openTestApp, removeTestFolder, type TestApp } from '../support/open-test-app.ts';
import {
  createWebhookReceiver,
  type ReceivedPost,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

const YAML = `carriers: { phone: { kind: handset } }
routes: [{ channel: sms, carriers: [phone] }]
outbound: { allowHttp: true, allowRanges: [127.0.0.0/8] }
`;

describe('the app', () => {
  let folder: string;
  let receiver: WebhookReceiver;
  before(async () => {
    folder = makeTestFolder();
    receiver = await createWebhookReceiver();
  });
  after(async () => {
    await receiver[Symbol.asyncDispose]();
    removeTestFolder(folder);
  });

  /** The first post of this type, when it comes. */
  const arrived = (type: string): Promise<ReceivedPost> =>
    new Promise((resolve) => {
      const look = () => {
        const found = receiver.posts.find(({ body }) => JSON.parse(body).type === type);
        if (found) resolve(found);
        else setImmediate(look);
      };
      look();
    });

  async function post({ url }: TestApp, secret: string, path: string, body: object) {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const reply = await fetch(`${url}/otp/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    assert.equal(reply.status, 201, await reply.clone().text());
    return (await reply.json()) as Record<string, string>;
  }

  it('posts what happens, and after a restart what its receiver had not acknowledged', async () => {
    // Settles nothing until the second server is there.
    receiver.answer = () => {};
    let endpoint: Record<string, string>;
    {
      await using first = await openTestApp({ folder, yaml: YAML, env: { OTPOST_DEMO: 'off' } });
      const { context } = first.app.parts;
      const tenant = await createTenant(context, { name: 'Acme', email: 'ops@acme.example' });
      const { secret } = await createKey(context, { tenantId: tenant.id });
      endpoint = await post(first, secret, '/webhook-endpoints', { url: receiver.url });
      await post(first, secret, '/verifications', { to: '+14155550123' });
      await arrived('verification.created');
    }
    receiver.posts.length = 0;
    receiver.answer = (reply) => void reply.writeHead(204).end();
    await using _second = await openTestApp({ folder, yaml: YAML, env: { OTPOST_DEMO: 'off' } });
    for (const type of ['verification.created', 'message.accepted']) {
      const { body, headers } = await arrived(type);
      const webhook = new Webhook(endpoint.secret ?? '');
      assert.deepEqual(webhook.verify(body, headers as Record<string, string>), JSON.parse(body));
    }
  });
});

describe('docs/webhooks.md', () => {
  const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');

  it('has a row for every type of event and no other', () => {
    const rows = [...page.matchAll(/^\| `((?:verification|message|device|endpoint|tenant)\.\w+)` \|/gm)];
    const documented = rows.map(([, type]) => type ?? '');
    assert.deepEqual(documented.toSorted(), [...EVENT_TYPES].sort());
  });

  it('has a row for every call', async () => {
    await using at = await installDialects([native]);
    const [documented] = at.documented;
    assert.ok(documented);
    const { paths } = documented.document() as { readonly paths: Record<string, object> };
    const calls = Object.entries(paths)
      .filter(([path]) => path.includes('/webhook-endpoints'))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `\`${method.toUpperCase()} ${path}\``),
      );
    assert.equal(calls.length, 9);
    for (const call of calls) assert.ok(page.includes(`| ${call} |`), call);
  });

  it('has a row for every dialect’s callback, with its events', () => {
    for (const { callbacks } of DIALECTS) {
      if (!callbacks) continue;
      const row = page.split('\n').find((line) => line.startsWith(`| \`${callbacks.name}\` |`)) ?? '';
      const events = callbacks.events.map((type) => `\`${type}\``).join(', ');
      assert.ok(row.endsWith(`| ${events} |`), callbacks.name);
    }
  });
});
