/** Two processes' worth of app on one PostgreSQL: one answers, the other sends. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';
import { createTestDatabase } from '../support/postgres/test-server.ts';

const NUMBER = '+14155550123';

it('a code that one node starts is sent by another and checked by either', async () => {
  await using database = await createTestDatabase({ isEmpty: true });
  const folders = [makeTestFolder(), makeTestFolder()];
  const open = (folder: string | undefined, role: string) =>
    openTestApp({
      folder: folder ?? '',
      yaml: 'carriers: { phone: { kind: handset } }',
      env: {
        OTPOST_DATABASE_URL: database.url,
        OTPOST_SECRET: createHash('sha256').update('two nodes').digest('base64'),
        OTPOST_ROLE: role,
      },
    });
  try {
    const nodes = await Promise.all([open(folders[0], 'api'), open(folders[1], 'api,worker')]);
    try {
      const [answering, sending] = nodes;
      const { context } = answering.app.parts;
      const tenant = await createTenant(context, { name: 'Acme', email: 'ops@acme.example' });
      const { secret } = await createKey(context, { tenantId: tenant.id, mode: 'live' });
      const ask = async (url: string, body: unknown) => {
        const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
        const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
        return (await reply.json()) as Record<string, unknown>;
      };
      const started = await ask(`${answering.url}/otp/v1/verifications`, { to: NUMBER });
      const code = await readCode(sending.url);
      const wrong = code.startsWith('1') ? `2${code.slice(1)}` : `1${code.slice(1)}`;
      const checks = (url: string) => `${url}/otp/v1/verifications/${started.id}/checks`;
      const first = await ask(checks(sending.url), { code: wrong });
      const second = await ask(checks(answering.url), { code });
      assert.deepEqual([first.outcome, second.outcome], ['incorrect', 'approved']);
    } finally {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    }
  } finally {
    for (const folder of folders) removeTestFolder(folder);
  }
});

async function readCode(url: string): Promise<string> {
  for (;;) {
    const reply = await fetch(`${url}/handset/messages?to=${encodeURIComponent(NUMBER)}`);
    const { messages } = (await reply.json()) as { messages: { code: string }[] };
    if (messages[0]) return messages[0].code;
  }
}
