import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLocale, pickLocale } from './locale.ts';

describe('a locale is looked up from the most exact to the least', () => {
  const available = ['en', 'pt', 'pt-BR', 'zh', 'zh-Hant', 'id', 'de-CH'];
  const cases: readonly [string, string | undefined][] = [
    ['pt-BR', 'pt-BR'],
    ['PT_br', 'pt-BR'],
    ['pt-PT', 'pt'],
    ['pt', 'pt'],
    ['zh-Hant-TW', 'zh-Hant'],
    ['zh-TW', 'zh'],
    ['en-GB-x-private', 'en'],
    ['en-a-ext', 'en'],
    ['in-ID', 'id'],
    ['de', undefined],
    ['de-CH-1996', 'de-CH'],
    ['fr', undefined],
    ['x-private', undefined],
    ['', undefined],
    ['e', undefined],
    ['en-', undefined],
    ['../../etc', undefined],
    ['en\n', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
    [`en${'-x'.repeat(5000)}`, undefined],
  ];
  for (const [requested, expected] of cases) {
    it(`${JSON.stringify(requested.slice(0, 30))} is served by ${expected ?? 'none'}`, () => {
      assert.equal(pickLocale(requested, available), expected);
    });
  }

  it('a tag is canonical in lower case with hyphens', () => {
    assert.equal(parseLocale('zh_Hant_TW'), 'zh-hant-tw');
    assert.equal(parseLocale('iw'), 'he');
  });
});
