import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { SMTPServerOptions } from 'smtp-server';
import { runCarrierContract } from '../../../test/contract/carrier/carrier-contract.ts';
import {
  MAIL_PASSWORD,
  MAIL_USER,
  MAILBOXES,
  type MailSink,
  startMailSink,
} from '../../../test/simulators/mail/mail-sink.ts';
import { createCapturingLogger } from '../../../test/support/capturing-logger.ts';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { createSeededRandomBytes } from '../../../test/support/seeded-random.ts';
import { TEST_CERTIFICATE } from '../../../test/support/test-certificate.ts';
import type { OutboundMessage } from '../../engine/ports.ts';
import { noMetrics } from '../../lib/metrics.ts';
import { createSafeFetch } from '../../lib/safe-fetch.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { findSmtpFaults, type SmtpSettings } from './settings.ts';
import { createSmtp } from './smtp.ts';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const CODE = '483920';
const SETTINGS: SmtpSettings = { url: 'smtp://127.0.0.1:25', from: 'Acme <no-reply@acme.example>' };

function createUnderTest(sink: MailSink, overrides: Partial<SmtpSettings> = {}) {
  const clock = createManualClock();
  const logger = createCapturingLogger();
  const deps: CarrierDeps = {
    clock: clock.now,
    timers: clock.timers,
    randomBytes: createSeededRandomBytes('smtp'),
    makeId: () => 'unused',
    receipts: async () => undefined,
    logger,
    metrics: noMetrics,
    safeFetch: createSafeFetch(),
  };
  const url = `smtp://127.0.0.1:${sink.port}`;
  const carrier = createSmtp('mail', { ...SETTINGS, url, ca: TEST_CERTIFICATE, ...overrides }, deps);
  return { carrier, clock, logger };
}

async function useRig(
  t: TestContext,
  overrides: Partial<SmtpSettings> = {},
  serverOptions: SMTPServerOptions = {},
) {
  const sink = await startMailSink(serverOptions);
  const { carrier, clock, logger } = createUnderTest(sink, overrides);
  t.after(async () => {
    await carrier[Symbol.asyncDispose]();
    await sink.close();
  });
  const send = (more: Partial<OutboundMessage> = {}, signal = new AbortController().signal) =>
    carrier.submit({ ...MESSAGE, notAfterMs: clock.now() + 600_000, ...more }, signal);
  return { carrier, clock, logger, sink, send };
}

const MESSAGE: OutboundMessage = {
  id: '00000000-0000-7000-8000-000000000001',
  tenantId: TENANT,
  channel: 'email',
  to: MAILBOXES.delivered,
  subject: 'Acme: Your verification code',
  body: `Acme\n\nYour verification code: ${CODE}\n\nIt expires in 10 min.`,
  code: CODE,
  segments: 1,
  notAfterMs: 0,
};

runCarrierContract(
  'smtp',
  async () => {
    const sink = await startMailSink();
    const { carrier, clock } = createUnderTest(sink);
    return {
      carrier,
      channel: 'email',
      destinations: MAILBOXES,
      nowMs: clock.now,
      turn: () => wait(1),
      pendingTimers: clock.pendingTimers,
      close: sink.close,
    };
  },
  { hasReceipts: false },
);

describe('an e-mail', () => {
  /** The message with its headers unfolded and its parts decoded, roughly as a mail program sees it. */
  const sent = async (
    t: TestContext,
    overrides: Partial<SmtpSettings> = {},
    more: Partial<OutboundMessage> = {},
  ) => {
    const { sink, send } = await useRig(t, overrides);
    const outcome = await send(more);
    const [mail] = sink.received;
    assert(mail && outcome.kind === 'accepted', JSON.stringify(outcome));
    const [head = ''] = mail.source.split('\r\n\r\n');
    const headers = new Map(
      head
        .replaceAll(/\r\n[ \t]+/g, ' ')
        .split('\r\n')
        .map((line): [string, string] => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 2),
        ]),
    );
    const text = mail.source
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/((?:=[0-9A-F]{2})+)/g, (hex) => Buffer.from(hex.replaceAll('=', ''), 'hex').toString());
    return { mail, headers, text, outcome };
  };

  it('says who it is from, what it is and that nobody need answer, and offers no list to leave', async (t: TestContext) => {
    const { mail, headers, outcome } = await sent(t);
    assert.equal(headers.get('from'), 'Acme <no-reply@acme.example>');
    assert.equal(headers.get('to'), MAILBOXES.delivered);
    assert.equal(headers.get('subject'), 'Acme: Your verification code');
    assert.equal(headers.get('auto-submitted'), 'auto-generated');
    assert.deepEqual(
      [...headers.keys()].filter((name) => name.startsWith('list-')),
      [],
    );
    assert.match(headers.get('message-id') ?? '', /^<[0-9a-f]{32}@acme\.example>$/);
    assert.deepEqual(outcome.carrierMessageIds, [headers.get('message-id')?.slice(1, -1)]);
    assert.equal(mail.from, 'no-reply@acme.example');
    assert.equal(mail.isOverTls, true);
  });

  it('has a text and an HTML form, which loads nothing and shows the code by itself', async (t: TestContext) => {
    const { headers, text } = await sent(t);
    assert.match(headers.get('content-type') ?? '', /^multipart\/alternative/);
    assert.ok(text.includes(`Your verification code: ${CODE}`));
    assert.match(text, new RegExp(`<p style="[^"]*user-select:all">${CODE}</p>`));
    assert.doesNotMatch(text, /<img|<link|<script|<a |href=|src=|url\(|@import|https?:/i);
  });

  it('escapes what stands in the text', async (t: TestContext) => {
    const { text } = await sent(t, {}, { body: `<script>alert(1)</script> & "x": ${CODE}` });
    assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;:'));
  });

  it('is written from right to left where its language is', async (t: TestContext) => {
    const { text } = await sent(t, {}, { locale: 'ar', body: `رمز التحقق: ${CODE}` });
    assert.ok(text.includes('<html lang="ar" dir="rtl">') && text.includes('رمز التحقق:'));
  });

  it('threat: the code is in no subject, whatever a template says', async (t: TestContext) => {
    const { mail } = await sent(t, {}, { subject: `${CODE} is your code` });
    const [head = ''] = mail.source.split('\r\n\r\n');
    assert.ok(!head.includes(CODE));
  });

  it('threat: a line break in subject or sender makes no header', async (t: TestContext) => {
    const { headers } = await sent(
      t,
      {},
      { subject: 'x\r\nBcc: eve@example.com', sender: 'A\r\nBcc: eve@example.com' },
    );
    assert.equal(headers.has('bcc'), false);
    assert.equal(headers.get('from'), 'Acme <no-reply@acme.example>');
  });

  it('comes from the tenant’s sender, and from the message’s own where its domain is allowed', async (t: TestContext) => {
    const settings = {
      fromByTenant: { [TENANT]: '"Shop, Inc." <code@shop.example>' },
      senderDomains: ['pay.example'],
    };
    const fromOf = async (sender?: string) =>
      (await sent(t, settings, sender === undefined ? {} : { sender })).headers.get('from');
    assert.equal(await fromOf(), '"Shop, Inc." <code@shop.example>');
    assert.equal(await fromOf('Shop Pay'), 'Shop Pay <code@shop.example>');
    assert.equal(await fromOf('Pay <id@pay.example>'), 'Pay <id@pay.example>');
    assert.equal(await fromOf('id@shop.example'), '"Shop, Inc." <id@shop.example>');
    assert.equal(await fromOf('Bank <security@bank.example>'), '"Shop, Inc." <code@shop.example>');
  });

  it('is signed where there is a key', async (t: TestContext) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { headers } = await sent(t, { dkim: { domain: 'acme.example', selector: 's1', privateKey: pem } });
    const signature = headers.get('dkim-signature') ?? '';
    for (const part of ['a=rsa-sha256', 'd=acme.example', 's=s1']) assert.ok(signature.includes(part), part);
  });
});

describe('a mail server’s answer', () => {
  for (const [mailbox, reason, permanent] of [
    ['refusedForGood', 'smtp-550-5-1-1', true],
    ['refusedForNow', 'smtp-451-4-7-1', false],
    ['spam', 'smtp-554-5-7-1', true],
  ] as const) {
    it(`${reason} is ${permanent ? 'permanent' : 'temporary'}`, async (t: TestContext) => {
      const { carrier, send } = await useRig(t);
      assert.deepEqual(await send({ to: MAILBOXES[mailbox] }), { kind: 'refused', reason, permanent });
      assert.equal(carrier.health().state, 'up');
    });
  }

  it('none, and the connection breaks after the message: unknown, and it is not sent again by itself', async (t: TestContext) => {
    const { sink, send } = await useRig(t);
    assert.deepEqual(await send({ to: MAILBOXES.hangsUp }), { kind: 'unknown', reason: 'network' });
    assert.equal((await send()).kind, 'accepted', 'the next message is not harmed');
    assert.deepEqual(
      sink.received.map(({ to }) => to[0]),
      [MAILBOXES.hangsUp, MAILBOXES.delivered],
    );
  });

  it('none until the time is up: unknown', async (t: TestContext) => {
    const { clock, sink, send } = await useRig(t);
    const submit = send({ to: MAILBOXES.silent });
    await sink.seen(1);
    await clock.advance(15_000);
    assert.deepEqual(await submit, { kind: 'unknown', reason: 'timeout' });
  });

  it('nobody listens: refused for now', async (t: TestContext) => {
    const { sink, send } = await useRig(t);
    await sink.close();
    assert.deepEqual(await send(), { kind: 'refused', reason: 'connect', permanent: false });
  });

  it('a certificate that nobody trusts: refused for now, and nothing is sent', async (t: TestContext) => {
    const { sink, send } = await useRig(t, { ca: undefined });
    assert.deepEqual(await send(), { kind: 'refused', reason: 'tls', permanent: false });
    assert.equal(sink.received.length, 0);
  });

  it('no TLS where it is demanded: nothing is sent; where it is not, it goes in the clear', async (t: TestContext) => {
    const server: SMTPServerOptions = { disabledCommands: ['STARTTLS'] };
    const strict = await useRig(t, {}, server);
    const outcome = await strict.send();
    assert.equal(outcome.kind, 'refused');
    assert.equal(strict.sink.received.length, 0);
    const lax = await useRig(t, { requireTls: false }, server);
    assert.equal((await lax.send()).kind, 'accepted');
    assert.equal(lax.sink.received[0]?.isOverTls, false);
  });

  it('credentials are taken from settings or URL; wrong ones bring the carrier down', async (t: TestContext) => {
    const server: SMTPServerOptions = { authOptional: false };
    const right = await useRig(t, { user: MAIL_USER, password: MAIL_PASSWORD }, server);
    assert.equal((await right.send()).kind, 'accepted');
    const wrong = await useRig(t, { user: MAIL_USER, password: 'wrong' }, server);
    assert.deepEqual(await wrong.send(), { kind: 'refused', reason: 'smtp-535-5-7-8', permanent: true });
    assert.equal(wrong.carrier.health().state, 'down');
    assert.ok(!JSON.stringify(wrong.logger.lines).includes('wrong'));
  });

  it('TLS from the first byte, with credentials in the URL', async (t: TestContext) => {
    const sink = await startMailSink({ secure: true, authOptional: false });
    const url = `smtps://${MAIL_USER}:${encodeURIComponent(MAIL_PASSWORD)}@127.0.0.1:${sink.port}`;
    const { carrier } = createUnderTest(sink, { url });
    t.after(async () => {
      await carrier[Symbol.asyncDispose]();
      await sink.close();
    });
    const outcome = await carrier.submit({ ...MESSAGE }, new AbortController().signal);
    assert.equal(outcome.kind, 'accepted');
    assert.equal(sink.received[0]?.isOverTls, true);
  });

  it('connections are kept and shared', async (t: TestContext) => {
    const { sink, send } = await useRig(t, { connections: 2 });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => send()));
    assert.ok(outcomes.every(({ kind }) => kind === 'accepted'));
    assert.ok(sink.connectionCount() <= 2);
  });
});

describe('settings of kind smtp', () => {
  for (const [name, settings, path] of [
    ['half of a log-in', { user: 'u' }, 'password'],
    ['a sender that is none', { from: 'Acme' }, 'from'],
    ['a tenant’s sender that is none', { fromByTenant: { [TENANT]: 'a@' } }, `fromByTenant.${TENANT}`],
    ['a key that is none', { dkim: { domain: 'a', selector: 's', privateKey: 'x' } }, 'dkim.privateKey'],
  ] as const) {
    it(`${name} is a fault of ${path}`, () => {
      const faults = findSmtpFaults({ ...SETTINGS, ...settings });
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [path],
      );
    });
  }

  it('as in the example have no faults', () => {
    assert.deepEqual(findSmtpFaults(SETTINGS), []);
  });
});
