// Every misbehaving SMSC against one SMPP session, in memory and with time moved by hand: each request ends in one known way, what
// is held is bounded, and the session lives or closes as it should. A fault that escapes fails the test run by itself.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { bindSession, connectSmpp, SmppBindError } from '../../../src/smpp/client.ts';
import { SmppOutcomeUnknownError } from '../../../src/smpp/request-errors.ts';
import { SmppSession } from '../../../src/smpp/session.ts';
import type { SmppSessionOptions } from '../../../src/smpp/session-options.ts';
import { connectedStreams } from '../../support/connected-streams.ts';
import type { ManualTimers } from '../../support/manual-timers.ts';
import { createManualTimers, settle } from '../../support/manual-timers.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { listenMisbehaving, Wire } from './misbehaviour.ts';
import { MISBEHAVIOURS } from './registry.ts';

const SUBMITS = 3;
const RESPONSE_TIMEOUT_MS = 10_000;
const ENQUIRE_LINK_MS = 30_000;
const INCOMING_MAX = 8;
const WRITE_BUFFER_MAX = 2 * 1024 * 1024;

interface Ending {
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  readonly status?: number;
}

/** Moves time in steps until the work is done; what needs no time happens before the first step. */
async function finish<T>(work: Promise<T>, timers: ManualTimers): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  await settle(50);
  for (let step = 0; !isDone; step++) {
    assert.ok(step < 100, 'it never ended');
    await timers.advance(1_000);
  }
  return work;
}

async function bind(session: SmppSession, timers: ManualTimers): Promise<'accepted' | SmppBindError> {
  try {
    await finish(bindSession(session, { systemId: 'acme', password: 'secret' }), timers);
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof SmppBindError, String(error));
    return error;
  }
}

async function submit(session: SmppSession): Promise<Ending> {
  const fields = {
    destinationAddr: '14155550150',
    registeredDelivery: 1,
    shortMessage: Buffer.from('Code 1234'),
  };
  try {
    const { status } = await session.request('submit_sm', { fields });
    return status === 0 ? { outcome: 'accepted' } : { outcome: 'refused', status };
  } catch (error) {
    assert.ok(error instanceof SmppOutcomeUnknownError, String(error));
    return { outcome: 'unknown' };
  }
}

function setUp(misbehaviour: Misbehaviour) {
  const timers = createManualTimers();
  const [ours, theirs] = connectedStreams();
  const seen = { deliveries: 0, running: 0, runningMax: 0, waitingOctetsMax: 0 };
  const write = ours.write.bind(ours) as (octets: Buffer) => boolean;
  ours.write = (octets: Buffer) => {
    const isRoomLeft = write(octets);
    seen.waitingOctetsMax = Math.max(seen.waitingOctetsMax, ours.writableLength);
    return isRoomLeft;
  };
  const options: SmppSessionOptions = {
    timers,
    responseTimeoutMs: RESPONSE_TIMEOUT_MS,
    enquireLinkIntervalMs: ENQUIRE_LINK_MS,
    incomingMax: INCOMING_MAX,
    onRequest: async (request) => {
      if (request.command !== 'deliver_sm') return { status: 3 };
      seen.deliveries++;
      seen.running++;
      seen.runningMax = Math.max(seen.runningMax, seen.running);
      await Promise.resolve();
      seen.running--;
      return {};
    },
  };
  misbehaviour.play(new Wire(theirs, timers));
  return { timers, seen, ours, session: new SmppSession(ours, options) };
}

describe('a session meets an SMSC that', () => {
  for (const misbehaviour of MISBEHAVIOURS) {
    const { what, expected } = misbehaviour;
    it(what, async () => {
      const { timers, seen, ours, session } = setUp(misbehaviour);
      const bound = await bind(session, timers);
      if (bound !== 'accepted') {
        assert.equal(bound.status === undefined ? 'unanswered' : 'refused', expected.bind);
        assert.equal(bound.status, expected.status);
      } else {
        assert.equal(expected.bind, 'accepted');
        const endings = await finish(
          Promise.all(Array.from({ length: SUBMITS }, () => submit(session))),
          timers,
        );
        for (const ending of endings) {
          assert.equal(ending.outcome, expected.submit);
          assert.equal(ending.status, expected.status);
        }
        assert.deepEqual(session.load, { inFlight: 0, queued: 0 });
      }

      // Long enough for late answers, and for three link checks to go unanswered.
      await timers.advance(3 * (ENQUIRE_LINK_MS + RESPONSE_TIMEOUT_MS));
      assert.equal(session.isOpen ? 'survives' : 'closes', expected.session);
      if (expected.deliveries !== undefined) assert.equal(seen.deliveries, expected.deliveries);
      assert.ok(seen.runningMax <= INCOMING_MAX, `${seen.runningMax} handlers ran at once`);
      assert.ok(
        seen.waitingOctetsMax < WRITE_BUFFER_MAX,
        `${seen.waitingOctetsMax} octets waited for the peer`,
      );

      session.destroy();
      await timers.advance(RESPONSE_TIMEOUT_MS);
      assert.ok(ours.destroyed);
    });
  }
});

describe('the misbehaviours', () => {
  it('are one file each, and all in the registry', () => {
    const files = readdirSync(import.meta.dirname)
      .filter((file) => !/^(misbehaviour|registry|.*\.test)\.ts$/.test(file))
      .map((file) => file.replace(/\.ts$/, ''));
    assert.deepEqual(
      MISBEHAVIOURS.map(({ name }) => name),
      files.sort(),
    );
  });

  it('are played over TCP as well', async () => {
    const closing = MISBEHAVIOURS.find(({ name }) => name === 'closes-mid-window');
    assert.ok(closing !== undefined);
    await using smsc = await listenMisbehaving(closing);
    const { session } = await connectSmpp({
      host: '127.0.0.1',
      port: smsc.port,
      systemId: 'acme',
      password: 'secret',
    });
    const endings = await Promise.all(Array.from({ length: SUBMITS }, () => submit(session)));
    assert.deepEqual(
      endings.map(({ outcome }) => outcome),
      ['unknown', 'unknown', 'unknown'],
    );
    assert.match(await session.closed, /peer-closed|connection-error/);
    assert.equal(smsc.connections, 1);
  });
});
