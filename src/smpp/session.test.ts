// What becomes of a session's own requests, and its orderly end, against a peer written by hand (octets in memory, time by hand).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectedStreams } from '../../test/support/connected-streams.ts';
import { createManualTimers, settle } from '../../test/support/manual-timers.ts';
import { createSessionWithPeer, outcomeOf, RawPeer } from '../../test/support/session-with-peer.ts';
import type { OutgoingPdu, Pdu } from './pdu.ts';
import { encodePdu } from './pdu.ts';
import { SmppSession } from './session.ts';
import type { SmppSessionOptions } from './session-options.ts';

const submitResp = (sequence: number, messageId: string): OutgoingPdu => ({
  command: 'submit_sm_resp',
  sequence,
  fields: { messageId },
});
describe('requests of a session', () => {
  it('get their own responses, in whatever order these come', async () => {
    const { session, peer } = createSessionWithPeer();
    const requests = ['a', 'b', 'c'].map(() => session.request('submit_sm'));
    await settle();
    peer.send(submitResp(3, 'third'), submitResp(1, 'first'), submitResp(2, 'second'));
    const ids = (await Promise.all(requests)).map(
      (response) => (response.fields as { messageId?: string }).messageId,
    );
    assert.deepEqual(ids, ['first', 'second', 'third']);
    assert.equal(session.counts.responsesOutOfOrder, 1);
  });

  it('keep to the window and queue the rest, up to the bound', async () => {
    const { session, peer } = createSessionWithPeer({ window: 2, queueMax: 2 });
    const outcomes = Array.from({ length: 5 }, () => outcomeOf(session.request('submit_sm')));
    await settle();
    assert.deepEqual(peer.sequences('submit_sm'), [1, 2]);
    assert.deepEqual(session.load, { inFlight: 2, queued: 2 });
    peer.send(submitResp(1, ''));
    await settle();
    assert.deepEqual(peer.sequences('submit_sm'), [1, 2, 3]);
    peer.send(submitResp(2, ''), submitResp(3, ''));
    await settle();
    peer.send(submitResp(4, ''));
    assert.deepEqual(await Promise.all(outcomes), [
      'status 0',
      'status 0',
      'status 0',
      'status 0',
      'not sent: queue-full',
    ]);
  });

  it('end as unknown when no response comes in time, each by its own timer', async () => {
    const { session, timers, peer } = createSessionWithPeer({ responseTimeoutMs: 1_000 });
    const first = outcomeOf(session.request('submit_sm'));
    await timers.advance(600);
    const second = outcomeOf(session.request('submit_sm'));
    await timers.advance(400);
    assert.equal(await first, 'unknown: no-response');
    assert.equal(session.load.inFlight, 1);
    peer.send(submitResp(1, 'late'), submitResp(2, 'right'));
    assert.equal(await second, 'status 0');
    assert.equal(session.counts.responsesUnmatched, 1);
    assert.ok(session.isOpen);
  });

  it('hand a late response to whoever wants it', async () => {
    const late: Pdu[] = [];
    const { session, timers, peer } = createSessionWithPeer({
      onUnmatchedResponse: (response) => late.push(response),
    });
    const request = outcomeOf(session.request('submit_sm'));
    await timers.advance(10_000);
    await request;
    peer.send(submitResp(1, 'late'));
    await settle();
    assert.deepEqual(
      late.map(({ sequence }) => sequence),
      [1],
    );
  });

  it('in flight end as unknown when the connection is lost, those that waited as not sent', async () => {
    const { session, peer } = createSessionWithPeer({ window: 1 });
    const outcomes = [1, 2].map(() => outcomeOf(session.request('submit_sm')));
    await settle();
    peer.stream.destroy();
    assert.deepEqual(await Promise.all(outcomes), ['unknown: disconnected', 'not sent: closed']);
    assert.equal(await session.closed, 'peer-closed');
    assert.equal(await outcomeOf(session.request('submit_sm')), 'not sent: closed');
  });

  it('are not ended by a response of another command, nor by a duplicate', async () => {
    const { session, peer } = createSessionWithPeer();
    const request = outcomeOf(session.request('submit_sm'));
    await settle();
    peer.send({ command: 'enquire_link_resp', sequence: 1 }, submitResp(1, 'a'), submitResp(1, 'a'));
    assert.equal(await request, 'status 0');
    await settle();
    assert.equal(session.counts.responsesUnmatched, 2);
  });

  it('are refused by a generic_nack, which never means success', async () => {
    const { session, peer } = createSessionWithPeer();
    const requests = [1, 2].map(() => outcomeOf(session.request('submit_sm')));
    await settle();
    peer.send({ command: 'generic_nack', sequence: 1, status: 3 }, { command: 'generic_nack', sequence: 2 });
    assert.deepEqual(await Promise.all(requests), ['status 3', 'status 255']);
  });

  it('end as unknown when their response cannot be read, and the session goes on', async () => {
    const { session, peer } = createSessionWithPeer();
    const request = outcomeOf(session.request('submit_sm'));
    await settle();
    const broken = encodePdu({
      command: 'submit_sm_resp',
      sequence: 1,
      otherTlvs: [{ tag: 1, value: Buffer.alloc(2) }],
    });
    broken.writeUInt16BE(999, broken.length - 4);
    peer.stream.write(broken);
    assert.equal(await request, 'unknown: malformed-response');
    assert.ok(session.isOpen);
    assert.deepEqual(peer.sequences('generic_nack'), []);
  });

  it('given up by their caller free the window', async () => {
    const { session, peer } = createSessionWithPeer({ window: 1 });
    const giveUp = new AbortController();
    const first = outcomeOf(session.request('submit_sm', { signal: giveUp.signal }));
    const second = outcomeOf(session.request('submit_sm', { signal: giveUp.signal }));
    const third = outcomeOf(session.request('submit_sm'));
    await settle();
    giveUp.abort();
    assert.deepEqual(await Promise.all([first, second]), ['unknown: aborted', 'not sent: aborted']);
    await settle();
    assert.deepEqual(peer.sequences('submit_sm'), [1, 2]);
    peer.send(submitResp(2, ''));
    assert.equal(await third, 'status 0');
  });

  it('that do not fit are rejected before anything is written', async () => {
    const { session, peer } = createSessionWithPeer();
    const fields = { shortMessage: Buffer.alloc(255) };
    await assert.rejects(session.request('submit_sm', { fields }), RangeError);
    await settle();
    assert.equal(peer.received.length, 0);
  });

  it('leave no timer behind', async () => {
    const { session, peer, timers } = createSessionWithPeer();
    const request = session.request('submit_sm');
    await settle();
    peer.send(submitResp(1, ''));
    await request;
    assert.equal(timers.pending, 0);
  });

  it('wait while the peer does not read, and go on when it does', async () => {
    const [ours, theirs] = connectedStreams();
    const session = new SmppSession(ours, {
      timers: createManualTimers(),
      window: 1_000,
      enquireLinkIntervalMs: 0,
    });
    const fields = { shortMessage: Buffer.alloc(250) };
    const requests = Array.from({ length: 1_000 }, () => session.request('submit_sm', { fields }));
    await settle();
    const written = session.load.inFlight;
    assert.ok(written < 600, `${written} requests were written to a peer that reads nothing`);
    const peer = new RawPeer(theirs);
    theirs.on('data', () => {
      for (const pdu of peer.received.splice(0)) peer.send(submitResp(pdu.sequence, ''));
    });
    await Promise.all(requests);
  });
});

describe('unbinding', () => {
  it('waits for what was accepted, takes nothing new, and closes', async () => {
    const { session, peer } = createSessionWithPeer({ window: 1 });
    const accepted = [1, 2].map(() => outcomeOf(session.request('submit_sm')));
    await settle();
    const unbound = session.unbind();
    assert.equal(await outcomeOf(session.request('submit_sm')), 'not sent: unbinding');
    peer.send(submitResp(1, ''));
    await settle();
    assert.deepEqual(peer.sequences('unbind'), []);
    peer.send(submitResp(2, ''));
    await settle();
    assert.deepEqual(peer.sequences('unbind'), [3]);
    peer.send({ command: 'unbind_resp', sequence: 3 });
    await unbound;
    assert.deepEqual(await Promise.all(accepted), ['status 0', 'status 0']);
    assert.equal(await session.closed, 'unbound');
  });

  it('is not held up by a peer that answers nothing', async () => {
    const { session, timers } = createSessionWithPeer({ window: 1, responseTimeoutMs: 1_000 });
    const outcomes = [1, 2, 3].map(() => outcomeOf(session.request('submit_sm')));
    const unbound = session.unbind(1_500);
    await timers.advance(5_000);
    await unbound;
    assert.deepEqual(await Promise.all(outcomes), [
      'unknown: no-response',
      'unknown: no-response',
      'not sent: unbinding',
    ]);
  });

  it('by the peer is answered, what was written may still be answered, and what was not is not sent', async () => {
    const { session, peer } = createSessionWithPeer({ window: 1 });
    const outcomes = [1, 2].map(() => outcomeOf(session.request('submit_sm')));
    await settle();
    peer.send({ command: 'unbind', sequence: 8 });
    await settle();
    assert.deepEqual(peer.sequences('unbind_resp'), [8]);
    peer.send(submitResp(1, 'a'));
    assert.deepEqual(await Promise.all(outcomes), ['status 0', 'not sent: unbinding']);
    assert.equal(await session.closed, 'peer-unbound');
  });

  it('by the peer in mid-window leaves what it never answers as unknown', async () => {
    const { session, peer, timers } = createSessionWithPeer();
    const request = outcomeOf(session.request('submit_sm'));
    await settle();
    peer.send({ command: 'unbind', sequence: 8 });
    await timers.advance(6_000);
    assert.equal(await request, 'unknown: disconnected');
    assert.equal(await session.closed, 'peer-unbound');
  });

  it('by both at once ends both', async () => {
    const [left, right] = connectedStreams();
    const timers = createManualTimers();
    const sessions = [left, right].map(
      (stream) => new SmppSession(stream, { timers, enquireLinkIntervalMs: 0 }),
    );
    await Promise.all(sessions.map((session) => session.unbind()));
  });
});

describe('two sessions', () => {
  it('carry ten thousand requests each way without losing or mixing one', async () => {
    const [left, right] = connectedStreams();
    const options: SmppSessionOptions = {
      timers: createManualTimers(),
      enquireLinkIntervalMs: 0,
      window: 50,
      queueMax: 10_000,
      onRequest: async (request) => {
        await Promise.resolve();
        return { fields: { messageId: (request.fields as { sourceAddr: string }).sourceAddr } };
      },
    };
    const sessions = [new SmppSession(left, options), new SmppSession(right, options)];
    await Promise.all(
      sessions.flatMap((session) =>
        Array.from({ length: 10_000 }, async (_, index) => {
          const response = await session.request('submit_sm', { fields: { sourceAddr: String(index) } });
          assert.ok(response.command === 'submit_sm_resp');
          assert.equal(response.fields.messageId, String(index));
        }),
      ),
    );
    for (const session of sessions) session.destroy();
  });
});
