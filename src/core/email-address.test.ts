import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EMAIL_BYTES_MAX, type EmailAddress, maskEmailAddress, parseEmailAddress } from './email-address.ts';

const canonical = (input: string) => {
  const parsed = parseEmailAddress(input);
  return parsed.fault ?? parsed.canonical;
};

describe('an address has one canonical form', () => {
  const cases: readonly [string, string][] = [
    ['person@example.com', 'person@example.com'],
    ['Person@EXAMPLE.com', 'person@example.com'],
    ['  person@example.com\t', 'person@example.com'],
    ['first.last+tag@mail.example.co.uk', 'first.last+tag@mail.example.co.uk'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['info@bücher.example', 'info@xn--bcher-kva.example'],
    ['info@xn--bcher-kva.example', 'info@xn--bcher-kva.example'],
    ['info@例え。example', 'info@xn--r8jz45g.example'],
    ['ელფოსტა@example.ge', 'ელფოსტა@example.ge'],
    ['jose\u0301@example.com', 'josé@example.com'],
    ['JOSÉ@example.com', 'josé@example.com'],
    ['x@example.xn--p1ai', 'x@example.xn--p1ai'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ];
  for (const [input, expected] of cases)
    it(`${input} is ${expected}`, () => assert.equal(canonical(input), expected));

  it('the mailbox keeps the case of its local part, which a host may tell apart', () => {
    const parsed = parseEmailAddress('First.Last@Example.COM');
    assert.ok(parsed.fault === undefined);
    assert.equal(parsed.mailbox, 'First.Last@example.com');
  });

  it('a canonical form means itself', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const once = canonical(address);
        if (once !== 'not-an-address') assert.equal(canonical(once), once);
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});

describe('what is not an address', () => {
  const long = (n: number) => `${'a'.repeat(60)}@${'b.'.repeat((n - 64) / 2)}com`;
  const inputs: readonly [string, string][] = [
    ['nothing', ''],
    ['no at sign', 'example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'person@'],
    ['two at signs', 'a@b@example.com'],
    ['a quoted local part', '"a b"@example.com'],
    ['a display name', 'Person <person@example.com>'],
    ['a header break', 'person@example.com\r\nBcc: x@example.com'],
    ['a line feed at the end', 'person@example.com\n'],
    ['a line feed in the local part', 'per\nson@example.com'],
    ['a NUL', 'per\0son@example.com'],
    ['a list', 'a@example.com,b@example.com'],
    ['a leading dot', '.a@example.com'],
    ['two dots', 'a..b@example.com'],
    ['an inner space', 'a b@example.com'],
    ['a direction override', 'a\u202eb@example.com'],
    ['a zero-width space', 'a\u200bb@example.com'],
    ['an address literal', 'a@[127.0.0.1]'],
    ['an IPv4 domain', 'a@127.0.0.1'],
    ['a hex IPv4 domain', 'a@0x7f000001'],
    ['a single label', 'a@localhost'],
    ['a port', 'a@example.com:25'],
    ['a path', 'a@example.com/x'],
    ['a percent sign', 'a@ex%61mple.com'],
    ['a trailing dot', 'a@example.com.'],
    ['a hyphen at a label’s edge', 'a@-example.com'],
    ['an underscore in the domain', 'a@ex_ample.com'],
    ['a label of 64', `a@${'b'.repeat(64)}.com`],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['a local part of 33 two-octet letters', `${'é'.repeat(33)}@example.com`],
    ['255 characters', `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.com`],
    ['10 000 characters', long(10_000)],
    ['10 000 dots', `${'a.'.repeat(5000)}@example.com`],
  ];
  for (const [name, input] of inputs) it(name, () => assert.equal(canonical(input), 'not-an-address'));

  it('254 octets are an address', () => {
    const address = `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}.com`;
    assert.equal(address.length, EMAIL_BYTES_MAX);
    assert.equal(canonical(address), address);
  });
});

describe('the mask for logs', () => {
  const cases = [
    ['ratio@example.com', 'r***@e***.com'],
    ['a@example.co.uk', '****@e***.uk'],
    ['𝒶b@example.com', '𝒶***@e***.com'],
  ] as const;
  for (const [address, mask] of cases) {
    it(`${address} is ${mask}`, () => assert.equal(maskEmailAddress(address as EmailAddress), mask));
  }
});
