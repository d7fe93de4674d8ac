import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countSegments } from './segments.ts';

const a = (count: number) => 'a'.repeat(count);
const ya = (count: number) => 'я'.repeat(count);

describe('segments are counted by packing', () => {
  const cases: readonly [string, string, 'gsm7' | 'ucs2', number, number][] = [
    ['an empty text', '', 'gsm7', 0, 1],
    ['160 septets', a(160), 'gsm7', 160, 1],
    ['161 septets', a(161), 'gsm7', 161, 2],
    ['two full parts', a(306), 'gsm7', 306, 2],
    ['two full parts and one more', a(307), 'gsm7', 307, 3],
    ['158 and an extension character', `${a(158)}€`, 'gsm7', 160, 1],
    ['159 and an extension character', `${a(159)}€`, 'gsm7', 161, 2],
    ['eighty extension characters', '€'.repeat(80), 'gsm7', 160, 1],
    ['an extension character over the first boundary', `${a(152)}€${a(151)}`, 'gsm7', 305, 2],
    ['the same with the second part overfull', `${a(152)}€${a(152)}`, 'gsm7', 306, 3],
    ['only extension characters: 76 to a part', '€'.repeat(152), 'gsm7', 304, 2],
    ['one more of them', '€'.repeat(153), 'gsm7', 306, 3],
    ['line feed and carriage return are septets', `${a(158)}\r\n`, 'gsm7', 160, 1],
    ['one foreign letter makes it all UCS-2', `${a(69)}я`, 'ucs2', 70, 1],
    ['70 units', ya(70), 'ucs2', 70, 1],
    ['71 units', ya(71), 'ucs2', 71, 2],
    ['two full UCS-2 parts', ya(134), 'ucs2', 134, 2],
    ['and one more', ya(135), 'ucs2', 135, 3],
    ['35 surrogate pairs', '😀'.repeat(35), 'ucs2', 70, 1],
    ['36 surrogate pairs', '😀'.repeat(36), 'ucs2', 72, 2],
    ['only pairs: 33 to a part', '😀'.repeat(66), 'ucs2', 132, 2],
    ['one more pair', '😀'.repeat(67), 'ucs2', 134, 3],
    ['a pair over the first boundary', `${ya(66)}😀${ya(65)}`, 'ucs2', 133, 2],
    ['the same with the second part overfull', `${ya(66)}😀${ya(66)}`, 'ucs2', 134, 3],
    ['a lone surrogate is one unit', '\ud83d', 'ucs2', 1, 1],
    ['extension characters count one in UCS-2', '€я', 'ucs2', 2, 1],
    ['a typographic apostrophe costs the alphabet', 'it’s', 'ucs2', 4, 1],
    ['an escape character is not GSM 7-bit', '\u001b', 'ucs2', 1, 1],
  ];
  for (const [name, text, encoding, units, segments] of cases) {
    it(name, () => assert.deepEqual(countSegments(text), { encoding, units, segments }));
  }

  it('agrees with parts that are really cut, and no cut parts a pair', () => {
    const piece = fc.constantFrom('a', '€', '{', 'z', '\n');
    const foreign = fc.constantFrom('я', '😀', 'a', '€');
    for (const [alphabet, widthOf, single, part] of [
      [piece, (c: string) => ('€{'.includes(c) ? 2 : 1), 160, 153],
      [foreign, (c: string) => c.length, 70, 67],
    ] as const) {
      fc.assert(
        fc.property(fc.array(alphabet, { minLength: 1, maxLength: 500 }), (pieces) => {
          const isForeign = single === 70;
          const text = (isForeign ? 'я' : '') + pieces.join('');
          const { segments } = countSegments(text);
          let rest = [...text];
          const total = rest.reduce((sum, c) => sum + widthOf(c), 0);
          let cuts = 0;
          while (rest.length > 0) {
            let taken = 0;
            let room = total <= single ? single : part;
            while (taken < rest.length && widthOf(rest[taken] ?? '') <= room) {
              room -= widthOf(rest[taken] ?? '');
              taken += 1;
            }
            rest = rest.slice(taken);
            cuts += 1;
          }
          assert.equal(segments, cuts);
        }),
        { numRuns: 300, seed: 5 },
      );
    }
  });
});
