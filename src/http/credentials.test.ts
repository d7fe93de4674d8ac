/** Threats: guessing secrets from one address or one IPv6 subscriber, locking others out, flooding memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeEngine, FAKE_SECRET, fakePrincipal } from '../../test/support/fake-engine.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { EngineError } from '../core/errors.ts';
import { toAddressGroup, UNREADABLE_ADDRESS } from './client-address.ts';
import { createAuthenticator, parseBasic, parseBearer, parseHeader } from './credentials.ts';
import { createFailureLimiter } from './failure-limiter.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('a Bearer value is read, and anything else is none', () => {
  assert.equal(parseBearer('Bearer abc.DEF-1_2'), 'abc.DEF-1_2');
  assert.equal(parseBearer('bearer  abc'), 'abc');
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Token a',
    'Bearerabc',
    'Bearer é',
  ]) {
    assert.equal(parseBearer(header), undefined, String(header));
  }
  assert.equal(parseBearer(`Bearer ${'a'.repeat(5000)}`), undefined);
});

test('Basic credentials end the user name at the first colon, and need both parts', () => {
  assert.deepEqual(parseBasic(basic('me@acme.example:se:cret')), {
    user: 'me@acme.example',
    secret: 'se:cret',
  });
  for (const text of ['', ':', 'user', 'user:', ':secret'])
    assert.equal(parseBasic(basic(text)), undefined, text);
  for (const header of [undefined, 'Basic', 'Basic ?', 'Basic YTpi YTpi', `Basic ${'A'.repeat(5000)}`]) {
    assert.equal(parseBasic(header), undefined, String(header));
  }
});

test('a named header is read when it comes once and is printable', () => {
  assert.equal(parseHeader({ 'x-key': 'abc' }, 'x-key'), 'abc');
  for (const value of [undefined, '', 'a b', ['a', 'b'], 'x'.repeat(5000)]) {
    assert.equal(parseHeader({ 'x-key': value } as never, 'x-key'), undefined);
  }
});

test('addresses are grouped as one subscriber has them', () => {
  for (const [address, group] of [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', UNREADABLE_ADDRESS],
    ['', UNREADABLE_ADDRESS],
    [undefined, UNREADABLE_ADDRESS],
  ] as const) {
    assert.equal(toAddressGroup(address), group, String(address));
  }
});

function authenticatorFor(secret = FAKE_SECRET, scopes = fakePrincipal().scopes) {
  const clock = createManualClock();
  const fake = createFakeEngine({
    authenticate: async (given) => (given.secret === secret ? fakePrincipal(scopes) : undefined),
  });
  const authenticator = createAuthenticator({ engine: fake.engine, clock: clock.now });
  const codeOf = async (ip: string, given: string | undefined) => {
    try {
      await authenticator.authenticate({ ip }, given === undefined ? undefined : { secret: given }, 'verify');
      return 'ok';
    } catch (error) {
      assert.ok(error instanceof EngineError);
      const { retryAfterSeconds } = error.details;
      return retryAfterSeconds === undefined ? error.code : `${error.code} ${retryAfterSeconds}`;
    }
  };
  return { ...fake, clock, codeOf };
}

test('twenty failures pass, then one each half minute', async () => {
  const { codeOf, clock } = authenticatorFor();
  for (let failure = 0; failure < 20; failure += 1)
    assert.equal(await codeOf('192.0.2.1', 'no'), 'unauthenticated');
  assert.equal(await codeOf('192.0.2.1', 'no'), 'credentials_limited 30');
  await clock.advance(29_500);
  assert.equal(await codeOf('192.0.2.1', 'no'), 'credentials_limited 1');
  await clock.advance(500);
  assert.equal(await codeOf('192.0.2.1', 'no'), 'unauthenticated');
  assert.equal(await codeOf('192.0.2.1', 'no'), 'credentials_limited 30');
});

test('a limited address learns nothing, not even from a right secret, and nothing is looked up for it', async () => {
  const { codeOf, calls } = authenticatorFor();
  for (let failure = 0; failure < 20; failure += 1) await codeOf('192.0.2.1', 'no');
  const before = calls.length;
  assert.equal(await codeOf('192.0.2.1', FAKE_SECRET), 'credentials_limited 30');
  assert.equal(calls.length, before);
});

test('one IPv6 subscriber is one address; a neighbour and an IPv4 caller are others', async () => {
  const { codeOf } = authenticatorFor();
  for (let failure = 0; failure < 20; failure += 1) await codeOf(`2001:db8:1:2::${failure}`, 'no');
  assert.equal(await codeOf('2001:db8:1:2:ffff::1', FAKE_SECRET), 'credentials_limited 30');
  assert.equal(await codeOf('2001:db8:1:3::1', FAKE_SECRET), 'ok');
  for (let failure = 0; failure < 20; failure += 1) await codeOf('192.0.2.9', 'no');
  assert.equal(await codeOf('::ffff:192.0.2.9', FAKE_SECRET), 'credentials_limited 30');
});

test('successes are never counted and forgive nothing', async () => {
  const { codeOf } = authenticatorFor();
  for (let call = 0; call < 100; call += 1) assert.equal(await codeOf('192.0.2.1', FAKE_SECRET), 'ok');
  for (let failure = 0; failure < 20; failure += 1) {
    assert.equal(await codeOf('192.0.2.1', 'no'), 'unauthenticated');
    if (failure < 19) assert.equal(await codeOf('192.0.2.1', FAKE_SECRET), 'ok');
  }
  assert.equal(await codeOf('192.0.2.1', FAKE_SECRET), 'credentials_limited 30');
});

test('failures that were looked up at once do not all get the same answer', async () => {
  const { codeOf } = authenticatorFor();
  const answers = await Promise.all(Array.from({ length: 50 }, () => codeOf('192.0.2.1', 'no')));
  assert.equal(answers.filter((answer) => answer === 'unauthenticated').length, 20);
});

test('no credentials are no attempt', async () => {
  const { codeOf, calls } = authenticatorFor();
  for (let call = 0; call < 30; call += 1)
    assert.equal(await codeOf('192.0.2.1', undefined), 'unauthenticated');
  assert.equal(await codeOf('192.0.2.1', FAKE_SECRET), 'ok');
  assert.equal(calls.length, 1);
});

test('a key without the scope is told so, which is no failed credential', async () => {
  const { codeOf } = authenticatorFor(FAKE_SECRET, ['messages']);
  for (let call = 0; call < 30; call += 1)
    assert.equal(await codeOf('192.0.2.1', FAKE_SECRET), 'scope_missing');
});

test('a clock that steps back does not lengthen a wait', () => {
  const clock = createManualClock();
  const limiter = createFailureLimiter(clock.now);
  for (let failure = 0; failure < 20; failure += 1) limiter.recordFailure('a');
  clock.step(clock.now() - 3_600_000);
  assert.equal(limiter.retryAfterSeconds('a'), 30);
});

test('memory is bounded: those that failed longest ago are forgotten first', () => {
  const clock = createManualClock();
  const limiter = createFailureLimiter(clock.now, 3);
  for (const group of ['a', 'b', 'a', 'c', 'd']) for (let n = 0; n < 20; n += 1) limiter.recordFailure(group);
  assert.equal(limiter.retryAfterSeconds('b'), undefined);
  for (const group of ['a', 'c', 'd']) assert.equal(limiter.retryAfterSeconds(group), 30, group);
});

test('what is paid off is dropped in time', async () => {
  const clock = createManualClock();
  const limiter = createFailureLimiter(clock.now);
  limiter.recordFailure('a');
  assert.equal(limiter.isEmpty(), false);
  await clock.advance(600_000);
  limiter.recordFailure('b');
  await clock.advance(600_000);
  assert.equal(limiter.retryAfterSeconds('a'), undefined);
  assert.equal(limiter.retryAfterSeconds('b'), undefined);
});
