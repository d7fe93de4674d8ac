import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInbox, type HandsetMessage, LISTED_MAX, MESSAGES_PER_PHONE_MAX, PHONES_MAX } from './inbox.ts';

const sms = (id: string, to = '+14155550123', receivedAtMs = 0): HandsetMessage => ({
  id,
  to,
  from: 'Acme',
  channel: 'sms',
  body: `Your code is ${id}`,
  receivedAtMs,
});
const ids = (messages: readonly HandsetMessage[]) => messages.map((message) => message.id);

describe('the inbox of the simulated phones', () => {
  it('lists the newest first, over all phones or of one', () => {
    const inbox = createInbox();
    inbox.add(sms('a'));
    inbox.add(sms('b', '+14155550124'));
    inbox.add(sms('c'));
    assert.deepEqual(ids(inbox.list()), ['c', 'b', 'a']);
    assert.deepEqual(ids(inbox.list('+14155550123')), ['c', 'a']);
    assert.deepEqual(inbox.list('+14155550125'), []);
  });

  it('orders by arrival also when the clock steps back', () => {
    const inbox = createInbox();
    inbox.add(sms('a', '+14155550123', 2000));
    inbox.add(sms('b', '+14155550124', 1000));
    assert.deepEqual(ids(inbox.list()), ['b', 'a']);
  });

  it('finds a mailbox in any case', () => {
    const inbox = createInbox();
    inbox.add(sms('a', 'Ann@example.net'));
    assert.deepEqual(ids(inbox.list('ann@EXAMPLE.net')), ['a']);
  });

  it('keeps the newest messages of a phone', () => {
    const inbox = createInbox();
    for (let n = 0; n <= MESSAGES_PER_PHONE_MAX; n += 1) inbox.add(sms(String(n)));
    const kept = ids(inbox.list('+14155550123'));
    assert.equal(kept.length, MESSAGES_PER_PHONE_MAX);
    assert.equal(kept.at(-1), '1');
  });

  it('forgets the phone that has been quiet for longest, not the oldest one', () => {
    const inbox = createInbox();
    const phone = (n: number) => `+1415555${String(n).padStart(4, '0')}`;
    for (let n = 0; n < PHONES_MAX; n += 1) inbox.add(sms(String(n), phone(n)));
    inbox.add(sms('again', phone(0)));
    inbox.add(sms('new', phone(PHONES_MAX)));
    assert.deepEqual(ids(inbox.list(phone(0))), ['again', '0']);
    assert.deepEqual(inbox.list(phone(1)), []);
    assert.deepEqual(ids(inbox.list(phone(PHONES_MAX))), ['new']);
  });

  it('lists no more than a page can show', () => {
    const inbox = createInbox();
    for (let n = 0; n < PHONES_MAX; n += 1)
      for (let m = 0; m < 4; m += 1) inbox.add(sms(`${n}.${m}`, `+1415555${String(n).padStart(4, '0')}`));
    assert.equal(inbox.list().length, LISTED_MAX);
  });

  it('tells each subscriber until it leaves', () => {
    const inbox = createInbox();
    const seen: string[] = [];
    const leave = inbox.subscribe((message) => seen.push(`first ${message.id}`));
    inbox.subscribe((message) => seen.push(`second ${message.id}`));
    inbox.add(sms('a'));
    leave();
    inbox.add(sms('b'));
    assert.deepEqual(seen, ['first a', 'second a', 'second b']);
  });
});
