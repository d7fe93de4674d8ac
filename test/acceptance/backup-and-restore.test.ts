/** The steps of "Backup and restore" in docs/operating.md, taken while people ask for codes. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { createNativeClient } from '../support/native-client.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';

const ENV = { OTPOST_DEMO: 'off' };
const STARTS_MEANWHILE = 60;

describe('a backup that was made while the server worked', () => {
  let folders: { readonly first: string; readonly second: string };
  beforeEach(() => {
    folders = { first: makeTestFolder(), second: makeTestFolder() };
  });
  afterEach(() => Object.values(folders).forEach(removeTestFolder));

  async function run(folder: string, ...args: readonly string[]) {
    const lines: string[] = [];
    const print = (text: string) => lines.push(text);
    const env = { OTPOST_DATA: folder, OTPOST_PORT: '0', OTPOST_CONFIG: undefined };
    const exitCode = await runCli(args, { env, out: print, err: print });
    return { exitCode, printed: lines.join('') };
  }

  it('brings back, in another folder, what was there: what is settled, what is live, and the keys', async () => {
    const backup = join(folders.second, 'backup.db');
    const before = await useAndBackUp(backup);

    copyFileSync(backup, join(folders.second, 'otpost.db'));
    cpSync(join(folders.first, 'secret'), join(folders.second, 'secret'));
    const examined = await run(folders.second, 'doctor');
    assert.equal(examined.exitCode, 0, examined.printed);

    await using restored = await openTestApp({ folder: folders.second, env: ENV });
    const { ask } = createNativeClient(restored.url, before.secret);
    assert.equal((await ask('GET', `/verifications/${before.settled}`)).body.status, 'approved');
    const live = await ask('POST', `/verifications/${before.live}/checks`, { code: before.code });
    assert.equal(live.body.outcome, 'approved');
    for (const id of before.startedBefore)
      assert.equal((await ask('GET', `/verifications/${id}`)).status, 200);
    assert.equal((await ask('GET', `/verifications/${before.startedAfter}`)).status, 404);
    assert.equal((await ask('POST', '/verifications', { to: '+14155550199' })).status, 201);
  });

  async function useAndBackUp(target: string) {
    await using running = await openTestApp({ folder: folders.first, env: ENV });
    const { context, dispatcher } = running.app.parts;
    const tenant = await createTenant(context, { name: 'Acme', email: 'ops@acme.example' });
    const { secret } = await createKey(context, { tenantId: tenant.id });
    const { ask } = createNativeClient(running.url, secret);
    const start = async (number: number) => {
      const to = `+1415555${number}`;
      const { status, body } = await ask('POST', '/verifications', { to });
      assert.equal(status, 201, JSON.stringify(body));
      return { id: String(body.id), to };
    };
    const readCode = async (to: string) => {
      await dispatcher.settled();
      const reply = await fetch(`${running.url}/handset/messages?to=${encodeURIComponent(to)}`);
      const { messages } = (await reply.json()) as { messages: readonly { code: string }[] };
      return messages[0]?.code ?? assert.fail('no message');
    };
    const settled = await start(1000);
    const code = await readCode(settled.to);
    await ask('POST', `/verifications/${settled.id}/checks`, { code });
    const live = await start(1001);

    const meanwhile = Array.from({ length: STARTS_MEANWHILE }, (_, index) => start(2000 + index));
    const startedBefore = (await Promise.all(meanwhile.slice(0, STARTS_MEANWHILE / 2))).map(({ id }) => id);
    const backedUp = await run(folders.first, 'backup', target);
    assert.equal(backedUp.exitCode, 0, backedUp.printed);
    await Promise.all(meanwhile);
    const { id: startedAfter } = await start(3000);
    return {
      ...{ secret, startedBefore, startedAfter },
      ...{ settled: settled.id, live: live.id, code: await readCode(live.to) },
    };
  }
});
