/**
 * Kannel, the field's oldest SMPP client, against our SMSC simulator: it binds, submits texts of every alphabet and length, and its reading of our
 * receipts comes back over HTTP. Run by hand or by CI (`node test/interop/kannel.ts`), never by `npm test`; on a machine
 * without Kannel it says so and ends well. Everything is on the loopback interface, and has an end.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSmsc } from '../../src/smsc/smsc.ts';
import { isKannelInstalled, KANNEL_USER, type Kannel, startKannel } from '../support/kannel.ts';

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

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < endMs, `${what}: not in ${LIMIT_MS / 1_000} seconds`);
    await sleep(LOOK_MS);
  }
}

async function main(): Promise<void> {
  if (!isKannelInstalled()) {
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
  let kannel: Kannel | undefined;
  try {
    const account = { systemId: 'kannel', password: 'secret' };
    kannel = await startKannel({
      ...{ folder, smscPort: await smsc.listen(), ...account, enquireLinkSeconds: 2, logLevel: 1 },
    });
    await until('Kannel binds', () => {
      assert.ok(kannel?.isRunning, 'Kannel has ended');
      return [...smsc.peers].some(({ bindType }) => bindType === 'transceiver');
    });
    kannel.startSmsbox();
    const { sendSmsPort } = kannel;

    const { port: reportPort } = listener.address() as AddressInfo;
    const send = async (to: string, text: string, coding: number): Promise<boolean> => {
      const url = new URL(`http://127.0.0.1:${sendSmsPort}/cgi-bin/sendsms`);
      const report = `http://127.0.0.1:${reportPort}/?to=${to}&type=%d`;
      for (const [name, value] of Object.entries({
        ...KANNEL_USER,
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
    process.stderr.write(kannel?.readLog() ?? '');
    throw error;
  } finally {
    await kannel?.[Symbol.asyncDispose]();
    listener.close();
    await smsc.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasReport(reports: readonly (readonly [string, string])[], to: string, type: string): boolean {
  return reports.some(([number, state]) => number === to && state === type);
}

await main();
