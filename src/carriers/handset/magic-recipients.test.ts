import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseEmailAddress } from '../../core/email-address.ts';
import { parsePhoneNumber } from '../../core/phone-number.ts';
import { MESSAGES_PER_PHONE_MAX, PHONES_MAX } from './inbox.ts';
import { MAGIC_RECIPIENTS, ORDINARY_SCRIPT, scriptFor } from './magic-recipients.ts';

describe('the magic recipients', () => {
  for (const { name, phone, email, script } of MAGIC_RECIPIENTS) {
    it(`${name} has a number that is valid, canonical and nobody's`, () => {
      const parsed = parsePhoneNumber(phone, { strictness: 'valid' });
      assert.ok(parsed.fault === undefined);
      assert.equal(parsed.e164, phone);
      // ATIS-0300115: 555-0100 to 555-0199 are fictitious in every area code.
      assert.match(phone, /^\+1[2-9]\d\d55501\d\d$/);
    });

    it(`${name} has an address that is canonical and nobody's`, () => {
      const parsed = parseEmailAddress(email);
      assert.ok(parsed.fault === undefined);
      assert.equal(parsed.canonical, `${name}@example.com`);
    });

    it(`${name} is played for both`, () => {
      assert.equal(scriptFor(phone), script);
      assert.equal(scriptFor(email), script);
    });
  }

  it('are all different', () => {
    for (const key of ['name', 'phone', 'email', 'behaviour'] as const)
      assert.equal(
        new Set(MAGIC_RECIPIENTS.map((recipient) => recipient[key])).size,
        MAGIC_RECIPIENTS.length,
      );
  });

  it('leave every other address alone', () => {
    for (const address of ['+14155550123', '+19075550199', 'ann@example.com', '+refused@example.com'])
      assert.equal(scriptFor(address), ORDINARY_SCRIPT);
  });

  it('stand in docs/handset.md as they are, and so do the bounds', () => {
    const page = readFileSync(new URL('../../../docs/handset.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => line.includes('@example.com` |'));
    const expected = MAGIC_RECIPIENTS.map(
      ({ name, phone, email, behaviour }) => `| ${name} | \`${phone}\` | \`${email}\` | ${behaviour} |`,
    );
    assert.deepEqual(rows, expected);
    assert.ok(page.includes(`the last ${MESSAGES_PER_PHONE_MAX} messages of the last ${PHONES_MAX} phones`));
  });
});
