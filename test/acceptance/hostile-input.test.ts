/**
 * Threat: input made to be taken for what it is not: codes of every shape, codes of others, ids of others, requests hidden
 * in requests, connections that never finish. Over real HTTP, against the whole product.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { wrongCode } from '../support/engine-harness.ts';
import { createNativeClient, type NativeClient } from '../support/native-client.ts';
import { makeTestFolder, openTestApp, removeTestFolder, type TestApp } from '../support/open-test-app.ts';

const UNKNOWN_ID = '01a1f97d-938c-736a-9a39-ef0407e3cc89';

describe('hostile input', () => {
  let folder: string;
  let running: TestApp;
  let client: NativeClient;
  let stranger: NativeClient;
  let secret: string;
  let numbers = 0;
  before(async () => {
    folder = makeTestFolder();
    running = await openTestApp({ folder, env: { OTPOST_DEMO: 'off' } });
    secret = await makeKey('ops@acme.example');
    client = createNativeClient(running.url, secret);
    stranger = createNativeClient(running.url, await makeKey('ops@other.example'));
  });
  after(async () => {
    await running?.[Symbol.asyncDispose]();
    removeTestFolder(folder);
  });

  async function makeKey(email: string): Promise<string> {
    const { context } = running.app.parts;
    const tenant = await createTenant(context, { name: 'Acme', email });
    return (await createKey(context, { tenantId: tenant.id })).secret;
  }

  async function start(by = client, more: object = {}) {
    numbers += 1;
    const to = `+14155550${100 + numbers}`;
    const { status, body } = await by.start({ to, ...more });
    assert.equal(status, 201, JSON.stringify(body));
    return { to, id: body.id ?? assert.fail(), code: await readCode(to) };
  }

  async function readCode(to: string): Promise<string> {
    for (;;) {
      const [message] = await messagesTo(to);
      if (message) return message.code;
      await new Promise(setImmediate);
    }
  }

  async function messagesTo(to: string): Promise<readonly { readonly code: string }[]> {
    const reply = await fetch(`${running.url}/handset/messages?to=${encodeURIComponent(to)}`);
    return ((await reply.json()) as { messages: { code: string }[] }).messages;
  }

  it('that is no code is refused without costing a guess, and the right code still works', async () => {
    const { id, code } = await start();
    const fullWidth = [...code].map((digit) => String.fromCodePoint(0xfee0 + (digit.codePointAt(0) ?? 0)));
    const shapes: readonly unknown[] = [
      ...['', ' ', '\n', '\u0000', '­', '\u200b', '0'.repeat(10_000), '9'.repeat(60_000)],
      ...[`0${code}`, `00${code}`, `+${code}`, `${code}.0`, `${code}e0`, `0x${code}`, `${code}\u0000`],
      ...[`${code}${code}`, code.slice(1), `${code}' OR '1'='1`, '%', '______', '$ne', '✱✱✱✱✱✱'],
      fullWidth.join(''),
      ...[null, true, Number(code), [code], { code }, { $ne: '' }, [], {}],
    ];
    for (const shape of shapes) {
      const { status, body } = await client.ask('POST', `/verifications/${id}/checks`, { code: shape });
      assert.equal(status, 400, `${JSON.stringify(shape)?.slice(0, 40)} ${JSON.stringify(body)}`);
      assert.equal(body.code, 'invalid_request');
    }
    assert.equal((await client.ask('POST', `/verifications/${id}/checks`, {})).status, 400);
    assert.equal((await client.read(id)).body.checksLeft, 5);
    const checked = await client.check(id, ` ${code.slice(0, 3)} ${code.slice(3)}\n`);
    assert.equal(checked.body.outcome, 'approved');
  });

  it('that is the code of another verification, purpose or tenant is a wrong code or no verification', async () => {
    const one = await start();
    const other = await start();
    const [login, payment] = [
      await start(client, { purpose: 'login' }),
      await start(client, { purpose: 'pay' }),
    ];
    const theirs = await start(stranger);
    for (const [id, code] of [
      [one.id, other.code],
      [login.id, payment.code],
      [one.id, theirs.code],
    ] as const) {
      const { body } = await client.check(id, code);
      assert.equal(body.outcome, 'incorrect');
    }
    for (const code of [theirs.code, wrongCode(theirs.code)]) {
      assert.equal((await client.check(theirs.id, code)).status, 404);
    }
    assert.equal((await stranger.read(theirs.id)).body.checksLeft, 5, 'a stranger spends nobody’s guesses');
  });

  it('that is an id of nobody, of others or of no form is answered in the same words', async () => {
    const { id: othersId } = await start(stranger);
    const forms = [
      UNKNOWN_ID,
      othersId,
      'none',
      '1',
      `${UNKNOWN_ID}0`,
      '..%2f..%2fetc',
      '%00',
      "' OR 1=1 --",
    ];
    for (const [method, tail, body] of [
      ['GET', '', undefined],
      ['POST', '/checks', { code: '123456' }],
      ['POST', '/sends', {}],
      ['POST', '/cancel', {}],
    ] as const) {
      const answers = new Set<string>();
      for (const id of forms) {
        const path = `/verifications/${encodeURIComponent(decodeURIComponent(id))}${tail}`;
        const reply = await client.ask(method, path, body);
        const { requestId: _, instance: __, ...said } = reply.body;
        answers.add(JSON.stringify([reply.status, said]));
      }
      assert.equal(answers.size, 1, [...answers].join('\n'));
      assert.match([...answers][0] ?? '', /^\[404,/);
    }
  });

  it('is bounded in size, depth and breadth', async () => {
    const to = '+14155550199';
    const deep = `{"to":"${to}","metadata":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const wide = JSON.stringify({
      to,
      metadata: Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [i, 'x'])),
    });
    const polluting = `{"to":"${to}","__proto__":{"channel":"email"},"constructor":{"prototype":{}}}`;
    const typed = `{"to":"${to}","metadata":{"a":1}}`;
    for (const [body, statuses] of [
      [deep, [400]],
      [wide, [400]],
      [polluting, [400]],
      [typed, [400]],
      [`"${'x'.repeat(70_000)}"`, [413]],
      ['\ufeff{}', [400]],
      [Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), [400]],
    ] as const) {
      const reply = await fetch(`${running.url}/otp/v1/verifications`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body,
      });
      const said = await reply.text();
      assert.ok(
        (statuses as readonly number[]).includes(reply.status),
        `${String(body).slice(0, 40)}: ${said}`,
      );
      assert.doesNotMatch(said, /\.[jt]s:\d+|node_modules|at Object/);
    }
    assert.deepEqual(await messagesTo(to), []);
  });

  it('that hides a request in the body of another does not get it served', async () => {
    const hidden = '+14155550198';
    const inner = JSON.stringify({ to: hidden });
    const smuggled = [
      'POST /otp/v1/verifications HTTP/1.1',
      'host: a',
      `authorization: Bearer ${secret}`,
      'content-type: application/json',
      `content-length: ${inner.length}`,
      '',
      inner,
    ].join('\r\n');
    const outer = (headers: readonly string[], body: string) =>
      [
        'POST /otp/v1/verifications HTTP/1.1',
        'host: a',
        `authorization: Bearer ${secret}`,
        'content-type: application/json',
        ...headers,
        '',
        body,
      ].join('\r\n');
    const length = `content-length: ${smuggled.length + 5}`;
    for (const [name, bytes] of [
      ['both lengths', outer([length, 'transfer-encoding: chunked'], `0\r\n\r\n${smuggled}`)],
      ['two lengths', outer(['content-length: 0', length], smuggled)],
      ['a list of lengths', outer([`content-length: 0, ${smuggled.length}`], smuggled)],
      ['a signed length', outer(['content-length: +0'], smuggled)],
      ['a space before the colon', outer(['content-length : 0'], smuggled)],
      ['a folded header', outer(['x: y', ' transfer-encoding: chunked', 'content-length: 0'], smuggled)],
      ['an unknown coding', outer(['transfer-encoding: xchunked'], `0\r\n\r\n${smuggled}`)],
      ['chunked said twice', outer(['transfer-encoding: chunked, identity'], `0\r\n\r\n${smuggled}`)],
      ['a chunk size that is none', outer(['transfer-encoding: chunked'], `0x0\r\n\r\n${smuggled}`)],
      ['a bare line feed', outer(['x: y\ncontent-length: 0'], smuggled)],
      ['a nul in a header', outer(['x: \u0000', 'content-length: 0'], smuggled)],
    ] as const) {
      const reply = await exchange(running.url, bytes);
      assert.match(reply, /^HTTP\/1\.1 4\d\d /, name);
      assert.doesNotMatch(reply, /HTTP\/1\.1 2\d\d/, name);
    }
    assert.deepEqual(await messagesTo(hidden), []);
  });

  it('that never comes to its end is given up: headers in ten seconds, a request in thirty', () => {
    const { server } = running.app.server;
    assert.deepEqual([server.headersTimeout, server.requestTimeout], [10_000, 30_000]);
  });
});

/** All that the server says until it closes the connection. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  socket.on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close');
  return said;
}
