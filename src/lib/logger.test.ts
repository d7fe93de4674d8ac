import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCapturingLogger } from '../../test/support/capturing-logger.ts';
import { createLogger, type Logger } from './logger.ts';

const AT_MS = 1_769_850_305_000;

function capture(options: { readonly level?: 'info' | 'debug'; readonly pretty?: boolean } = {}) {
  const lines: string[] = [];
  const logger: Logger = createLogger({
    level: options.level ?? 'info',
    pretty: options.pretty ?? false,
    destination: { write: (line) => lines.push(line) },
    clock: () => AT_MS,
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

test('an event is one line of JSON with level, time and message, and nothing of the machine', () => {
  const { logger, lines, last } = capture();
  logger.info({ verificationId: 'v1', note: 'two\nlines' }, 'verification started');
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1);
  assert.deepEqual(last(), {
    level: 'info',
    time: '2026-01-31T09:05:05.000Z',
    verificationId: 'v1',
    note: 'two\nlines',
    msg: 'verification started',
  });
});

test('lines below the level are not written', () => {
  const { logger, lines } = capture();
  logger.debug({}, 'quiet');
  assert.deepEqual(lines, []);
});

test('a child adds its fields to each line, and they are redacted too', () => {
  const { logger, last } = capture();
  logger.child({ requestId: 'r1', authorization: 'Bearer hush' }).warn({ status: 401 }, 'refused');
  assert.deepEqual([last().requestId, last().authorization], ['r1', '[redacted]']);
  assert.equal(last().status, 401);
});

const leaky: readonly Readonly<Record<string, unknown>>[] = [
  { authorization: 'HUSH' },
  { Authorization: 'HUSH' },
  { to: 'HUSH' },
  { from: 'HUSH' },
  { code: 'HUSH' },
  { body: 'HUSH' },
  { body: { any: 'HUSH' } },
  { text: 'HUSH' },
  { client_secret: 'HUSH' },
  { 'client-secret': 'HUSH' },
  { clientSecret: ['HUSH'] },
  { access_token: 'HUSH' },
  { req: { headers: { 'set-cookie': ['HUSH'] } } },
  { list: [{ deep: { password: 'HUSH' } }] },
  { url: '/handset/messages?to=HUSH' },
  { url: '/a#HUSH' },
  { payload: Buffer.from('HUSH') },
  { target: new URL('https://user:HUSH@example.com') },
  { many: new Map([['a', 'HUSH']]) },
  { a: { b: { c: { d: { e: { f: 'HUSH' } } } } } },
  { err: Object.assign(new Error('duplicate key'), { detail: 'Key (to)=(HUSH)', parameters: ['HUSH'] }) },
  { err: new Error('outer', { cause: Object.assign(new Error('inner'), { body: 'HUSH' }) }) },
  { long: `${'x'.repeat(2_000)}HUSH` },
];

for (const [index, fields] of leaky.entries()) {
  test(`what must not be logged is not: ${index} ${Object.keys(fields).join()}`, () => {
    const { logger, lines } = capture();
    logger.error(fields, 'event');
    assert.doesNotMatch(lines[0] ?? '', /HUSH|72,85,83,72/);
    assert.match(lines[0] ?? '', /"msg":"event"/);
    logger.child(fields).error({}, 'event');
    assert.doesNotMatch(lines[1] ?? '', /HUSH|72,85,83,72/);
  });
}

test('an error is spelled out with its code, reason and causes', () => {
  const { logger, last } = capture();
  const cause = Object.assign(new TypeError('inner'), { code: 'ECONNREFUSED' });
  const err = Object.assign(new Error('outer', { cause }), { reason: 'connect' });
  logger.error({ err }, 'carrier failed');
  const logged = last().err as Record<string, unknown>;
  assert.equal(logged.message, 'outer');
  assert.equal(logged.reason, 'connect');
  assert.match(String(logged.stack), /logger\.test\.ts/);
  assert.deepEqual(
    { ...(logged.cause as object), stack: '' },
    { type: 'TypeError', message: 'inner', stack: '', code: 'ECONNREFUSED' },
  );
});

test('a cyclic, huge or odd object is logged in bounded form', () => {
  const { logger, lines, last } = capture();
  const cycle: Record<string, unknown> = { size: 10n, run: () => 1, nothing: null };
  cycle.self = cycle;
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`, i]));
  logger.info({ cycle, wide, list: Array.from({ length: 1_000 }, () => 'x') }, 'odd');
  assert((lines[0]?.length ?? 0) < 3_000);
  assert.equal((last().cycle as Record<string, unknown>).size, '10');
});

test('the pretty form is text on one line with the same redaction, written before the call returns', () => {
  const { logger, lines } = capture({ pretty: true });
  logger.info({ messageId: 'm1', to: '+14155550123' }, 'message sent');
  const text = lines.join('');
  assert.match(text, /INFO.*message sent.*m1.*\[redacted\]/);
  assert.doesNotMatch(text, /4155550123/);
});

test('a capturing logger keeps what its children were told', () => {
  const logger = createCapturingLogger();
  logger.child({ a: 1 }).child({ b: 2 }).warn({ c: 3 }, 'event');
  assert.deepEqual(logger.lines, [{ level: 'warn', message: 'event', fields: { a: 1, b: 2, c: 3 } }]);
});
