// Threat: a caller's brand that turns a code message into a link, a call, another code or another origin's line.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBrand } from './brand-name.ts';

const read = (text: string, isUrlAllowed = false) => {
  const parsed = parseBrand(text, { isUrlAllowed });
  return parsed.fault ?? `“${parsed.brand}”`;
};

describe('a brand that is one', () => {
  const cases: readonly [string, string][] = [
    ['Example', '“Example”'],
    ['  Example  Shop ', '“Example Shop”'],
    ['Marks & Spencer', '“Marks & Spencer”'],
    ['L’Oréal', '“L’Oréal”'],
    ['St. Gallen', '“St. Gallen”'],
    ['Acme Inc.', '“Acme Inc.”'],
    ['C# Club', '“C# Club”'],
    ['Studio 1984', '“Studio 1984”'],
    ['3M', '“3M”'],
    ['例え商店', '“例え商店”'],
    ['საქართველო', '“საქართველო”'],
    ['می\u200cخواهم', '“می\u200cخواهم”'],
    ['{{code}}', '“{{code}}”'],
    ['a'.repeat(40), `“${'a'.repeat(40)}”`],
  ];
  for (const [text, expected] of cases) it(text, () => assert.equal(read(text), expected));
});

describe('a brand that would say something else', () => {
  const cases: readonly [string, string][] = [
    ['', 'empty'],
    [' \u3000 ', 'empty'],
    ['a'.repeat(41), 'too-long'],
    ['a'.repeat(100_000), 'too-long'],
    ['Example\nEvil', 'control-character'],
    ['Example\r', 'control-character'],
    ['Example\u2028Evil', 'control-character'],
    ['Example\u0000', 'control-character'],
    ['Example\u0085', 'control-character'],
    ['\u202eelpmaxE', 'control-character'],
    ['Ex\u200bample', 'control-character'],
    ['Ex\ud83dample', 'control-character'],
    ['@evil.example #123456', 'at-sign'],
    ['toys@home', 'at-sign'],
    ['＠evil', 'at-sign'],
    ['A #', 'number-sign'],
    ['#1', 'number-sign'],
    ['A ＃1', 'number-sign'],
    ['http://evil', 'url'],
    ['evil.example', 'url'],
    ['go to bit.ly/x now', 'url'],
    ['www.evil', 'url'],
    ['evil。example', 'url'],
    ['ｅｖｉｌ．ｃｏｍ', 'url'],
    ['1.2.3.4', 'url'],
    ['Your code is 999999.', 'digits'],
    ['call +1 900 555', 'digits'],
    ['9-9-9-9-9', 'digits'],
    ['٩٩٩٩٩', 'digits'],
    ['９９９９９', 'digits'],
  ];
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text.slice(0, 30))}: ${expected}`, () => assert.equal(read(text), expected));
  }

  it('a name with a dot is a brand where links are allowed, an at sign never is', () => {
    assert.equal(read('Booking.com', true), '“Booking.com”');
    assert.equal(read('@evil.example', true), 'at-sign');
  });
});
