/**
 * Kannel, the field's oldest SMPP client, against our SMSC simulator: it binds, submits texts of every alphabet and length, and its reading of our
 * receipts comes back over HTTP. Run by hand or by CI (`node test/interop/kannel.ts`), never by `npm test`; on a machine
 * without Kannel it says so and ends well. Everything is on the loopback interface, and has an end.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSmsc } from '../../src/smsc/smsc.ts';

const BEARERBOX = '/usr/sbin/bearerbox';
const SMSBOX = '/usr/sbin/smsbox';
const LIMIT_MS = 60_000;
const LOOK_MS = 100;

const TEXTS: readonly (readonly [to: string, text: string, coding: number])[] = [
  ['14155550150', 'Acme: 483920 is your verification code. {€}', 0],
  ['14155550151', 'Acme: 483920 არის თქვენი კოდი', 2],
  ['14155550152', `Acme: 483920. ${'This goes in several parts. '.repeat(10)}end`, 0],
  ['14155550153', `Acme: 483920. ${'ეს რამდენიმე ნაწილია. '.repeat(6)}end`, 2],
];
/** Kannel's `type` of a dlr-url: 1 delivered, 2 failed, 8 accepted by the SMSC. */
const DELIVERED = '1';
const FAILED = '2';
const UNDELIVERED_NUMBER = '19075550102';

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function configuration(ports: Record<'admin' | 'smsbox' | 'sendsms' | 'smsc', number>): string {
  return `
group = core
admin-port = ${ports.admin}
admin-interface = 127.0.0.1
admin-password = kannel
smsbox-port = ${ports.smsbox}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-level = 1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = otpost
host = 127.0.0.1
port = ${ports.smsc}
smsc-username = kannel
smsc-password = secret
system-type = ""
transceiver-mode = true
msg-id-type = 0x00
enquire-link-interval = 2
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = ${ports.smsbox}
sendsms-port = ${ports.sendsms}
sendsms-interface = 127.0.0.1
log-level = 1

group = sendsms-user
username = acme
password = secret
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = "none"
max-messages = 0
`;
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < endMs, `${what}: not in ${LIMIT_MS / 1_000} seconds`);
    await sleep(LOOK_MS);
  }
}

async function main(): Promise<void> {
  if (!existsSync(BEARERBOX) || !existsSync(SMSBOX)) {
    process.stdout.write('skipped: Kannel is not installed\n');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'otpost-kannel-'));
  const smsc = createSmsc({ accounts: { kannel: 'secret' }, receiptDelayMs: 300 });
  const reports: (readonly [to: string, type: string])[] = [];
  const listener = createServer((request, reply) => {
    const { searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    reports.push([searchParams.get('to') ?? '', searchParams.get('type') ?? '']);
    reply.end('ok');
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const children: ChildProcess[] = [];
  const run = (file: string) => {
    const child = spawn(file, ['-v', '4', join(folder, 'kannel.conf')], { cwd: folder, stdio: 'ignore' });
    children.push(child);
  };
  try {
    const ports = {
      admin: await freePort(),
      smsbox: await freePort(),
      sendsms: await freePort(),
      smsc: await smsc.listen(),
    };
    writeFileSync(join(folder, 'kannel.conf'), configuration(ports));
    run(BEARERBOX);
    await until('Kannel binds', () => [...smsc.peers].some(({ bindType }) => bindType === 'transceiver'));
    run(SMSBOX);

    const { port: reportPort } = listener.address() as AddressInfo;
    const send = async (to: string, text: string, coding: number): Promise<boolean> => {
      const url = new URL(`http://127.0.0.1:${ports.sendsms}/cgi-bin/sendsms`);
      const report = `http://127.0.0.1:${reportPort}/?to=${to}&type=%d`;
      for (const [name, value] of Object.entries({
        username: 'acme',
        password: 'secret',
        from: 'Acme',
        to,
        text,
        coding: String(coding),
        charset: 'UTF-8',
        'dlr-mask': '31',
        'dlr-url': report,
      })) {
        url.searchParams.set(name, value);
      }
      const reply = await fetch(url).catch(() => undefined);
      return reply?.status === 202;
    };
    // The box listens a little after its start; what it refuses until then was not taken.
    const [first, ...others] = TEXTS;
    assert.ok(first);
    await until('Kannel takes a message', () => send(...first));
    for (const text of others) assert.ok(await send(...text));
    assert.ok(await send(UNDELIVERED_NUMBER, 'Acme: 1', 0));

    for (const [to, text] of TEXTS) {
      await until(`the text to ${to}`, () => smsc.submitted.textsTo(to).length > 0);
      assert.deepEqual(smsc.submitted.textsTo(to), [text]);
      await until(`the receipt of ${to}`, () => hasReport(reports, to, DELIVERED));
    }
    await until('the receipt of what was not delivered', () =>
      hasReport(reports, UNDELIVERED_NUMBER, FAILED),
    );
    // Kannel asks for the receipt of one part of a long message.
    assert.ok(smsc.receiptCounts.sent >= TEXTS.length + 1);
    await until(
      'Kannel acknowledges every receipt',
      () => smsc.receiptCounts.taken === smsc.receiptCounts.sent,
    );

    // Longer than two of Kannel's link checks.
    await sleep(5_000);
    assert.equal([...smsc.peers].length, 1, 'the bind is kept');
    const parts = smsc.submitted.total;
    process.stdout.write(
      `ok: Kannel submitted ${TEXTS.length + 1} texts in ${parts} parts, and read every receipt\n`,
    );
  } catch (error) {
    const log = join(folder, 'bearerbox.log');
    if (existsSync(log)) process.stderr.write(readFileSync(log, 'utf8'));
    throw error;
  } finally {
    for (const child of children.reverse()) await end(child);
    listener.close();
    await smsc.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasReport(reports: readonly (readonly [string, string])[], to: string, type: string): boolean {
  return reports.some(([number, state]) => number === to && state === type);
}

/** Kannel ends on SIGTERM, but waits for its peers first. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(killer);
}

await main();
