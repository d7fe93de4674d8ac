import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from './base32.ts';

describe('the vectors of RFC 4648 §10', () => {
  const vectors: readonly [string, string][] = [
    ['', ''],
    ['f', 'MY======'],
    ['fo', 'MZXQ===='],
    ['foo', 'MZXW6==='],
    ['foob', 'MZXW6YQ='],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI======'],
  ];
  for (const [text, padded] of vectors) {
    it(JSON.stringify(text), () => {
      assert.equal(encodeBase32(Buffer.from(text)), padded.replace(/=+$/, ''));
      assert.deepEqual(decodeBase32(padded), Uint8Array.from(Buffer.from(text)));
    });
  }
});

it('what is encoded decodes to itself, and long secrets lose no bits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => {
      assert.deepEqual(decodeBase32(encodeBase32(bytes)), bytes);
    }),
    { numRuns: 300, seed: 2 },
  );
});

it('is read as apps show it: lower case, in groups', () => {
  assert.deepEqual(decodeBase32('mzxw 6ytb-oi'), Uint8Array.from(Buffer.from('foobar')));
});

describe('what is not Base 32', () => {
  for (const text of ['M', 'MZX', 'MZXW6Y', 'MZ1', 'MY=A', 'MZ', 'ＭＹ', 'MY\n', 'A'.repeat(2000)]) {
    it(JSON.stringify(text.slice(0, 20)), () => assert.equal(decodeBase32(text), undefined));
  }
});
