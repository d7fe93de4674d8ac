// The whole product with the configuration of the design and a real SMSC over TCP, with TLS on and off: a code goes out by SMPP,
// its receipt comes back, and it is approved. Every wait is for an event.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { createSmsc } from '../../src/smsc/smsc.ts';
import type { SubmittedMessage } from '../../src/smsc/submitted-messages.ts';
import { makeTestFolder, openTestApp, removeTestFolder, type TestApp } from '../support/open-test-app.ts';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../support/test-certificate.ts';

const NUMBER = '+14155550150';
const ENVIRONMENT = { SMPP_PASSWORD: 'secret', TWILIO_TOKEN: 'never used' };

/** DESIGN §2, with a host that is there. */
function designConfig(port: number, tls: string): string {
  return `
carriers:
  main:  { kind: smpp, host: 127.0.0.1, port: ${port}, systemId: acme, password: \${SMPP_PASSWORD}, binds: 2, window: 50, messagesPerSecond: 100${tls} }
  spare: { kind: twilio, accountSid: AC0123456789abcdef0123456789abcdef, authToken: \${TWILIO_TOKEN}, from: "+15005550006" }
  mail:  { kind: smtp, url: "smtps://mail.test", from: "Acme <no-reply@acme.example>" }
  phone: { kind: handset }
routes:
  - { channel: sms, prefix: "+91", carriers: [spare] }
  - { channel: sms, carriers: [main, spare] }
`;
}

async function makeCredentials({ app }: TestApp) {
  const { context } = app.parts;
  const tenant = await createTenant(context, { name: 'Acme', email: 'ops@acme.example' });
  const { secret } = await createKey(context, { tenantId: tenant.id });
  const basic = Buffer.from(`${tenant.id}:${secret}`).toString('base64');
  return { signalwire: `Basic ${basic}`, native: `Bearer ${secret}` };
}

function healthOfMain({ app }: TestApp) {
  return app.parts.carriers.find(({ id }) => id === 'main')?.health();
}

async function ask<T>(url: string, authorization: string, body?: object): Promise<T> {
  const headers = { authorization, 'content-type': 'application/json' };
  const reply = await fetch(url, {
    headers,
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  assert.ok(reply.ok, `${url} answered ${reply.status}`);
  return (await reply.json()) as T;
}

for (const isTls of [false, true]) {
  test(`a code of SignalWire’s dialect goes out by SMPP ${isTls ? 'over TLS' : 'in the clear'}, its receipt comes back, it is approved`, async () => {
    const submitted = Promise.withResolvers<SubmittedMessage>();
    const smsc = createSmsc({
      accounts: { acme: ENVIRONMENT.SMPP_PASSWORD },
      onSubmit: submitted.resolve,
      ...(isTls && { tls: { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY } }),
    });
    const port = await smsc.listen();
    const folder = makeTestFolder();
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, TEST_CERTIFICATE);
    const tls = isTls ? `, tls: { ca: "${ca}", servername: service.test }` : '';
    try {
      await using server = await openTestApp({ folder, env: ENVIRONMENT, yaml: designConfig(port, tls) });
      const credentials = await makeCredentials(server);
      // Before that the message would go to Twilio.
      while (healthOfMain(server)?.state !== 'up') await new Promise(setImmediate);
      const mfa = `${server.url}/api/relay/rest/mfa`;
      const body = { to: NUMBER, from: 'Acme', message: 'Your Acme code is:' };
      const { id } = await ask<{ id: string }>(`${mfa}/sms`, credentials.signalwire, body);

      const message = await submitted.promise;
      assert.deepEqual([message.source, message.destination], ['Acme', NUMBER.slice(1)]);
      // An hour is the life of this dialect's codes.
      assert.match(message.validityPeriod, /^0000000(?:05\d|10000)\d*000R$/);

      const read = () =>
        ask<{ status: string; messages: readonly { status: string; carrier?: string }[] }>(
          `${server.url}/otp/v1/verifications/${id}`,
          credentials.native,
        );
      let verification = await read();
      while (verification.messages[0]?.status !== 'delivered') verification = await read();
      assert.deepEqual([verification.status, verification.messages[0]?.carrier], ['pending', 'main']);

      const token = /\d{6}/.exec(message.text)?.[0];
      const verified = await ask<{ success: boolean }>(`${mfa}/${id}/verify`, credentials.signalwire, {
        token,
      });
      assert.equal(verified.success, true);
      assert.equal((await read()).status, 'approved');
      assert.equal(smsc.submitted.total, 1);
    } finally {
      await smsc.destroy();
      removeTestFolder(folder);
    }
  });
}

test('an SMSC that is down holds up no start, and readiness says what is missing', async () => {
  const folder = makeTestFolder();
  const gone = createSmsc();
  const port = await gone.listen();
  await gone.destroy();
  try {
    await using server = await openTestApp({ folder, env: ENVIRONMENT, yaml: designConfig(port, '') });
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    for (;;) {
      const health = healthOfMain(server);
      assert.equal(health?.state, 'down');
      if (health.detail?.includes('ECONNREFUSED')) break;
      await new Promise(setImmediate);
    }
  } finally {
    removeTestFolder(folder);
  }
});
