// Threat: text from a caller that forges a code message (SECURITY.md rule 12).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseBrand } from './brand-name.ts';
import type { Code } from './code.ts';
import { parseDomainName } from './domain-name.ts';
import {
  parseAndroidAppHash,
  parsePrefixText,
  parseTemplate,
  type RenderInput,
  renderText,
  TEMPLATE_CHARS_MAX,
  type Template,
  type TemplateKind,
  toMinutes,
  usesVariable,
} from './template.ts';

const code = '012345' as Code;

function template(body: string, kind: TemplateKind = 'sms'): Template {
  const parsed = parseTemplate(body, kind);
  assert.ok(parsed.faults === undefined, JSON.stringify(parsed.faults));
  return parsed.template;
}

function brandOf(text: string) {
  const parsed = parseBrand(text);
  assert.ok(parsed.fault === undefined);
  return parsed.brand;
}

const render = (body: string, more: Partial<RenderInput> = {}) =>
  renderText({ template: template(body), code, minutes: 10, ...more });

describe('a template is rendered', () => {
  it('with its three variables, as often as they stand there', () => {
    const text = render('{{brand}}: {{code}}, again {{ code }}, {{minutes}} min', { brand: brandOf('Acme') });
    assert.equal(text, 'Acme: 012345, again 012345, 10 min');
  });

  it('and a value is never read as a template', () => {
    assert.equal(
      render('{{brand}} {{code}}', { brand: brandOf('{{minutes}} $& $1') }),
      '{{minutes}} $& $1 012345',
    );
  });

  const dropped: readonly [string, string][] = [
    ['{{brand}}: {{code}}', '012345'],
    ['{{brand}} : {{code}}', '012345'],
    ['{{brand}}：{{code}}', '012345'],
    ['{{brand}}\n\nCode {{code}}', 'Code 012345'],
    ['Your {{brand}} code is {{code}}', 'Your code is 012345'],
    ['{{code}} {{brand}}', '012345 '],
  ];
  for (const [body, expected] of dropped) {
    it(`without a brand ${JSON.stringify(body)} closes up`, () => assert.equal(render(body), expected));
  }

  it('a single brace is a character', () => assert.equal(render('{a} }} {{code}}'), '{a} }} 012345'));

  it('CR LF becomes LF', () => assert.equal(render('a\r\n{{code}}'), 'a\n012345'));

  it('a call says symbols one by one', () => {
    const parsed = template('Code {{code}}.', 'voice');
    assert.equal(renderText({ template: parsed, code, minutes: 1 }), 'Code 0, 1, 2, 3, 4, 5.');
  });

  it('minutes never promise more than the code lives', () => {
    assert.deepEqual([30, 60, 119, 120, 600, 604_800].map(toMinutes), [1, 1, 1, 2, 10, 10_080]);
  });
});

describe('faults are told all at once, with their places', () => {
  const faultsOf = (body: string, kind: TemplateKind = 'sms') =>
    (parseTemplate(body, kind).faults ?? []).map(({ fault, position }) => `${fault}@${position}`);
  const cases: readonly [string, TemplateKind, readonly string[]][] = [
    ['Code {{code}}', 'sms', []],
    ['', 'sms', ['empty@0']],
    [' \n', 'sms', ['empty@0']],
    ['Hello', 'sms', ['missing-code@5']],
    ['{{cod}}', 'sms', ['unknown-variable@0', 'missing-code@7']],
    ['{{code}} {{Code}}', 'sms', ['unknown-variable@9']],
    ['{{code}} {{', 'sms', ['unclosed-variable@9']],
    ['{{code}} {{minutes}', 'sms', ['unclosed-variable@9']],
    ['{{code}} {{constructor}}', 'sms', ['unknown-variable@9']],
    ['{{code}} {{{code}}}', 'sms', ['unclosed-variable@9']],
    ['a\u0000{{code}}\u202e', 'sms', ['control-character@1', 'control-character@10']],
    ['a\r{{code}}', 'sms', ['control-character@1']],
    ['a\n{{code}}', 'voice', []],
    ['Your code', 'emailSubject', []],
    ['Your code {{code}}', 'emailSubject', ['code-in-subject@0']],
    ['Subject\r\nBcc: x', 'emailSubject', ['line-break@7']],
    ['x'.repeat(613), 'sms', ['too-long@612']],
    ['{{code}}\n@evil.example #{{code}}', 'sms', ['forged-code-line@9']],
    ['{{code}} @evil.example #1', 'sms', ['forged-code-line@9']],
    ['@{{brand}} #{{code}}', 'sms', ['forged-code-line@0']],
    ['{{brand}} @x #{{code}}', 'sms', ['forged-code-line@10']],
    ['{{brand}}: @x #{{code}}', 'sms', ['forged-code-line@11']],
    ['{{code}}: write to help@example.com #1', 'sms', []],
  ];
  for (const [body, kind, expected] of cases) {
    it(`${kind} ${JSON.stringify(body.slice(0, 40))}`, () =>
      assert.deepEqual(faultsOf(body, kind), expected));
  }

  it('every length limit holds at its edge', () => {
    for (const kind of ['sms', 'voice', 'emailBody'] as const) {
      const body = `{{code}}${'x'.repeat(TEMPLATE_CHARS_MAX[kind] - 8)}`;
      assert.deepEqual(faultsOf(body, kind), []);
      assert.equal(faultsOf(`${body}x`, kind).length, 1);
    }
  });

  it('hostile nesting costs no time to speak of', () => {
    assert.equal(faultsOf('{{'.repeat(5000), 'emailBody').length, 5001);
  });
});

describe('a caller’s own words before the code', () => {
  it('are not a template', () => {
    const parsed = parsePrefixText('Your\r\n{{code}} is:', 'sms');
    assert.ok(parsed.faults === undefined);
    assert.equal(renderText({ template: parsed.template, code, minutes: 1 }), 'Your\n{{code}} is: 012345');
  });

  it('may be empty', () => {
    const parsed = parsePrefixText('', 'sms');
    assert.ok(parsed.faults === undefined);
    assert.equal(renderText({ template: parsed.template, code, minutes: 1 }), '012345');
  });

  it('cannot forge an origin-bound line, not even together with the code', () => {
    for (const words of ['@evil.example #9', 'Hi\n@evil.example #9', 'Hi @evil.example #']) {
      const parsed = parsePrefixText(words, 'sms');
      const isRefused = parsed.faults?.some(({ fault }) => fault === 'forged-code-line') ?? false;
      // “#” and the code are parted by a space, so the third is harmless: it must render to no origin-bound line.
      assert.equal(isRefused, !words.endsWith('#'), words);
    }
  });

  it('longer than a message is refused', () => {
    assert.equal(parsePrefixText('x'.repeat(613), 'sms').faults?.[0]?.fault, 'too-long');
  });
});

describe('the lines that software reads', () => {
  const webOtpDomain = parseDomainName('login.example.com');
  const androidAppHash = parseAndroidAppHash('FA+9qCX9VSu');
  assert.ok(webOtpDomain && androidAppHash);

  it('the origin-bound line is the last one', () => {
    assert.equal(render('Code {{code}}', { webOtpDomain }), 'Code 012345\n\n@login.example.com #012345');
  });

  it('the Android hash is the last one when it is alone', () => {
    assert.equal(render('Code {{code}}', { androidAppHash }), 'Code 012345\n\nFA+9qCX9VSu');
  });

  it('with both, the origin-bound line still is', () => {
    assert.equal(
      render('Code {{code}}', { webOtpDomain, androidAppHash }),
      'Code 012345\n\nFA+9qCX9VSu\n@login.example.com #012345',
    );
  });

  it('only an SMS has them', () => {
    for (const kind of ['voice', 'emailBody'] as const) {
      const text = renderText({
        template: template('{{code}}', kind),
        code,
        minutes: 1,
        webOtpDomain,
        androidAppHash,
      });
      assert.equal(text.includes('\n'), false);
    }
  });

  it('a hash is eleven characters of Base64', () => {
    for (const text of ['', 'FA+9qCX9VS', 'FA+9qCX9VSuu', 'FA+9qCX9VS\n', 'FA-9qCX9VSu']) {
      assert.equal(parseAndroidAppHash(text), undefined, text);
    }
  });

  it('no accepted template and brand render to an origin-bound line that is not ours', () => {
    const piece = fc.constantFrom(
      ' ',
      '\n',
      '@',
      '#',
      'x.example',
      '{{code}}',
      '{{brand}}',
      '{{minutes}}',
      ':',
      'a',
    );
    const brands = fc.constantFrom(undefined, 'Acme', 'C#', 'A #', '#', 'x.y: #', 'A B');
    // Chromium's reading: any place after white space, the first match wins.
    const chromium = /(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)/;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), brands, (pieces, name) => {
        const parsed = parseTemplate(pieces.join(''), 'sms');
        if (parsed.faults !== undefined) return;
        const brand = name === undefined ? undefined : parseBrand(name);
        const text = renderText({
          template: parsed.template,
          code,
          minutes: 10,
          webOtpDomain,
          ...(brand?.fault === undefined && brand && { brand: brand.brand }),
        });
        assert.equal(chromium.exec(text)?.[1], 'login.example.com', text);
      }),
      { numRuns: 5000, seed: 11 },
    );
  });
});

it('tells which variables a template uses', () => {
  const parsed = template('{{code}} {{brand}}');
  assert.equal(usesVariable(parsed, 'brand'), true);
  assert.equal(usesVariable(parsed, 'minutes'), false);
});
