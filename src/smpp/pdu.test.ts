// The codec against itself (properties), against octets written by hand, and against hostile octets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyPdu, arbitraryPdu, commandNames } from '../../test/support/arbitrary-pdu.ts';
import { PduFramer } from './framing.ts';
import { decodePdu, encodePdu, PDU_OCTETS_MAX } from './pdu.ts';
import { LAYOUTS } from './pdu-layouts.ts';
import { SmppProtocolError } from './protocol-error.ts';

function statusOf(decode: () => unknown): number {
  try {
    decode();
  } catch (error) {
    assert.ok(error instanceof SmppProtocolError, String(error));
    return error.status;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

const submit = (fields = {}) => encodePdu({ command: 'submit_sm', sequence: 1, fields });

describe('encoding and decoding a PDU', () => {
  for (const command of commandNames) {
    it(`gives back every ${command} that was encoded`, () => {
      fc.assert(
        fc.property(arbitraryPdu(command), (pdu) => {
          assert.deepEqual(decodePdu(encodePdu(pdu)), pdu);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('writes the octets of the specification’s bind_transmitter example', () => {
    // SMPP 3.4 §3.2.3: system_id SMPP3TEST, password secret08, system_type SUBMIT1, version 0x34, TON 1, NPI 1.
    const expected =
      '0000002f000000020000000000000001534d50503354455354007365637265743038005355424d4954310034010100';
    const octets = encodePdu({
      command: 'bind_transmitter',
      sequence: 1,
      fields: {
        systemId: 'SMPP3TEST',
        password: 'secret08',
        systemType: 'SUBMIT1',
        interfaceVersion: 0x34,
        addrTon: 1,
        addrNpi: 1,
      },
    });
    assert.equal(octets.toString('hex'), expected);
  });

  it('has the same number for a command and its response but for bit 31', () => {
    for (const command of commandNames) {
      const response = LAYOUTS[`${command}_resp` as keyof typeof LAYOUTS];
      if (response !== undefined) assert.equal(response.id, LAYOUTS[command].id + 0x80000000);
    }
    assert.equal(new Set(commandNames.map((command) => LAYOUTS[command].id)).size, commandNames.length);
  });

  it('leaves out the body of a failed response, and reads one without body as empty', () => {
    const octets = encodePdu({ command: 'submit_sm_resp', sequence: 3, status: 0x58 });
    assert.equal(octets.length, 16);
    const pdu = decodePdu(octets);
    assert.ok(pdu.command === 'submit_sm_resp');
    assert.equal(pdu.fields.messageId, '');
  });

  it('reads a message id whose NUL is missing', () => {
    const octets = encodePdu({ command: 'submit_sm_resp', sequence: 3, fields: { messageId: 'abc' } });
    const cut = Buffer.from(octets.subarray(0, -1));
    cut.writeUInt32BE(cut.length, 0);
    const pdu = decodePdu(cut);
    assert.ok(pdu.command === 'submit_sm_resp');
    assert.equal(pdu.fields.messageId, 'abc');
  });

  it('keeps a known integer parameter of the wrong length raw instead of failing', () => {
    const pdu = decodePdu(
      encodePdu({
        command: 'deliver_sm',
        sequence: 1,
        otherTlvs: [{ tag: 0x0427, value: Buffer.from([0, 2]) }],
      }),
    );
    assert.equal(pdu.tlvs.messageState, undefined);
    assert.deepEqual(pdu.otherTlvs, [{ tag: 0x0427, value: Buffer.from([0, 2]) }]);
  });

  it('refuses to write what does not fit, without showing the value', () => {
    const secret = '+14155550123'.repeat(3);
    for (const fields of [
      { destinationAddr: secret },
      { shortMessage: Buffer.alloc(255) },
      { esmClass: 256 },
      { dataCoding: -1 },
      { sourceAddr: 'a\0b' },
      { sourceAddr: '€' },
    ]) {
      assert.throws(
        () => submit(fields),
        (error: unknown) => error instanceof RangeError && !error.message.includes('4155550123'),
      );
    }
    assert.throws(
      () =>
        encodePdu({ command: 'submit_sm', sequence: 1, tlvs: { messagePayload: Buffer.alloc(65535) } }, 4096),
      RangeError,
    );
  });
});

describe('decoding what a hostile peer sends', () => {
  it('throws a protocol error or returns, for any octets behind a correct length', () => {
    const ids = fc.oneof(
      fc.constantFrom(...commandNames.map((command) => LAYOUTS[command].id)),
      fc.integer({ min: 0, max: 0xffffffff }),
    );
    fc.assert(
      fc.property(ids, fc.uint8Array({ maxLength: 300 }), (id, body) => {
        const octets = Buffer.concat([Buffer.alloc(16), body]);
        octets.writeUInt32BE(octets.length, 0);
        octets.writeUInt32BE(id, 4);
        try {
          decodePdu(octets);
        } catch (error) {
          assert.ok(error instanceof SmppProtocolError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('survives every truncation and every single changed octet of a valid PDU', () => {
    fc.assert(
      fc.property(anyPdu, fc.nat(), fc.integer({ min: 1, max: 255 }), (pdu, position, flip) => {
        const octets = encodePdu(pdu);
        const at = position % octets.length;
        const cut = Buffer.from(octets.subarray(0, Math.max(16, at)));
        cut.writeUInt32BE(cut.length, 0);
        const flipped = Buffer.from(octets);
        flipped[at] = (flipped[at] ?? 0) ^ flip;
        for (const hostile of [cut, flipped]) {
          try {
            decodePdu(hostile);
          } catch (error) {
            assert.ok(error instanceof SmppProtocolError, String(error));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('answers each fault with its own status', () => {
    const lyingMessage = submit({ shortMessage: Buffer.from('hello') });
    lyingMessage[lyingMessage.length - 6] = 200;
    assert.equal(
      statusOf(() => decodePdu(lyingMessage)),
      0x01,
    );
    const unknown = submit();
    unknown.writeUInt32BE(0x0000_0abc, 4);
    assert.equal(
      statusOf(() => decodePdu(unknown)),
      0x03,
    );
    const stray = Buffer.concat([submit(), Buffer.from([1, 2, 3])]);
    stray.writeUInt32BE(stray.length, 0);
    assert.equal(
      statusOf(() => decodePdu(stray)),
      0xc0,
    );
    const lyingLength = submit();
    lyingLength.writeUInt32BE(lyingLength.length + 1, 0);
    assert.equal(
      statusOf(() => decodePdu(lyingLength)),
      0x02,
    );
  });

  it('does not allocate for a count of destinations that the PDU cannot hold', () => {
    const octets = encodePdu({ command: 'submit_multi', sequence: 1 });
    // service_type, source TON, NPI and address take four octets, all of them empty; the count follows.
    octets[16 + 4] = 255;
    assert.equal(
      statusOf(() => decodePdu(octets)),
      0x33,
    );
  });
});

describe('cutting a stream into PDUs', () => {
  function take(framer: PduFramer, chunk: Buffer): Buffer[] {
    framer.push(chunk);
    const frames: Buffer[] = [];
    for (let frame = framer.next(); frame !== undefined; frame = framer.next())
      frames.push(Buffer.from(frame));
    return frames;
  }

  it('gives the same PDUs however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyPdu, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        (pdus, sizes) => {
          const whole = pdus.map((pdu) => encodePdu(pdu));
          const stream = Buffer.concat(whole);
          const framer = new PduFramer();
          const frames: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            frames.push(...take(framer, stream.subarray(at, at + size)));
            at += size;
          }
          assert.deepEqual(frames, whole);
          assert.equal(framer.bufferedOctets, 0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives whole PDUs from single octets', () => {
    const stream = Buffer.concat([submit({ shortMessage: Buffer.from('one') }), submit()]);
    const framer = new PduFramer();
    const frames = [...stream].flatMap((octet) => take(framer, Buffer.from([octet])));
    assert.deepEqual(Buffer.concat(frames), stream);
  });

  it('gives up a stream whose length is impossible, at once and for good', () => {
    assert.ok(PDU_OCTETS_MAX <= 128 * 1024, 'what a peer makes one connection keep');
    for (const length of [0, 15, PDU_OCTETS_MAX + 1, 0xffffffff]) {
      const framer = new PduFramer();
      const header = Buffer.alloc(16);
      header.writeUInt32BE(length, 0);
      framer.push(header);
      for (let again = 0; again < 2; again++) {
        assert.throws(
          () => framer.next(),
          (error: unknown) => error instanceof SmppProtocolError && error.isFramingLost,
        );
      }
    }
  });

  it('never throws anything else, nor holds more than the cap, for arbitrary chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 20 }), (chunks) => {
        const framer = new PduFramer(1024);
        try {
          for (const chunk of chunks) {
            take(framer, Buffer.from(chunk));
            assert.ok(framer.bufferedOctets <= 1024);
          }
        } catch (error) {
          assert.ok(error instanceof SmppProtocolError, String(error));
        }
      }),
    );
  });
});
