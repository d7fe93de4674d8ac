/** `otpost smsc` as a process, with the whole product as its client, and the page about it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createProgram, runCli } from '../../src/cli/run-cli.ts';
import { MAGIC_DESTINATIONS } from '../../src/smsc/magic-destinations.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';

const ROOT = new URL('../../', import.meta.url);
const NUMBER = '+14155550123';

test('a code goes out by SMPP to the simulator, its receipt comes back, and it is approved', async () => {
  const smsc = spawn(
    process.execPath,
    ['src/cli/otpost.ts', 'smsc', '--port', '0', '--account', 'acme:secret', '--json'],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(smsc, 'close');
  const folder = makeTestFolder();
  try {
    const [greeting] = await once(createInterface(smsc.stderr), 'line');
    const port = /:(\d+);/.exec(greeting)?.[1];
    const yaml = `carriers: { main: { kind: smpp, host: 127.0.0.1, port: ${port}, systemId: acme, password: secret, sender: Acme, tlvs: [{ tag: 0x1401, value: "120" }] } }`;
    const { createKey, createTenant } = await import('../../src/engine/tenants.ts');
    await using server = await openTestApp({ folder, yaml });
    const { context } = server.app.parts;
    const tenant = await createTenant(context, { name: 'Acme', email: 'ops@acme.example' });
    const { secret } = await createKey(context, { tenantId: tenant.id });
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const base = `${server.url}/otp/v1/verifications`;
    const ask = async (url: string, body?: object) => {
      const reply = await fetch(url, {
        headers,
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return (await reply.json()) as { id: string; outcome?: string; messages: { status: string }[] };
    };

    const { id } = await ask(base, { to: NUMBER });
    const [line] = await once(createInterface(smsc.stdout), 'line');
    const message = JSON.parse(line);
    assert.deepEqual(
      [message.systemId, message.source, message.destination],
      ['acme', 'Acme', NUMBER.slice(1)],
    );
    assert.deepEqual([message.dataCoding, message.esmClass, message.registeredDelivery], [0, 0, 1]);
    assert.match(message.validityPeriod, /^\d{15}R$/);
    assert.deepEqual(message.tlvs, [{ tag: 0x1401, hex: '313230' }]);
    const code = /\d{6}/.exec(message.text)?.[0];
    for (;;) {
      const { messages } = await ask(`${base}/${id}`);
      if (messages[0]?.status === 'delivered') break;
    }
    assert.equal((await ask(`${base}/${id}/checks`, { code })).outcome, 'approved');
  } finally {
    smsc.kill('SIGTERM');
    removeTestFolder(folder);
  }
  assert.deepEqual(await ended, [0, null]);
});

test('ends with 2 rather than serve in the clear what was meant to be TLS', async () => {
  for (const args of [
    ['--tls-cert', 'cert.pem'],
    ['--tls-key', 'key.pem'],
    ['--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem'],
    // Files that can be read, and are no certificate.
    ['--tls-cert', 'package.json', '--tls-key', 'package.json'],
  ]) {
    const said: string[] = [];
    const write = (text: string) => said.push(text);
    assert.equal(await runCli(['smsc', '--port', '0', ...args], { env: {}, out: write, err: write }), 2);
    assert.match(said.join(''), /^otpost: .*--tls-key/);
  }
});

test('ends with 2 where a port is none', async () => {
  for (const port of ['65536', '-1', 'smpp']) {
    const said: string[] = [];
    const write = (text: string) => said.push(text);
    assert.equal(await runCli(['smsc', '--port', port], { env: {}, out: write, err: write }), 2);
    assert.match(said.join(''), /is no port/);
  }
});

test('docs/carriers/smsc.md has a row for each option and each magic number', () => {
  const page = readFileSync(new URL('docs/carriers/smsc.md', ROOT), 'utf8');
  const io = { env: {}, out: () => {}, err: () => {}, exitCode: 0 };
  const command = createProgram(io).commands.find((one) => one.name() === 'smsc');
  const options = command?.options.flatMap(({ long }) => long ?? []).filter((name) => name !== '--json');
  const rows = [...page.matchAll(/^\| (`--.+?) \|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  );
  assert.deepEqual(rows, options);
  for (const { digits, behaviour } of MAGIC_DESTINATIONS)
    assert.ok(page.includes(`| \`+${digits}\` | ${behaviour} |`));
});
