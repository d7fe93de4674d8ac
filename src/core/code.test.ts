// Threats: guessable codes (SECURITY.md rule 1) and malformed codes that reach a look-up (rule 7).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  CODE_ALPHABETS,
  type CodeAlphabet,
  makeCode,
  parseAnyCode,
  parseCode,
  symbolOfByte,
} from './code.ts';

const ALPHABETS = Object.keys(CODE_ALPHABETS) as CodeAlphabet[];

/** A deterministic stream of hash output: as even as random bytes, and the same in every run. */
function seededBytes(seed: string): (size: number) => Uint8Array {
  let block = 0;
  return (size) => {
    block += 1;
    return createHash('shake256', { outputLength: size }).update(`${seed}:${block}`).digest();
  };
}

describe('the alphabets', () => {
  it('hold no symbol twice', () => {
    for (const alphabet of ALPHABETS) {
      const { symbols } = CODE_ALPHABETS[alphabet];
      assert.equal(new Set(symbols).size, symbols.length, alphabet);
    }
  });

  it('the native ones with letters leave out what reads as something else', () => {
    for (const alphabet of ['letters', 'alphanumeric'] as const) {
      for (const symbol of 'OIL01abc') assert.equal(CODE_ALPHABETS[alphabet].symbols.includes(symbol), false);
    }
    for (const symbol of 'BSZ') assert.equal(CODE_ALPHABETS.alphanumeric.symbols.includes(symbol), false);
  });

  it('the vendors’ are whole', () => {
    assert.equal(CODE_ALPHABETS.uppercase.symbols.length, 26);
    assert.equal(CODE_ALPHABETS['alphanumeric-mixed'].symbols.length, 62);
  });
});

describe('a code is made without bias', () => {
  for (const alphabet of ALPHABETS) {
    it(`every symbol of ${alphabet} has equally many bytes`, () => {
      const bytesOf = new Map<string, number>();
      for (let byte = 0; byte < 256; byte += 1) {
        const symbol = symbolOfByte(byte, alphabet);
        if (symbol !== undefined) bytesOf.set(symbol, (bytesOf.get(symbol) ?? 0) + 1);
      }
      const { symbols } = CODE_ALPHABETS[alphabet];
      assert.equal(bytesOf.size, symbols.length);
      assert.deepEqual([...new Set(bytesOf.values())], [Math.floor(256 / symbols.length)]);
    });

    it(`symbols of ${alphabet} are evenly spread in every place (chi-square)`, () => {
      const randomBytes = seededBytes(alphabet);
      const { symbols } = CODE_ALPHABETS[alphabet];
      const length = 6;
      const rounds = 200 * symbols.length;
      const seen = Array.from({ length }, () => new Map<string, number>());
      for (let round = 0; round < rounds; round += 1) {
        const code = makeCode(randomBytes, alphabet, length);
        seen.forEach((counts, place) => {
          const symbol = code[place] ?? '';
          counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
        });
      }
      const degrees = symbols.length - 1;
      // The 0.9999 quantile by Wilson and Hilferty. It catches a lost symbol or an uneven place; the small bias of a
      // folded byte is the exhaustive test's to catch.
      const bound = degrees * (1 - 2 / (9 * degrees) + 3.719 * Math.sqrt(2 / (9 * degrees))) ** 3;
      for (const counts of seen) {
        const expected = rounds / symbols.length;
        let chiSquare = 0;
        for (const symbol of symbols) chiSquare += ((counts.get(symbol) ?? 0) - expected) ** 2 / expected;
        assert.ok(chiSquare < bound, `${chiSquare} ≥ ${bound}`);
      }
    });
  }

  it('bytes that would be biased are skipped, not folded', () => {
    const bytes = [255, 254, 250, 249, 3, 251, 0, 12, 25, 1];
    const code = makeCode((size) => Uint8Array.from(bytes.splice(0, size)), 'digits', 4);
    assert.equal(code, '9302');
  });

  it('codes keep their leading zeros and have the asked length', () => {
    assert.equal(
      makeCode((size) => new Uint8Array(size), 'digits', 6),
      '000000',
    );
    for (const length of [1, 4, 20, 32]) {
      const code = makeCode(seededBytes('length'), 'alphanumeric-mixed', length);
      assert.equal(code.length, length);
      assert.equal(parseCode(code, { alphabet: 'alphanumeric-mixed', length }), code);
    }
  });

  it('a dead generator is an error, not a hang, and a length out of bounds is a bug', () => {
    assert.throws(() => makeCode((size) => new Uint8Array(size).fill(255), 'digits', 6), /random/);
    assert.throws(() => makeCode(() => new Uint8Array(0), 'digits', 6), /random/);
    for (const length of [0, -1, 33, 4.5, Number.NaN]) {
      assert.throws(() => makeCode(seededBytes('x'), 'digits', length), /bounds/);
    }
  });
});

describe('a typed code is read as people type it', () => {
  const digits = { alphabet: 'digits', length: 6 } as const;
  const good: readonly string[] = [
    '012345',
    ' 012345 ',
    '012345\r\n',
    '\t012345',
    '012 345',
    '012-345',
    '0-1-2-3-4-5',
  ];
  for (const input of good) {
    it(JSON.stringify(input), () => {
      assert.equal(parseCode(input, digits), '012345');
      assert.equal(parseAnyCode(input), '012345');
    });
  }

  it('a single-case alphabet takes either case, a mixed one does not', () => {
    assert.equal(parseCode('acd-efg', { alphabet: 'alphanumeric', length: 6 }), 'ACDEFG');
    assert.equal(parseCode('abcdef', { alphabet: 'uppercase', length: 6 }), 'ABCDEF');
    assert.equal(parseCode('aBcDeF', { alphabet: 'alphanumeric-mixed', length: 6 }), 'aBcDeF');
    assert.equal(parseAnyCode('acd'), 'acd');
  });

  it('32 symbols with separators are still a code', () => {
    const spaced = Array.from({ length: 32 }, () => 'A').join('-');
    assert.equal(parseAnyCode(spaced), 'A'.repeat(32));
    assert.equal(parseAnyCode(`${spaced}-A`), undefined);
  });

  it('another length or alphabet is not this verification’s code', () => {
    for (const input of ['01234', '0123456', '01234a', 'ABCDEF'])
      assert.equal(parseCode(input, digits), undefined);
    for (const input of ['ACDEF0', 'ACDEFO', 'ACDEFß']) {
      assert.equal(parseCode(input, { alphabet: 'alphanumeric', length: 6 }), undefined);
    }
  });
});

describe('what is not a code at all', () => {
  const inputs: readonly [string, unknown][] = [
    ['empty', ''],
    ['white space', '   '],
    ['undefined', undefined],
    ['null', null],
    ['a number', 123456],
    ['a big integer', 123456n],
    ['true', true],
    ['an array', ['123456']],
    ['an array of digits', [1, 2, 3, 4, 5, 6]],
    ['an object', { code: '123456' }],
    ['an object with toString', { toString: () => '123456' }],
    ['a boxed string', Object('123456')],
    ['full-width digits', '１２３４５６'],
    ['Arabic digits', '١٢٣٤٥٦'],
    ['two spaces inside', '123  456'],
    ['a hyphen at the edge', '-123456'],
    ['only hyphens', '------'],
    ['a line break inside', '123\n456'],
    ['a tab inside', '123\t456'],
    ['a no-break space', '123\u00a0456'],
    ['a NUL', '12345\u0000'],
    ['a sign', '+123456'],
    ['a point', '123456.0'],
    ['an exponent’s sign', '1e+5'],
    ['10 000 characters', '1'.repeat(10_000)],
    ['10 000 spaces and a code', `${' '.repeat(10_000)}123456`],
  ];
  for (const [name, input] of inputs) {
    it(name, () => {
      assert.equal(parseAnyCode(input), undefined);
      assert.equal(parseCode(input, { alphabet: 'digits', length: 6 }), undefined);
      assert.equal(parseCode(input, { alphabet: 'alphanumeric-mixed', length: 6 }), undefined);
    });
  }
});
