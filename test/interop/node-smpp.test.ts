// A second opinion on our PDUs: the npm package `smpp`, written by other hands, as client of our server and as server of our client.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSmppPdu, NodeSmppSession } from 'smpp';
import nodeSmpp from 'smpp';
import { connectSmpp } from '../../src/smpp/client.ts';
import { splitText } from '../../src/smpp/concatenation.ts';
import { parseDeliveryReceipt } from '../../src/smpp/delivery-receipt.ts';
import { decodeText, encodeText } from '../../src/smpp/encoding.ts';
import type { SmppPeer } from '../../src/smpp/server.ts';
import { createSmppServer } from '../../src/smpp/server.ts';
import type { IncomingRequest } from '../../src/smpp/session-options.ts';

type Command =
  | 'bind_transceiver'
  | 'submit_sm'
  | 'submit_multi'
  | 'query_sm'
  | 'data_sm'
  | 'deliver_sm'
  | 'unbind';

function ask(session: NodeSmppSession, command: Command, fields = {}): Promise<NodeSmppPdu> {
  return new Promise((resolve) => session[command](fields, resolve));
}

describe('the package as client of our server', () => {
  it('binds, submits with parameters, queries, takes a receipt and unbinds', async () => {
    const bound = Promise.withResolvers<SmppPeer>();
    const requests: IncomingRequest[] = [];
    await using server = createSmppServer({
      systemId: 'otpost',
      authenticate: ({ fields }) => (fields.systemId === 'acme' && fields.password === 'secret' ? 0 : 0x0e),
      onBound: bound.resolve,
      onRequest: (request) => {
        requests.push(request);
        return { fields: { messageId: 'id-1', messageState: 2, finalDate: '', unsuccessful: [] } };
      },
    });
    const url = `smpp://127.0.0.1:${await server.listen()}`;
    const session = await new Promise<NodeSmppSession>((resolve) => {
      const connecting = nodeSmpp.connect({ url }, () => resolve(connecting));
    });
    const bind = await ask(session, 'bind_transceiver', { system_id: 'acme', password: 'secret' });
    assert.deepEqual([bind.command_status, bind.system_id, bind.sc_interface_version], [0, 'otpost', 0x34]);

    const submitted = await ask(session, 'submit_sm', {
      source_addr: 'Otpost',
      source_addr_ton: 5,
      destination_addr: '14155550123',
      short_message: 'Code: 1234 {€}',
      data_coding: 0,
      registered_delivery: 1,
      user_message_reference: 513,
      message_payload: 'more',
    });
    assert.deepEqual([submitted.command_status, submitted.message_id], [0, 'id-1']);
    const [submit] = requests;
    assert.ok(submit?.command === 'submit_sm');
    assert.equal(submit.fields.sourceAddrTon, 5);
    assert.equal(submit.fields.destinationAddr, '14155550123');
    assert.equal(decodeText(submit.fields.shortMessage, 'gsm7'), 'Code: 1234 {€}');
    assert.equal(submit.tlvs.userMessageReference, 513);
    assert.equal(decodeText(submit.tlvs.messagePayload ?? Buffer.alloc(0), 'gsm7'), 'more');

    const queried = await ask(session, 'query_sm', { message_id: 'id-1' });
    assert.deepEqual([queried.command_status, queried.message_state], [0, 2]);
    const many = await ask(session, 'submit_multi', {
      dest_address: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '1' }, { dl_name: 'all' }],
      short_message: 'x',
    });
    assert.equal(many.command_status, 0);
    const multi = requests[2];
    assert.ok(multi?.command === 'submit_multi');
    assert.deepEqual(multi.fields.destinations, [
      { kind: 'address', ton: 1, npi: 1, address: '1' },
      { kind: 'list', name: 'all' },
    ]);

    const received = new Promise<NodeSmppPdu>((resolve) => {
      session.on('pdu', (pdu) => {
        if (pdu.command !== 'deliver_sm') return;
        session.send(pdu.response());
        resolve(pdu);
      });
    });
    const peer = await bound.promise;
    const receipt = await peer.session.request('deliver_sm', {
      fields: { esmClass: 4, shortMessage: Buffer.from('id:id-1 stat:DELIVRD') },
      tlvs: { receiptedMessageId: 'id-1', messageState: 2 },
    });
    assert.equal(receipt.status, 0);
    const { receipted_message_id, message_state, short_message } = await received;
    assert.deepEqual([receipted_message_id, message_state], ['id-1', 2]);
    assert.equal(short_message.message, 'id:id-1 stat:DELIVRD');

    assert.equal((await ask(session, 'unbind')).command_status, 0);
    session.close();
    assert.equal(await peer.session.closed, 'peer-unbound');
  });
});

describe('the package as server of our client', () => {
  it('takes binds and submits in every encoding and in parts, and gives receipts that we read', async () => {
    const submits: NodeSmppPdu[] = [];
    const server = nodeSmpp.createServer((session) => {
      session.on('error', () => undefined);
      session.on('pdu', (pdu) => {
        if (pdu.command === 'submit_sm') submits.push(pdu);
        if (pdu.command.endsWith('_resp')) return;
        session.send(pdu.response({ message_id: 'abc', system_id: 'theirs' }));
        if (pdu.command === 'unbind') session.close();
        if (pdu.command !== 'submit_sm' || pdu.registered_delivery !== 1) return;
        session.deliver_sm({
          esm_class: 4,
          short_message:
            'id:abc sub:001 dlvrd:001 submit date:2403011259 done date:2403011300 stat:DELIVRD err:000',
          receipted_message_id: 'abc',
          message_state: 2,
          network_error_code: Buffer.from([3, 0, 7]),
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const delivered = Promise.withResolvers<IncomingRequest>();
    const { session, peerSystemId } = await connectSmpp({
      host: '127.0.0.1',
      port: server.address().port,
      systemId: 'acme',
      password: 'secret',
      session: {
        onRequest: (request) => {
          delivered.resolve(request);
          return {};
        },
      },
    });
    assert.equal(peerSystemId, 'theirs');

    for (const [text, encoding, dataCoding] of [
      ['Code 1234 {€}', 'gsm7', 0],
      ['Código 1234 ç', 'latin1', 3],
      ['კოდი 1234 😀', 'ucs2', 8],
    ] as const) {
      const fields = { destinationAddr: '14155550123', dataCoding, shortMessage: encodeText(text, encoding) };
      assert.equal((await session.request('submit_sm', { fields })).status, 0);
      assert.equal(submits.at(-1)?.short_message.message, text);
    }

    const text = 'ab€'.repeat(60);
    for (const part of splitText(text, { encoding: 'gsm7', concatenation: 'udh8', reference: 9 })) {
      const fields = { esmClass: part.isUdhi ? 0x40 : 0, shortMessage: part.shortMessage };
      await session.request('submit_sm', { fields });
    }
    const parts = submits.slice(-2).map(({ short_message }) => short_message);
    assert.equal(parts.map(({ message }) => message).join(''), text);
    assert.ok(parts.every(({ udh }) => udh !== undefined));
    for (const part of splitText(text, { encoding: 'gsm7', concatenation: 'sar', reference: 9 })) {
      await session.request('submit_sm', { fields: { shortMessage: part.shortMessage }, tlvs: part.tlvs });
    }
    const sar: Partial<NodeSmppPdu> = submits.at(-1) ?? {};
    const { sar_msg_ref_num, sar_total_segments, sar_segment_seqnum } = sar;
    assert.deepEqual([sar_msg_ref_num, sar_total_segments, sar_segment_seqnum], [9, 2, 2]);

    const fields = { registeredDelivery: 1, shortMessage: encodeText('x', 'gsm7') };
    const response = await session.request('submit_sm', { fields });
    assert.ok(response.command === 'submit_sm_resp');
    assert.equal(response.fields.messageId, 'abc');
    const receipt = await delivered.promise;
    assert.ok(receipt.command === 'deliver_sm');
    assert.deepEqual(parseDeliveryReceipt(receipt.fields, receipt.tlvs), {
      messageId: 'abc',
      state: 'delivered',
      errorCode: '7',
      submitDate: '2024-03-01T12:59:00',
      doneDate: '2024-03-01T13:00:00',
    });
    await session.unbind();
    await new Promise<void>((resolve) => server.close(resolve));
  });
});
