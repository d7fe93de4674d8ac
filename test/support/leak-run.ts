/**
 * A run over as many ways through the product as there are, and everything that it left where secrets do not belong:
 * database file and write-ahead log, log, metrics, webhooks, errors. What the run used is handed back, to look for it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TOTP, URI } from 'otpauth';
import { resolveMounts } from '../../src/dialects/mount.ts';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { parseCurl } from '../transcripts/parse-request.ts';
import { wrongCode } from './engine-harness.ts';
import { ofCode, ofEmail, ofNumber, ofText, type Place, type Secret } from './leak-search.ts';
import { createNativeClient } from './native-client.ts';
import { openTestApp } from './open-test-app.ts';
import { createSeededRandomBytes } from './seeded-random.ts';
import { createWebhookReceiver } from './webhook-receiver.ts';

export interface LeakRun {
  readonly places: readonly Place[];
  readonly secrets: readonly Secret[];
}

const TENANT_EMAIL = 'ops@leak-run.example';
const BODY = 'The parcel of Ann Example is at the counter.';
/** Longer codes than usual, which do not turn up anywhere by chance. */
const LONG = { codeLength: 12 };

/** Their example only opens a session or asks for a token. */
const SENDS_NO_CODE: readonly string[] = ['zignsec', 'ciam'];

export async function runForLeaks(folder: string): Promise<LeakRun> {
  const places: Place[] = [];
  const secrets: Secret[] = [ofText('text', BODY)];
  const keep = (name: string, content: string | Buffer) =>
    places.push({ name, content: Buffer.from(content) });
  const lines: string[] = [];
  await using hooks = await createWebhookReceiver();
  await using echo = await createEchoingCarrier();
  const logger = createLogger({
    level: 'trace',
    pretty: false,
    destination: { write: (line) => lines.push(line) },
  });
  {
    const overrides = { logger, randomBytes: createSeededRandomBytes('leaks') };
    const env = { OTPOST_DEMO: 'off' };
    await using running = await openTestApp({ folder, env, yaml: echo.yaml, overrides });
    const { app, url } = running;
    const { context, engine, dispatcher, webhookDispatcher } = app.parts;
    const tenant = await createTenant(context, { name: 'Leak run', email: TENANT_EMAIL });
    const { key, secret } = await createKey(context, { tenantId: tenant.id });
    const principal = { tenant, keyId: key.id, mode: key.mode, scopes: key.scopes };
    await engine.topUp(principal, 1_000_000_000);
    secrets.push(ofText('key', secret), ofText('key', secret.slice(-40)));
    secrets.push(ofText('credentials', `${TENANT_EMAIL}:${secret}`));
    secrets.push(ofText('credentials', `${tenant.id}:${secret}`));

    const steps: Steps = { url, secret, folder, secrets, keep, client: createNativeClient(url, secret) };
    await callNatively(steps, `${hooks.url}/secret-path-of-the-receiver`);
    keepDatabase(steps, 'while codes are live');
    await enroll(steps);
    await callAsVendors(steps, tenant);
    await callWrongly(steps);
    await dispatcher.settled();
    await until(async () => {
      const events = await engine.listEvents(principal, { type: 'message.delivered' }, { limit: 1 });
      return events.items.length > 0;
    });
    await webhookDispatcher.settled();
    keepDatabase(steps, 'at the end');
    const metrics = await fetch(`${url}/metrics`);
    keep('metrics', await metrics.text());
  }
  const native = hooks.posts.filter(({ path }) => path.startsWith('/hooks/'));
  assert.ok(native.length > 5, 'webhooks were posted');
  keep('a webhook', JSON.stringify(native.map(({ headers, body }) => ({ ...headers, body }))));
  assert.ok(lines.length > 50, 'lines were logged');
  keep('the log', lines.join(''));
  const master = readFileSync(join(folder, 'secret'), 'utf8').trim();
  secrets.push(ofText('master secret', master));
  return { places, secrets };
}

interface Steps {
  readonly url: string;
  readonly secret: string;
  readonly folder: string;
  readonly secrets: Secret[];
  readonly keep: (name: string, content: string | Buffer) => void;
  readonly client: ReturnType<typeof createNativeClient>;
}

/** As an attacker would get it who copies the files of a running server. */
function keepDatabase({ folder, keep }: Pick<Steps, 'folder' | 'keep'>, when: string): void {
  for (const name of ['otpost.db', 'otpost.db-wal', 'otpost.db-shm']) {
    const path = join(folder, name);
    if (existsSync(path)) keep(`${name} ${when}`, readFileSync(path));
  }
}

async function callNatively(steps: Steps, webhookUrl: string): Promise<void> {
  const { client, secrets, keep } = steps;
  const endpoint = await client.ask('POST', '/webhook-endpoints', { url: webhookUrl });
  assert.equal(endpoint.status, 201, JSON.stringify(endpoint.body));
  secrets.push(ofText('webhook secret', String(endpoint.body.secret)));
  secrets.push(ofText('webhook address', 'secret-path-of-the-receiver'));
  await client.ask('PUT', '/templates/mine', {
    bodies: { en: 'Hello from us: {{code}}' },
    defaultLocale: 'en',
  });
  const starts: readonly { readonly to: string; readonly [name: string]: unknown }[] = [
    { to: '+14155550141', ...LONG },
    { to: '(415) 555-0142', channel: 'voice', ...LONG },
    { to: 'ann.leaks+tag@people.example', ...LONG },
    { to: '+14155550143', template: 'mine', codeAlphabet: 'alphanumeric', ...LONG },
    { to: '+14155550144', locale: 'ka', brand: 'Acme', webOtpDomain: 'acme.example', ...LONG },
    { to: '+14155550145', clientReference: 'order-7', metadata: { order: '7' }, ...LONG },
  ];
  for (const body of starts) {
    const started = await client.start(body, `key-of-${body.to.length}-${starts.indexOf(body)}`);
    if (started.status !== 201) {
      // A number in the way people write it needs a country, which this tenant has not: the error must not repeat it.
      keep('an error', JSON.stringify(started.body));
      secrets.push(ofNumber('+14155550142'));
      continue;
    }
    const id = started.body.id ?? assert.fail();
    const to = String(started.body.to);
    secrets.push(to.includes('@') ? ofEmail(to) : ofNumber(to));
    const code = await readCode(steps, to);
    const wrong = wrongCode(code);
    secrets.push(ofCode(code), ofCode(wrong));
    await client.check(id, wrong);
    if (body.clientReference) for (let turn = 0; turn < 6; turn += 1) await client.check(id, wrong);
    else if (body.locale) keep('an error', JSON.stringify((await client.sendAgain(id)).body));
    else if (body.template) await client.cancel(id);
    else await client.check(id, code);
    await client.read(id);
    await client.ask('POST', '/verifications/search', { to });
    await client.ask('POST', '/recipients/unblock', { to });
  }
  await client.text({ to: '+14155550146', body: BODY });
  secrets.push(ofNumber('+14155550146'));
  for (const to of ['+19075550102', '+19075550103', '+19075550109', 'undelivered@example.com']) {
    await client.start({ to, ...LONG });
    secrets.push(to.includes('@') ? ofText('e-mail address', to) : ofNumber(to));
  }
}

async function enroll({ client, secrets, keep }: Steps): Promise<void> {
  const device = await client.ask('POST', '/subjects/ann/devices', { type: 'totp', name: 'Phone of Ann' });
  assert.equal(device.status, 201, JSON.stringify(device.body));
  const authenticator = URI.parse(String(device.body.uri));
  assert(authenticator instanceof TOTP);
  const { base32, hex, buffer } = authenticator.secret;
  secrets.push(ofText('TOTP secret', base32), ofText('TOTP secret', hex.toLowerCase()));
  secrets.push({ kind: 'TOTP secret', spellings: [Buffer.from(buffer).toString('base64')] });
  secrets.push(ofText('device name', 'Phone of Ann'));
  const path = `/subjects/ann/devices/${device.body.id}`;
  const code = authenticator.generate();
  secrets.push(ofCode(code), ofCode(wrongCode(code)));
  await client.ask('POST', `${path}/activate`, { code: wrongCode(code) });
  await client.ask('POST', `${path}/activate`, { code });
  await client.ask('POST', `${path}/checks`, { code });
  const refused = await client.ask('POST', '/subjects/ann/devices', { type: 'totp', name: 'Phone of Ann' });
  keep('an error', JSON.stringify(refused.body));
}

async function callAsVendors(
  steps: Steps,
  tenant: { readonly id: string; readonly email: string },
): Promise<void> {
  const { url, secret, secrets } = steps;
  let line = 150;
  for (const { dialect, prefix } of resolveMounts(DIALECTS, {})) {
    line += 1;
    const to = `+14155550${line}`;
    const { id: tenantId, email } = tenant;
    const curl = dialect.exampleCurl({ baseUrl: url + prefix, tenantId, email, secret, to });
    const { method, path, headers, body } = parseCurl(curl);
    const reply = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
    assert.ok(reply.status < 300, `${dialect.name}: ${reply.status} ${await reply.text()}`);
    secrets.push(ofNumber(to));
    if (!SENDS_NO_CODE.includes(dialect.name)) secrets.push(ofCode(await readCode(steps, to)));
  }
  const granted = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${tenant.id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  secrets.push(ofText('access token', token), ofText('access token', token.split('.')[2] ?? ''));
}

async function callWrongly({ client, url, secret, keep, secrets }: Steps): Promise<void> {
  const number = '+14155550198';
  secrets.push(ofNumber(number), ofEmail('bob.leaks@people.example'), ofCode('482916350017'));
  const wrongs: readonly (readonly [string, string, object])[] = [
    ['POST', '/verifications', { to: `${number}99999` }],
    ['POST', '/verifications', { to: number, channel: 'email' }],
    ['POST', '/verifications', { to: 'bob.leaks@people.example', channel: 'sms' }],
    ['POST', '/verifications', { to: number, [number]: true }],
    ['POST', '/verifications', { to: [number] }],
    ['POST', '/verifications/none/checks', { code: '482916350017' }],
    ['POST', '/messages', { to: number, body: '' }],
    ['GET', `/verifications?to=${encodeURIComponent(number)}`, {}],
  ];
  for (const [method, path, body] of wrongs) {
    const reply = await client.ask(method, path, method === 'GET' ? undefined : body);
    assert.ok(reply.status >= 400, `${path} ${reply.status}`);
    keep(
      `the error of ${path.replace(/\?.*/, '?…')} ${wrongs.findIndex((each) => each[2] === body)}`,
      JSON.stringify(reply.body),
    );
  }
  const broken = await fetch(`${url}/otp/v1/verifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: `{"to":"${number}"`,
  });
  keep('the error of a broken body', await broken.text());
  const stranger = await createNativeClient(url, `${secret}0`).start({ to: number });
  assert.equal(stranger.status, 401);
  keep('the error of a stranger', JSON.stringify(stranger.body));
  // The address is in the URL by the caller's own doing.
  const inPath = await client.ask('GET', `/verifications/${encodeURIComponent(number)}`);
  keep('the error of a number for an id', JSON.stringify(inPath.body));
}

/** The newest code on the simulated phone; messages are dispatched after the reply. */
async function readCode({ url }: Pick<Steps, 'url'>, to: string): Promise<string> {
  let code: string | undefined;
  await until(async () => {
    const reply = await fetch(`${url}/handset/messages?to=${encodeURIComponent(to)}`);
    const { messages } = (await reply.json()) as { messages: readonly { code?: string }[] };
    code = messages[0]?.code;
    return code !== undefined;
  });
  return code ?? assert.fail();
}

/** Some seconds of looking: what has not happened by then never will, and a test must not hang. */
const LOOKS_MAX = 10_000;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await isSo()); looks += 1) {
    assert.ok(looks < LOOKS_MAX, 'what was waited for did not happen');
    await new Promise(setImmediate);
  }
}

/** An aggregator whose refusals repeat all that it was sent, asked before the phone. */
async function createEchoingCarrier() {
  const server = createServer((request, reply) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      reply.statusCode = 400;
      reply.end(JSON.stringify({ error: `cannot send ${request.url} ${body}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    yaml: [
      'carriers:',
      '  phone: { kind: handset }',
      '  echo:',
      '    kind: http',
      '    channels: [sms, voice, email]',
      `    request: { url: "http://127.0.0.1:${port}/{{toDigits}}", json: { to: "{{to}}", text: "{{body}}" } }`,
      'routes:',
      '  - { channel: sms, carriers: [echo, phone] }',
      '  - { channel: voice, carriers: [echo, phone] }',
      '  - { channel: email, carriers: [echo, phone] }',
      'outbound: { allowHttp: true, allowRanges: ["127.0.0.1/32"] }',
      '',
    ].join('\n'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
