/** Threat: a code that is read where it was not sent to: in a reply, a log line, an event or a webhook. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TOTP, URI } from 'otpauth';
import { DIALECTS } from '../../../src/dialects/registry.ts';
import type { OutboundReply, OutboundRequest } from '../../../src/lib/outbound-request.ts';
import { createWebhookSender } from '../../../src/webhooks/sender.ts';
import { type DialectInstallation, installDialects } from '../../support/dialect-installation.ts';
import { wrongCode } from '../../support/engine-harness.ts';
import { MANUAL_CLOCK_START_MS } from '../../support/manual-clock.ts';
import { type Caller, callerOf, DOORS } from './doors.ts';

const FORMATS = DIALECTS.flatMap(({ callbacks }) => callbacks ?? []);

/** Everything that left or was kept for people to read, each with the name of where it was seen. */
interface Seen {
  readonly where: string;
  readonly text: string;
}

async function open(t: TestContext) {
  const seen: Seen[] = [];
  const webhookSender = createWebhookSender({
    clock: () => MANUAL_CLOCK_START_MS,
    formats: new Map(FORMATS.map((format) => [format.name, format])),
    safeFetch: Object.assign(
      async ({ url, headers, body }: OutboundRequest): Promise<OutboundReply> => {
        seen.push({ where: 'webhook', text: JSON.stringify([url, headers, body]) });
        return { status: 204, headers: {} };
      },
      { [Symbol.asyncDispose]: async () => {} },
    ),
  });
  const at = await installDialects(DIALECTS, { limits: [], webhookSender });
  t.after(() => at[Symbol.asyncDispose]());
  const by = await callerOf(at);
  const ask: DialectInstallation['ask'] = async (request) => {
    const reply = await at.ask(request);
    const { url } = request as { readonly url: string };
    const { statusCode, headers, body } = reply;
    seen.push({ where: url, text: JSON.stringify([statusCode, headers]) + body });
    return reply;
  };
  const watched: Caller = {
    ...by,
    at: { ...at, ask },
    post: (url, payload, headers) => ask({ method: 'POST', url, headers: { ...headers }, payload }),
  };
  const principal = (await at.harness.engine.authenticate({ secret: at.tenant.secret })) ?? assert.fail();
  for (const format of ['native', ...FORMATS.map(({ name }) => name)]) {
    const url = `https://hooks.acme.example/${format}`;
    await at.harness.engine.createWebhookEndpoint(principal, { url, format });
  }
  return {
    at,
    by: watched,
    async everything(): Promise<readonly Seen[]> {
      await at.harness.dispatchWebhooks();
      const logged = [at.logger, at.harness.context.logger].flatMap((logger) =>
        'lines' in logger ? (logger.lines as readonly object[]) : [],
      );
      return [
        ...seen,
        ...logged.map((line) => ({ where: 'log', text: JSON.stringify(line) })),
        ...at.harness.announced.map((event) => ({ where: 'event', text: JSON.stringify(event) })),
      ];
    },
  };
}

/** Alone, not within a longer number or id, which may hold the same digits by chance. */
const holds = (text: string, code: string) =>
  new RegExp(`(?<![0-9A-Za-z])${RegExp.escape(code)}(?![0-9A-Za-z])`).test(text);

test('no code is in any reply, log line, event or webhook, but where its dialect discloses it', async (t) => {
  const { at, by, everything } = await open(t);
  for (const door of DOORS) {
    const { check, isRight } = await door.start(by);
    assert.ok(check, door.name);
    const code = at.lastCode();
    await check(wrongCode(code));
    await check('!!!');
    assert.ok(isRight(await check(code)), door.name);
    await check(code);
  }
  await readBack(by);

  const codes = at.network.sent.map(({ code = assert.fail() }) => code);
  assert.equal(codes.length, DOORS.length);
  const all = await everything();
  assert.ok(all.filter(({ where }) => where === 'webhook').length > DOORS.length);
  assert.ok(all.filter(({ where }) => where === 'log').length > DOORS.length);
  const found = codes.flatMap((code) => all.filter(({ text }) => holds(text, code)));
  const disclosed = DOORS.some(({ dialects }) => dialects.includes('oneconnect'));
  assert.deepEqual(
    found.map(({ where }) => where),
    disclosed ? ['/api/v1/mfa/sms_auth'] : [],
  );
  // The wrong ones, too: they are what somebody typed by mistake.
  const wrong = codes.map(wrongCode);
  assert.deepEqual(
    wrong.flatMap((code) => all.filter(({ text }) => holds(text, code))),
    [],
  );
});

/** Everything that the native API can be asked for afterwards. */
async function readBack({ at }: Caller): Promise<void> {
  const headers = { authorization: `Bearer ${at.tenant.secret}` };
  const list = async (path: string): Promise<readonly { readonly id: string }[]> => {
    const reply = await at.ask({ method: 'GET', url: `/otp/v1/${path}`, headers });
    return reply.statusCode === 200 ? (reply.json().items ?? []) : [];
  };
  for (const kind of ['verifications', 'messages', 'events']) {
    const items = await list(`${kind}?limit=100`);
    for (const { id } of items) await list(`${kind}/${id}`);
    for (const { id } of kind === 'verifications' ? items : []) await list(`verifications/${id}/events`);
  }
}

const hasCiam = DIALECTS.some(({ name }) => name === 'ciam');

test('codes of an authenticator app are in no reply, log line, event or webhook', {
  skip: !hasCiam,
}, async (t) => {
  const { at, by, everything } = await open(t);
  const headers = { authorization: `Bearer ${by.token}` };
  const base = '/ciam-mfa/v2';
  const device = { deviceType: 'TOTP', deviceName: 'phone' };
  const enrolled = await by.post(`${base}/users/jdoe/mfadevices`, device, headers);
  const { authId, registrationUri } = enrolled.json();
  const app = URI.parse(registrationUri);
  assert(app instanceof TOTP);
  const codeNow = () => app.generate({ timestamp: at.harness.clock.now() });
  const codes = [codeNow()];
  await by.post(`${base}/users/jdoe/mfadevices/${authId}`, { otp: codeNow() }, headers);
  await at.harness.clock.advance(30_000);
  codes.push(codeNow());
  const start = { userName: 'jdoe', ...device };
  const started = await by.post(`${base}/deviceAuthentications`, start, headers);
  const url = `${base}/deviceAuthentications/${started.json().authId}`;
  await by.post(url, { otp: wrongCode(codeNow()) }, headers);
  assert.equal((await by.post(url, { otp: codeNow() }, headers)).statusCode, 200);

  const all = await everything();
  assert.deepEqual(
    codes.flatMap((code) => all.filter(({ text }) => holds(text, code))),
    [],
  );
  const secret = String(enrolled.json().secret);
  const withSecret = all.filter(({ text }) => text.includes(secret)).map(({ where }) => where);
  assert.deepEqual(withSecret, [`${base}/users/jdoe/mfadevices`]);
});
