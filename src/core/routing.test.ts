import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { carriersFor, type Route, type RoutedMessage, senderTypeOf } from './routing.ts';

const message: RoutedMessage = { channel: 'sms', to: '+918212345212', country: 'IN', tenantId: 'acme' };
const by = (id: string, conditions: Partial<Route> = {}): Route => ({
  channel: 'sms',
  carriers: [{ id }],
  ...conditions,
});
const choose = (routes: readonly Route[], of: Partial<RoutedMessage> = {}, random = () => 0.5) =>
  carriersFor(routes, { ...message, ...of }, random);

describe('a route', () => {
  it('is the one of the longest prefix, wherever it stands', () => {
    const routes = [
      by('any'),
      by('india', { prefix: '+91' }),
      by('pune', { prefix: '+9182' }),
      by('usa', { prefix: '+1' }),
    ];
    assert.deepEqual(choose(routes), ['pune']);
    assert.deepEqual(choose(routes, { to: '+917000000000' }), ['india']);
    assert.deepEqual(choose(routes, { to: '+441', country: 'GB' }), ['any']);
  });
  it('of a tenant comes before every other', () => {
    const routes = [
      by('pune', { prefix: '+9182' }),
      by('own', { tenant: 'acme' }),
      by('theirs', { tenant: 'other' }),
    ];
    assert.deepEqual(choose(routes), ['own']);
  });
  it('is chosen by country and by type of sender', () => {
    const routes = [
      by('any'),
      by('india', { country: 'IN' }),
      by('names', { country: 'IN', sender: 'alphanumeric' }),
    ];
    assert.deepEqual(choose(routes), ['india']);
    assert.deepEqual(choose(routes, { sender: 'Acme' }), ['names']);
    assert.deepEqual(choose(routes, { sender: '+1 (415) 555-0100' }), ['india']);
    assert.deepEqual(choose(routes, { country: undefined }), ['any']);
  });
  it('is none for another channel', () => {
    assert.deepEqual(choose([by('any')], { channel: 'voice' }), []);
  });
});

describe('the carriers of a route', () => {
  const carriers = [
    { id: 'a', weight: 1, costMicros: 30 },
    { id: 'b', weight: 3, costMicros: 10 },
    { id: 'c' },
  ];
  it('stand in the order of the route', () => {
    assert.deepEqual(choose([by('', { carriers })]), ['a', 'b', 'c']);
  });
  it('stand from the cheapest, those of unknown cost last', () => {
    assert.deepEqual(choose([by('', { carriers, choose: 'cheapest' })]), ['b', 'a', 'c']);
  });
  it('come first in proportion to their weights, each exactly once', () => {
    const first = new Map<string, number>();
    for (let draw = 0; draw < 500; draw += 1) {
      let calls = 0;
      const order = choose([by('', { carriers, choose: 'weighted' })], {}, () =>
        calls++ === 0 ? draw / 500 : 0.99,
      );
      assert.deepEqual(order.toSorted(), ['a', 'b', 'c']);
      first.set(order[0] ?? '', (first.get(order[0] ?? '') ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(first), { a: 100, b: 300, c: 100 });
  });
});

it('a sender of digits is a number', () => {
  assert.equal(senderTypeOf('+123456789'), 'numeric');
  assert.equal(senderTypeOf('12345'), 'numeric');
  assert.equal(senderTypeOf('Acme1'), 'alphanumeric');
});
