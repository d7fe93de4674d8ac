// What a session does with its peer's requests, with what cannot be read, and with silence.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../../test/support/manual-timers.ts';
import { createSessionWithPeer, outcomeOf } from '../../test/support/session-with-peer.ts';
import type { OutgoingPdu } from './pdu.ts';
import { encodePdu } from './pdu.ts';
import type { Reply } from './session-options.ts';

const deliver = (sequence: number): OutgoingPdu => ({ command: 'deliver_sm', sequence });

describe('requests of the peer', () => {
  it('are answered when their handler is done, and not before', async () => {
    const handling = Promise.withResolvers<Reply>();
    const { peer } = createSessionWithPeer({ onRequest: () => handling.promise });
    peer.send(deliver(7));
    await settle();
    assert.deepEqual(peer.received, []);
    handling.resolve({ status: 0 });
    await settle();
    assert.deepEqual(peer.sequences('deliver_sm_resp'), [7]);
  });

  it('beyond what may run at once are not even read, while link checks before them are answered', async () => {
    const waiting: (() => void)[] = [];
    const { peer } = createSessionWithPeer({
      incomingMax: 3,
      onRequest: () => new Promise((resolve) => waiting.push(() => resolve({}))),
    });
    peer.send({ command: 'enquire_link', sequence: 99 });
    for (let sequence = 1; sequence <= 2_000; sequence++) peer.send(deliver(sequence));
    await settle();
    assert.equal(waiting.length, 3);
    assert.deepEqual(peer.sequences('enquire_link_resp'), [99]);
    assert.ok(peer.stream.writableLength > 0, 'the flood was read to its end');
    for (let rounds = 0; waiting.length > 0; rounds++) {
      assert.ok(rounds < 2_000);
      assert.ok(waiting.length <= 3);
      for (const finish of waiting.splice(0)) finish();
      await settle(2);
    }
    assert.equal(peer.sequences('deliver_sm_resp').length, 2_000);
  });

  it('whose handler fails are answered with a temporary error', async () => {
    const faults: unknown[] = [];
    const { session, peer } = createSessionWithPeer({
      onFault: (error) => faults.push(error),
      onRequest: (request) => {
        if (request.sequence === 1) throw new Error('at once');
        return Promise.reject(new Error('later'));
      },
    });
    peer.send(deliver(1), deliver(2));
    await settle();
    assert.deepEqual(
      peer.received.map(({ command, status }) => [command, status]),
      [
        ['deliver_sm_resp', 0x64],
        ['deliver_sm_resp', 0x64],
      ],
    );
    assert.equal(faults.length, 2);
    assert.equal(session.counts.handlerFaults, 2);
  });

  it('that nobody handles are nacked, and what has no response gets none', async () => {
    const { peer } = createSessionWithPeer();
    peer.send(deliver(4));
    await settle();
    assert.deepEqual(
      peer.received.map(({ command, status, sequence }) => [command, status, sequence]),
      [['generic_nack', 3, 4]],
    );
    const handled = createSessionWithPeer({ onRequest: () => ({}) });
    handled.peer.send({ command: 'outbind', sequence: 1 }, { command: 'alert_notification', sequence: 2 });
    await settle();
    assert.deepEqual(handled.peer.received, []);
    assert.ok(handled.session.isOpen);
  });

  it('that cannot be read are nacked with their number; a peer that sends nothing else is closed', async () => {
    const { session, peer } = createSessionWithPeer();
    const unknown = encodePdu({ command: 'enquire_link', sequence: 5 });
    unknown.writeUInt32BE(0x0fff, 4);
    peer.stream.write(unknown);
    await settle();
    assert.deepEqual(
      peer.received.map(({ command, status, sequence }) => [command, status, sequence]),
      [['generic_nack', 3, 5]],
    );
    for (let i = 0; i < 15; i++) peer.stream.write(unknown);
    assert.equal(await session.closed, 'too-many-faults');
  });

  it('behind an impossible length end the session, after a generic_nack', async () => {
    const { session, peer } = createSessionWithPeer();
    const request = outcomeOf(session.request('submit_sm'));
    peer.stream.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    assert.equal(await session.closed, 'framing-lost');
    assert.equal(await request, 'unknown: disconnected');
    await settle();
    assert.deepEqual(
      peer.received.map(({ command, status }) => [command, status]),
      [
        ['submit_sm', 0],
        ['generic_nack', 2],
      ],
    );
  });
});

describe('the link', () => {
  it('is checked after silence only, and closed when the check is not answered', async () => {
    const { session, timers, peer } = createSessionWithPeer({
      enquireLinkIntervalMs: 1_000,
      responseTimeoutMs: 500,
    });
    await timers.advance(900);
    peer.send({ command: 'enquire_link', sequence: 1 });
    await timers.advance(900);
    assert.deepEqual(peer.sequences('enquire_link'), []);
    await timers.advance(100);
    assert.deepEqual(peer.sequences('enquire_link'), [1]);
    peer.send({ command: 'enquire_link_resp', sequence: 1 });
    await timers.advance(1_000);
    assert.deepEqual(peer.sequences('enquire_link'), [1, 2]);
    assert.ok(session.isOpen);
    await timers.advance(500);
    assert.equal(await session.closed, 'link-dead');
    assert.equal(timers.pending, 0);
  });

  it('is taken for alive when anything else is heard', async () => {
    const { session, timers, peer } = createSessionWithPeer({
      enquireLinkIntervalMs: 1_000,
      responseTimeoutMs: 500,
      onRequest: () => ({}),
    });
    await timers.advance(1_000);
    peer.send(deliver(1));
    await timers.advance(500);
    assert.ok(session.isOpen);
  });

  it('is not taken for dead while our own handlers keep us from reading', async () => {
    const handling = Promise.withResolvers<Reply>();
    const { session, timers, peer } = createSessionWithPeer({
      enquireLinkIntervalMs: 1_000,
      responseTimeoutMs: 500,
      incomingMax: 1,
      onRequest: () => handling.promise,
    });
    peer.send(deliver(1));
    await timers.advance(10_000);
    assert.ok(session.isOpen);
    handling.resolve({});
    await timers.advance(1_500);
    assert.equal(await session.closed, 'link-dead');
  });

  it('is checked even while the window is full', async () => {
    const { session, timers, peer } = createSessionWithPeer({ enquireLinkIntervalMs: 1_000, window: 1 });
    const requests = [1, 2].map(() => outcomeOf(session.request('submit_sm')));
    await timers.advance(1_000);
    assert.equal(peer.sequences('enquire_link').length, 1);
    session.destroy();
    await Promise.all(requests);
  });
});
