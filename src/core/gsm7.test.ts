import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GSM7_BASIC, GSM7_EXTENSION, gsm7SeptetsOf, isGsm7 } from './gsm7.ts';

describe('the default alphabet of 3GPP TS 23.038 §6.2.1', () => {
  const septets: readonly [string, number][] = [
    ['@', 0x00],
    ['£', 0x01],
    ['Ç', 0x09],
    ['\n', 0x0a],
    ['Ø', 0x0b],
    ['\r', 0x0d],
    ['å', 0x0f],
    ['Δ', 0x10],
    ['_', 0x11],
    ['Ξ', 0x1a],
    ['Æ', 0x1c],
    ['É', 0x1f],
    [' ', 0x20],
    ['¤', 0x24],
    ['0', 0x30],
    ['?', 0x3f],
    ['¡', 0x40],
    ['A', 0x41],
    ['Z', 0x5a],
    ['Ä', 0x5b],
    ['§', 0x5f],
    ['¿', 0x60],
    ['a', 0x61],
    ['z', 0x7a],
    ['à', 0x7f],
  ];
  for (const [character, septet] of septets) {
    it(`${JSON.stringify(character)} is 0x${septet.toString(16)}`, () => {
      assert.equal(GSM7_BASIC[septet], character);
      assert.equal(gsm7SeptetsOf(character), 1);
    });
  }

  it('has 128 places, all different', () => {
    assert.equal(GSM7_BASIC.length, 128);
    assert.equal(new Set(GSM7_BASIC).size, 128);
  });

  it('the Latin letters and digits stand where ASCII has them', () => {
    for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') {
      assert.equal(GSM7_BASIC[character.charCodeAt(0)], character);
    }
  });
});

describe('the extension table of §6.2.1.1', () => {
  const septets: readonly [string, number][] = [
    ['\f', 0x0a],
    ['^', 0x14],
    ['{', 0x28],
    ['}', 0x29],
    ['\\', 0x2f],
    ['[', 0x3c],
    ['~', 0x3d],
    [']', 0x3e],
    ['|', 0x40],
    ['€', 0x65],
  ];
  for (const [character, septet] of septets) {
    it(`${JSON.stringify(character)} is the escape and 0x${septet.toString(16)}`, () => {
      assert.equal(GSM7_EXTENSION.get(character), septet);
      assert.equal(gsm7SeptetsOf(character), 2);
    });
  }

  it('holds these ten and shares none with the default alphabet', () => {
    assert.equal(GSM7_EXTENSION.size, septets.length);
    for (const character of GSM7_EXTENSION.keys()) assert.equal(GSM7_BASIC.includes(character), false);
  });
});

describe('what has no septet', () => {
  for (const character of [
    '\u001b',
    '`',
    'ç',
    'á',
    'Ё',
    '’',
    '\t',
    '\u00a0',
    '\u0000',
    '😀',
    '\ud83d',
    '١',
  ]) {
    it(JSON.stringify(character), () => {
      assert.equal(isGsm7(`a${character}`), false);
      assert.equal(gsm7SeptetsOf(character), 0);
    });
  }

  it('an empty text fits', () => {
    assert.equal(isGsm7(''), true);
  });
});
