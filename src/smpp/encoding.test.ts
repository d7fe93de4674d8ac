// The alphabets against 3GPP TS 23.038's own table and vectors, and the ways of splitting a text.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { splitText } from './concatenation.ts';
import { canEncode, dataCodingOf, decodeText, encodeText, encodingOf } from './encoding.ts';
import { countSeptets, decodeGsm7, encodeGsm7, packSeptets, unpackSeptets } from './gsm7.ts';

const ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';
const gsmText = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...ALPHABET, ...EXTENDED), maxLength });
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('the GSM 7-bit alphabet', () => {
  it('has the septets of 3GPP TS 23.038 §6.2.1', () => {
    const septets = [...Array(128).keys()].filter((septet) => septet !== 0x1b);
    assert.equal(decodeGsm7(Uint8Array.from(septets)), ALPHABET);
    assert.deepEqual([...encodeGsm7(ALPHABET)], septets);
  });

  it('has the escapes of §6.2.1.1', () => {
    assert.equal(hex(encodeGsm7(EXTENDED)), '1b0a1b141b281b291b2f1b3c1b3d1b3e1b401b65');
  });

  it('shows an unknown extension as the default alphabet does, and a lone escape as a space', () => {
    assert.equal(decodeGsm7(Uint8Array.from([0x1b, 0x41])), 'A');
    assert.equal(decodeGsm7(Uint8Array.from([0x41, 0x1b])), 'A ');
    assert.equal(decodeGsm7(Uint8Array.from([0x1b, 0x1b, 0x41])), ' A');
  });

  it('counts septets, two for an extension, and none for a text outside the alphabet', () => {
    assert.equal(countSeptets('a€b'), 4);
    assert.equal(countSeptets('a`b'), undefined);
    assert.throws(() => encodeGsm7('ç'), RangeError);
  });

  it('packs as published vectors do', () => {
    assert.equal(hex(packSeptets(encodeGsm7('hellohello'))), 'e8329bfd4697d9ec37');
    assert.equal(hex(packSeptets(encodeGsm7('How are you?'))), 'c8f71d14969741f977fd07');
    // Seven characters leave seven spare bits, which hold a carriage return (§6.1.2.3.1).
    assert.equal(hex(packSeptets(encodeGsm7('1234567'))), '31d98c56b3dd1a');
  });

  it('unpacks what it packed, with and without fill bits, save a carriage return at an octet’s end', () => {
    fc.assert(
      fc.property(gsmText(200), fc.integer({ min: 0, max: 6 }), (text, fillBits) => {
        const septets = encodeGsm7(text);
        const packed = packSeptets(septets, fillBits);
        assert.deepEqual(unpackSeptets(packed, fillBits, septets.length), septets);
        if (septets.at(-1) !== 0x0d) assert.deepEqual(unpackSeptets(packed, fillBits), septets);
      }),
    );
  });
});

describe('texts under a data_coding', () => {
  it('come back from every encoding that holds them', () => {
    const texts = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), gsmText(80));
    fc.assert(
      fc.property(texts, fc.constantFrom('gsm7', 'ascii', 'latin1', 'ucs2'), (text, encoding) => {
        if (!canEncode(text, encoding)) assert.throws(() => encodeText(text, encoding), RangeError);
        else assert.equal(decodeText(encodeText(text, encoding), encoding), text);
      }),
    );
  });

  it('are read from any octets without a fault', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('gsm7', 'gsm7-packed', 'ascii', 'latin1', 'ucs2'),
        (octets, encoding) => {
          assert.equal(typeof decodeText(octets, encoding), 'string');
        },
      ),
    );
  });

  it('writes UCS-2 with the high octet first', () => {
    assert.equal(hex(encodeText('აб😀', 'ucs2')), '10d00431d83dde00');
  });

  it('takes data_coding 0 for what the carrier says it is, and names the others itself', () => {
    assert.equal(encodingOf(0, 'latin1'), 'latin1');
    assert.equal(encodingOf(0, 'gsm7'), 'gsm7');
    for (const encoding of ['ascii', 'latin1', 'ucs2'] as const) {
      assert.equal(encodingOf(dataCodingOf(encoding), 'gsm7'), encoding);
    }
    assert.equal(encodingOf(0x10, 'gsm7'), 'gsm7');
    assert.equal(encodingOf(0x18, 'gsm7'), 'ucs2');
    assert.equal(encodingOf(0xf0, 'gsm7'), 'gsm7');
    for (const binary of [2, 4, 0x14, 0xf4]) assert.equal(encodingOf(binary, 'gsm7'), undefined);
  });
});

describe('splitting a text', () => {
  const split = (
    text: string,
    encoding: 'gsm7' | 'gsm7-packed' | 'latin1' | 'ucs2',
    concatenation: 'udh8' | 'udh16' | 'sar' | 'payload' = 'udh8',
  ) => splitText(text, { encoding, concatenation, reference: 0x1234 });

  it('leaves alone what fits one message, and no more', () => {
    for (const [encoding, character, single] of [
      ['gsm7', 'a', 160],
      ['gsm7', '€', 80],
      ['gsm7-packed', 'a', 160],
      ['latin1', 'ç', 140],
      ['ucs2', 'ა', 70],
      ['ucs2', '😀', 35],
    ] as const) {
      assert.equal(split(character.repeat(single), encoding).length, 1);
      assert.equal(split(character.repeat(single + 1), encoding).length, 2);
    }
  });

  it('fills each part to the last septet, octet or unit', () => {
    for (const [encoding, concatenation, perPart] of [
      ['gsm7', 'udh8', 153],
      ['gsm7', 'udh16', 152],
      ['gsm7', 'sar', 153],
      ['latin1', 'udh8', 134],
      ['latin1', 'udh16', 133],
      ['ucs2', 'udh8', 67],
      ['ucs2', 'udh16', 66],
    ] as const) {
      assert.equal(split('a'.repeat(perPart * 3), encoding, concatenation).length, 3);
      assert.equal(split('a'.repeat(perPart * 3 + 1), encoding, concatenation).length, 4);
    }
  });

  it('writes the headers of 3GPP TS 23.040 and the SAR parameters', () => {
    const text = 'a'.repeat(161);
    const [first8] = split(text, 'gsm7', 'udh8');
    assert.equal(hex(first8?.shortMessage.subarray(0, 6) ?? Buffer.alloc(0)), '050003340201');
    assert.equal(first8?.isUdhi, true);
    const second16 = split(text, 'gsm7', 'udh16')[1];
    assert.equal(hex(second16?.shortMessage.subarray(0, 7) ?? Buffer.alloc(0)), '06080412340202');
    const sar = split(text, 'gsm7', 'sar')[1];
    assert.deepEqual(sar?.tlvs, { sarMsgRefNum: 0x1234, sarTotalSegments: 2, sarSegmentSeqnum: 2 });
    assert.equal(sar.isUdhi, false);
    const [payload, ...none] = split(text, 'gsm7', 'payload');
    assert.equal(payload?.tlvs.messagePayload?.length, 161);
    assert.equal(payload.shortMessage.length + none.length, 0);
  });

  it('never separates an extension character or a surrogate pair', () => {
    const pairs = fc.array(fc.constantFrom('a', '€', '😀', '{'), { minLength: 150, maxLength: 400 });
    fc.assert(
      fc.property(
        pairs.map((parts) => parts.join('')),
        fc.constantFrom('udh8', 'udh16', 'sar'),
        (text, concatenation) => {
          for (const encoding of ['gsm7', 'ucs2'] as const) {
            const fitting = encoding === 'gsm7' ? text.replaceAll('😀', '') : text;
            const parts = split(fitting, encoding, concatenation).map(({ shortMessage, isUdhi }) => {
              const header = isUdhi ? (shortMessage[0] ?? 0) + 1 : 0;
              assert.ok(shortMessage.length <= (encoding === 'gsm7' ? 160 : 140));
              return decodeText(shortMessage.subarray(header), encoding);
            });
            for (const part of parts) assert.ok(part.isWellFormed());
            assert.equal(parts.join(''), fitting);
          }
        },
      ),
    );
  });

  it('packs each part after its header on a septet boundary', () => {
    const parts = split('abcdefghij'.repeat(31), 'gsm7-packed');
    const texts = parts.map(({ shortMessage }) => {
      assert.ok(shortMessage.length <= 140);
      // Six octets of header are 48 bits: one fill bit completes the seventh septet.
      return decodeGsm7(unpackSeptets(shortMessage.subarray(6), 1));
    });
    assert.equal(texts.join(''), 'abcdefghij'.repeat(31));
  });

  it('refuses a text of more parts than allowed', () => {
    const options = { encoding: 'ucs2', concatenation: 'udh8', reference: 1, partsMax: 2 } as const;
    assert.equal(splitText('a'.repeat(134), options).length, 2);
    assert.throws(() => splitText('a'.repeat(135), options), RangeError);
  });
});
