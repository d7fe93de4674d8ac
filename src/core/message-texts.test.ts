import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BrandName, parseBrand } from './brand-name.ts';
import type { Code } from './code.ts';
import { parseLocale } from './locale.ts';
import { DEFAULT_LOCALE, MESSAGE_TEXTS } from './message-texts.ts';
import { countSegments } from './segments.ts';
import { builtInTemplate, renderText, usesVariable } from './template.ts';

const code = '123456' as Code;
const brand = 'Example Shop' as BrandName;
const minutes = 10;

describe('the built-in texts', () => {
  const locales = Object.keys(MESSAGE_TEXTS);

  it('exist in at least fourteen languages, the default among them, under canonical tags', () => {
    assert.ok(locales.length >= 14);
    assert.ok(locales.includes(DEFAULT_LOCALE));
    for (const locale of locales) assert.equal(parseLocale(locale), locale);
  });

  for (const locale of locales) {
    describe(locale, () => {
      it('the SMS with code, minutes and a brand is one segment', () => {
        const text = renderText({ template: builtInTemplate(locale, 'sms'), code, brand, minutes });
        for (const piece of [code, brand, '10']) assert.ok(text.includes(piece), text);
        assert.equal(countSegments(text).segments, 1, `${text}: ${JSON.stringify(countSegments(text))}`);
      });

      it('the code stands within the first 40 characters of the SMS, where a notification shows it', () => {
        const text = renderText({ template: builtInTemplate(locale, 'sms'), code, brand, minutes });
        assert.ok(text.indexOf(code) + code.length <= 40, text);
      });

      it('the call says the code twice, symbol by symbol', () => {
        const text = renderText({ template: builtInTemplate(locale, 'voice'), code, brand, minutes });
        assert.equal(text.split('1, 2, 3, 4, 5, 6').length, 3, text);
        assert.equal(text.includes(code), false);
      });

      it('the subject has no code, the body has code and minutes', () => {
        assert.equal(usesVariable(builtInTemplate(locale, 'emailSubject'), 'code'), false);
        const body = renderText({ template: builtInTemplate(locale, 'emailBody'), code, brand, minutes });
        for (const piece of [code, brand, '10']) assert.ok(body.includes(piece), body);
      });

      it('without a brand nothing of its place is left', () => {
        for (const kind of ['sms', 'voice', 'emailSubject', 'emailBody'] as const) {
          const text = renderText({ template: builtInTemplate(locale, kind), code, minutes });
          assert.match(text, /^[\p{L}\p{N}]/u, `${kind}: ${text}`);
          assert.doesNotMatch(text, / {2}|\{|\}/, `${kind}: ${text}`);
        }
      });
    });
  }

  it('the brand used here is one that a caller may have', () =>
    assert.equal(parseBrand(brand).fault, undefined));
});
