/** Second opinion on the carrier: its submits and its reading of receipts, with npm's `smpp` package as the SMSC. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSmppPdu, NodeSmppSession } from 'smpp';
import nodeSmpp from 'smpp';
import { createSmpp } from '../../src/carriers/smpp/smpp.ts';
import type { Receipt } from '../../src/core/delivery.ts';
import { connectSmpp } from '../../src/smpp/client.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createCarrierDeps } from '../support/smpp-carrier-rig.ts';

test('the package as SMSC reads what the carrier submits, and the carrier its receipts', async () => {
  const submits: NodeSmppPdu[] = [];
  const sessions: NodeSmppSession[] = [];
  const server = nodeSmpp.createServer((session) => {
    sessions.push(session);
    session.on('error', () => undefined);
    session.on('pdu', (pdu) => {
      if (pdu.command.endsWith('_resp')) return;
      const id = (0xabcde0 + submits.length).toString(16);
      session.send(pdu.response({ message_id: id, system_id: 'theirs' }));
      if (pdu.command === 'unbind') session.close();
      if (pdu.command !== 'submit_sm') return;
      submits.push(pdu);
      const number = Number.parseInt(id, 16);
      session.deliver_sm({
        esm_class: 4,
        short_message: `id:${number} sub:001 dlvrd:001 submit date:2403011259 done date:2403011300 stat:DELIVRD err:000 text:`,
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const clock = createManualClock();
  const receipts: Receipt[] = [];
  const deps = createCarrierDeps(clock, { receipts: async (receipt) => void receipts.push(receipt) });
  const settings = {
    host: '127.0.0.1',
    port: server.address().port,
    systemId: 'acme',
    password: 'secret',
    sender: 'Acme',
    messageIdForm: 'hex-then-decimal' as const,
    tlvs: [{ tag: 0x1400, value: '1201159' }],
  };
  const carrier = createSmpp('main', settings, deps, { connect: connectSmpp, now: clock.now });
  const until = async (condition: () => boolean) => {
    for (let step = 0; !condition(); step++) {
      assert.ok(step < 5_000, 'what the test waits for has not come about');
      await clock.advance(1);
    }
  };
  await until(() => carrier.health().state === 'up');
  const text = `Acme: 483920. ${'ab€'.repeat(60)}`;
  const pending = carrier.submit(
    {
      id: '1',
      tenantId: '1',
      channel: 'sms',
      to: '+14155550150',
      body: text,
      segments: 2,
      notAfterMs: clock.now() + 90_000,
    },
    new AbortController().signal,
  );
  await until(() => receipts.length === 2);
  const outcome = await pending;
  assert.ok(outcome.kind === 'accepted');
  assert.deepEqual(
    receipts.map(({ carrierMessageId, state }) => [carrierMessageId, state]),
    outcome.carrierMessageIds.map((id) => [id, 'delivered']),
  );
  assert.equal(submits.map(({ short_message }) => short_message.message).join(''), text);
  const [submit] = submits;
  assert.deepEqual(
    [submit?.source_addr, submit?.source_addr_ton, submit?.destination_addr, submit?.dest_addr_ton],
    ['Acme', 5, '14155550150', 1],
  );
  let isEnded = false;
  void Promise.resolve(carrier[Symbol.asyncDispose]()).then(() => {
    isEnded = true;
  });
  await until(() => isEnded);
  assert.equal(clock.pendingTimers(), 0);
  for (const session of sessions) session.close();
  await new Promise<void>((resolve) => server.close(resolve));
});
